# METADATA
# title: Secret has no end
# description: |
#   A secret without an end outlives its purpose: nobody notices that it is no longer needed, and it still opens the
#   door. An end is stated by a label such as `expires_at` or by the date on which the store will delete the value itself;
#   Vault's `delete_version_after` gives that date to versions that are written later alone. A value that is rotated ends
#   with the next rotation, where its period is within the limit: by the store itself, or by a job that a label declares, where the age of the value shows that
#   it keeps to it. An end that lies too far off is judged by `expiry_too_far`.
# schemas:
#   - input: schema.secret
# custom:
#   severity: low
#   needs: [secret_metadata, secret_rotation, store]
#   rests_on_absence: true
#   unstated: >-
#     How often the store rotates the value: its schedule is none of whose period is understood; or whether a declared rotation is
#     kept, the age of the value not being known.
#   families: [exp_set]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: >-
#         Longest period of a rotation that is an end. The defaults are the one and the two years that
#         NIST SP 800-57 gives keys of authentication.
#       strictest: min
#       by_tier: {critical: 365, high: 365, standard: 730, low: 730}
#   remediation:
#     aws: >-
#       Tag it with `expires_at`, e.g. `aws secretsmanager tag-resource --secret-id <name> --tags
#       Key=expires_at,Value=2027-06-30`; a parameter of the advanced tier may have a policy that ends it: `aws ssm
#       put-parameter --overwrite --tier Advanced --policies
#       '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-06-30T00:00:00.000Z"}}]'`. Or let it
#       rotate.
#     azure: >-
#       `az keyvault secret set-attributes --vault-name <vault> --name <name> --expires 2027-06-30T00:00:00Z` (`expiration_date`, in a template
#       `attributes.exp`).
#     gcp: >-
#       `gcloud secrets update <name> --expire-time 2027-06-30T00:00:00Z` deletes the secret then; or label it `expires_at`, or let it rotate within
#       the limit.
#     hashicorp: >-
#       State the end with
#       `vault kv metadata patch -mount=<mount> -custom-metadata=expires_at=2027-06-30T00:00:00Z <path>`, or let versions
#       end by themselves with `vault kv metadata patch -mount=<mount> -delete-version-after=2160h <path>`, which holds for
#       versions written from then on: write the value once more.
#   remedies:
#     arm:
#       azure_secret:
#         text: >-
#           Set the end of `{label}` under `properties.attributes`, in seconds since 1970 (1814313600 is 2027-06-30).
#         example: |-
#           "attributes": { "enabled": true, "exp": 1814313600 }
#     cloudformation:
#       aws_parameter:
#         text: >-
#           State an end of `{label}` within a year.
#         example: |-
#           Tags:
#             expires_at: "2027-06-30"
#       aws_secret:
#         text: >-
#           State an end of `{label}` within a year, or add an `AWS::SecretsManager::RotationSchedule`, which ends each value.
#         example: |-
#           Tags:
#             - Key: expires_at
#               Value: "2027-06-30"
#     terraform:
#       aws_parameter:
#         text: >-
#           State an end of `{reference}` within a year.
#         example: |-
#           tags = {
#             expires_at = "2027-06-30"
#           }
#       aws_secret:
#         text: >-
#           State an end of `{reference}` within a year, or add an `aws_secretsmanager_secret_rotation`, which ends each value.
#         example: |-
#           tags = {
#             expires_at = "2027-06-30"
#           }
#       azure_secret:
#         text: >-
#           Set the end of `{reference}`, within a year.
#         example: |-
#           expiration_date = "2027-06-30T00:00:00Z"
#       gcp_secret:
#         text: >-
#           State an end of `{reference}` within a year as a label; `expire_time` would delete the secret then.
#         example: |-
#           labels = {
#             expires_at = "2027-06-30"
#           }
#       kv:
#         text: >-
#           State an end of `{reference}` within a year, or let its versions end.
#         example: |-
#           custom_metadata {
#             delete_version_after = 7776000
#           }
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3.6, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - NIST SP 800-53 Rev. 5, IA-5 f, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - OWASP Secrets Management Cheat Sheet, secret lifecycle, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
#     - Vault documentation, KV version 2, https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2
package countersign.secret.expiry_not_set

import data.countersign.lib.names
import data.countersign.lib.rotation

limit_days := data.params.expiry_not_set.limit_days

applicable if {
	input.subject.value_removed == false
	not "configuration" in input.subject.traits
	not "copy" in input.subject.traits
	not "deletion_pending" in input.subject.traits
	not "secret_expiry" in input.subject.store.absent_features
}

compliant if input.subject.expiry_set

compliant if rotation.ends(input.subject, limit_days)

# The label for the end, which states no date.
unusable := names.short(object.get(object.get(input.subject, "unusable_labels", {}), "expires_at", ""))

labelled := {"actual": "none", "said": "no label states one"} if unusable == ""

labelled := {"actual": sprintf("label: %s", [unusable]), "said": sprintf("its label \"%s\" is no date", [unusable])} if unusable != ""

violations contains {
	"actual": labelled.actual,
	"expected": "an end",
	"message": sprintf("the secret has no end: %s, no date is set on which the value is deleted, and no rotation that is kept ends it", [labelled.said]),
} if {
	input.subject.expiry_set == false
	not rotation.ends(input.subject, limit_days)
	not rotation.perhaps_ends(input.subject)
	not rotation.perhaps_kept(input.subject, limit_days)
}
