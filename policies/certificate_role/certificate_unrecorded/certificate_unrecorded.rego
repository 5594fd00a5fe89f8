# METADATA
# title: PKI role keeps no record of the certificates that it issues
# description: |
#   Certificates of a role with `no_store` stand in no list: nobody can count them, see whose they are or how long they
#   live, and whoever wants to revoke one must have it first. That is sound for certificates that end sooner than they
#   could be revoked. Whether they do is for their requesters to say: with `not_after` they choose an end past the role's
#   limit, and no list would show it.
# schemas:
#   - input: schema.certificate_role
# custom:
#   severity: low
#   needs: [certificate_role, mount, store_config]
#   rests_on_absence: false
#   unstated: >-
#     How long the certificates of this role live: its limit is short or not known, and with `not_after` whoever asks may choose a later
#     end, and the store keeps none of them.
#   families: [cert, inv]
#   params:
#     short_life_days:
#       type: integer
#       unit: day
#       description: >-
#         Longest limit with which certificates may go unrecorded. The default is the life up to which public
#         authorities owe no word on revocation.
#       strictest: min
#       default: 7
#   remediation:
#     hashicorp: >-
#       `vault write <mount>/roles/<role> no_store=false`, with `vault write <mount>/config/auto-tidy enabled=true
#       tidy_cert_store=true` against growth. Where `no_store` must stay, keep `max_ttl` to days, deny the parameter
#       `not_after` in the policies that issue, and count by the audit log.
#   sources:
#     - Vault documentation, PKI considerations, not storing certificates, https://developer.hashicorp.com/vault/docs/secrets/pki/considerations
#     - CA/Browser Forum, Baseline Requirements for TLS server certificates, short-lived certificates, https://cabforum.org/working-groups/server/baseline-requirements/requirements/
#     - NIST SP 800-53 Rev. 5, CM-8 and SC-17, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.certificate_role.certificate_unrecorded

import data.countersign.lib.names

short_life_days := data.params.certificate_unrecorded.short_life_days

fixed if is_number(input.subject.fixed_end_in_days)

# The end that the role gives to all of them goes before its limit.
long if {
	not fixed
	input.subject.max_life_s > short_life_days * 86400
}

long if input.subject.fixed_end_in_days > short_life_days

applicable if input.subject.kind == "certificate_role"

compliant if input.subject.no_store == false

violations contains {
	"actual": "not kept",
	"expected": "certificates that are kept",
	"message": sprintf("issued certificates are not kept, and may live for more than %s by the role's limit", [names.quantity(short_life_days, "day", "days")]),
} if {
	input.subject.no_store
	long
}
