# METADATA
# title: Dynamic credentials live too long
# description: |
#   A credential that is made for each caller is worth the trouble because it ends soon: a stolen one is of no use, and a
#   leaver's is gone. One that may be renewed for weeks is a standing account under another name, and with as many copies as
#   there were callers. Judged is the longest life with all renewals, by the lowest of the limits of the role, its mount and
#   the server; a role without a limit has that of its mount.
# schemas:
#   - input: schema.dynamic_role
# custom:
#   severity: medium
#   needs: [dynamic_role, mount, store_config]
#   rests_on_absence: false
#   unstated: >-
#     How long the credentials may live: what the role sets is over the limit or nothing, and that of its mount or of the
#     server could not be read.
#   families: [exp_set, v_ttl]
#   params:
#     limit_hours:
#       type: integer
#       unit: hour
#       description: >-
#         Longest life of a credential, renewals included. No standard states one; a day is what Vault's documentation gives
#         its examples.
#       strictest: min
#       by_tier: {critical: 24, high: 24, standard: 168, low: 720}
#   remediation:
#     hashicorp: >-
#       `vault write <mount>/roles/<role> default_ttl=1h max_ttl=24h`, or bound the whole mount with
#       `vault secrets tune -max-lease-ttl=24h <mount>/`. Leases that live keep the end that they have:
#       `vault lease revoke -prefix <mount>/creds/<role>`.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Let credentials of `{reference}` end (in seconds).
#         example: |-
#           default_ttl = 3600
#           max_ttl     = 86400
#   sources:
#     - Vault documentation, database secrets engine, https://developer.hashicorp.com/vault/docs/secrets/databases
#     - Vault documentation, lease, renew and revoke, https://developer.hashicorp.com/vault/docs/concepts/lease
#     - OWASP Secrets Management Cheat Sheet, dynamic secrets, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
#     - NIST SP 800-53 Rev. 5, IA-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.dynamic_role.dynamic_life_unbounded

import data.countersign.lib.names

limit_hours := data.params.dynamic_life_unbounded.limit_hours

# Whole hours, begun ones counted.
hours := ceil(input.subject.max_life_s / 3600)

applicable if input.subject.kind == "dynamic_role"

compliant if {
	hours > 0
	hours <= limit_hours
}

# Without a source another limit may be lower.
violations contains {
	"actual": hours,
	"expected": sprintf("at most %d hours", [limit_hours]),
	"message": sprintf("credentials may live for %d hours by the limit of the %s, the limit is %d", [hours, names.short(input.subject.max_life_source), limit_hours]),
} if {
	hours > limit_hours
}
