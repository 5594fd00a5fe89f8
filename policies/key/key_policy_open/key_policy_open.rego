# METADATA
# title: Anyone may use the key
# description: |
#   A key's policy is the only thing that keeps strangers from it, and whoever may decrypt by a key needs only the ciphertext. A
#   statement for everyone without a condition that keeps anyone out, or a reader that anyone can become or who is of another organisation, opens
#   all that lies under it. A condition on the caller's account or organisation closes such a statement.
# schemas:
#   - input: schema.key
# custom:
#   severity: critical
#   needs: [grant, key, key_grant, resource_policy]
#   rests_on_absence: false
#   unstated: >-
#     Who may use the key: a condition that was not understood may keep strangers out.
#   families: [pub, xacct]
#   params:
#     allowed_external:
#       type: integer
#       unit: count
#       description: Number of readers of other organisations that are expected.
#       default: 0
#   remediation:
#     aws: >-
#       `aws kms get-key-policy --key-id <key>`, replace `"Principal": "*"` by the account or the roles that need the key, or ask for
#       `kms:CallerAccount` or `aws:PrincipalOrgID`, and `aws kms put-key-policy --key-id <key> --policy-name default --policy <file>`.
#       Grants: `aws kms list-grants` and `aws kms revoke-grant`. Then look in CloudTrail for uses by strangers.
#     gcp: >-
#       `gcloud kms keys remove-iam-policy-binding <key> --keyring <ring> --location <location> --member allUsers --role <role>`, on the key ring
#       likewise, and name who needs it instead.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name your account or the roles that use `{label}` in its `KeyPolicy`, and in the trust policies of those roles, instead of `*`.
#         example: |-
#           Principal:
#             AWS: !Sub arn:aws:iam::${AWS::AccountId}:root
#     iam_policy:
#       any:
#         text: >-
#           Name your account or the roles that use the key as `Principal` instead of `*`, or bound the statement.
#         example: |-
#           "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1234567890" } }
#     terraform:
#       aws:
#         text: >-
#           Name your account or the roles that use `{reference}` in its policy instead of `*`, or bound the statement to your organisation.
#         example: |-
#           principals {
#             type        = "AWS"
#             identifiers = ["arn:aws:iam::111122223333:root"]
#           }
#       gcp:
#         text: >-
#           Name who uses `{reference}` in the place of `allUsers` and `allAuthenticatedUsers`.
#         example: |-
#           member = google_service_account.app.member
#       any:
#         text: >-
#           Name who uses `{reference}` in its policy, in the place of everyone.
#   sources:
#     - AWS Key Management Service Developer Guide, key policies, https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
#     - NIST SP 800-53 Rev. 5, AC-3 and SC-12, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.key.key_policy_open

import data.countersign.lib.names

allowed_external := data.params.key_policy_open.allowed_external

readers := input.subject.readers

applicable if {
	"in_cloud" in input.subject.traits
	not "provider_managed" in input.subject.traits
}

compliant if {
	input.subject.policy == "closed"
	readers.public == 0
	readers.external <= allowed_external
	readers.possible_count == 0
}

violations contains {
	"actual": "a statement for everyone",
	"expected": "named principals, or a condition on who they are",
	"message": "the key's policy lets anyone in, without a condition that keeps anyone out",
} if {
	input.subject.policy == "open"
}

violations contains {
	"actual": readers.public,
	"expected": "no public reader",
	"message": sprintf("readers that anyone can become: %d%s", [readers.public, names.way_in(readers, "public")]),
} if {
	readers.public > 0
	not told_by_the_policy
}

# Roles that let anyone in are causes by themselves.
told_by_the_policy if {
	input.subject.policy == "open"
	not by_roles
}

by_roles if readers.ways_in.public.role_count > 0

violations contains {
	"actual": readers.external,
	"expected": sprintf("at most %d external readers", [allowed_external]),
	"message": sprintf("readers of other organisations: %d%s", [readers.external, names.way_in(readers, "external")]),
} if {
	readers.external > allowed_external
}
