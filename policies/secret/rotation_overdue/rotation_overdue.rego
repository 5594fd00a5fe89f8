# METADATA
# title: Secret value is older than its tier allows
# description: |
#   A value that never changes stays known to everyone who ever read it, and to everyone who ever found it in a log or
#   a backup. The age of the value in use is compared with the limit of the secret's tier. The age counts from the day
#   on which the value was written, so a new secret has not failed. A removed value has nothing to
#   rotate, nor has plain configuration or what is to be deleted.
# schemas:
#   - input: schema.secret
# custom:
#   severity: high
#   needs: [secret_metadata, secret_rotation, secret_version]
#   rests_on_absence: false
#   unstated: >-
#     When the value in use was set: the store does not say.
#   families: [rot_age]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest age of the value in use.
#       strictest: min
#       by_tier: {critical: 30, high: 90, standard: 90, low: 365}
#   remediation:
#     aws: >-
#       `aws secretsmanager rotate-secret --secret-id <name>`, or change the credential where it is used and store it
#       with `aws secretsmanager put-secret-value`; for a parameter `aws ssm put-parameter --overwrite`.
#     hashicorp: >-
#       Change the credential where it is used, then store the new value with `vault kv put -mount=<mount> <path> …`;
#       for a database static role run `vault write -f <mount>/rotate-role/<role>`. Better, replace a standing value
#       with a dynamic engine, whose credentials end by themselves.
#   sources:
#     - NIST SP 800-53 Rev. 5, IA-5 f, refresh authenticators, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - OWASP Secrets Management Cheat Sheet, secret lifecycle, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.secret.rotation_overdue

import data.countersign.lib.names

limit_days := data.params.rotation_overdue.limit_days

applicable if {
	input.subject.value_removed == false
	not "configuration" in input.subject.traits
	not "deletion_pending" in input.subject.traits
}

compliant if input.subject.value_age_days <= limit_days

violations contains {
	"actual": age,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the value in use is %s old, its limit is %s", [names.quantity(age, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	age := input.subject.value_age_days
	age > limit_days
}
