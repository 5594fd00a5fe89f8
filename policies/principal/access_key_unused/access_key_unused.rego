# METADATA
# title: Access key is used by nobody
# description: |
#   An active key that nobody uses helps only whoever finds it. The provider keeps the last use of each key; one that was never used
#   counts from the day on which it was made.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [access_key, access_key_use, login_credential, principal]
#   applies_to: [iam_user]
#   rests_on_absence: false
#   unstated: >-
#     Which access keys the user has, or when they were last used.
#   families: [inactive, unused_grant]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Longest time without use.
#       default: 45
#   remediation:
#     aws: >-
#       `aws iam update-access-key --user-name <user> --access-key-id <key> --status Inactive`, wait until nothing fails, then
#       `aws iam delete-access-key --user-name <user> --access-key-id <key>`.
#   sources:
#     - AWS Identity and Access Management User Guide, security best practices, https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#     - AWS Identity and Access Management User Guide, finding unused credentials, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html
#     - CIS Amazon Web Services Foundations Benchmark, credentials unused for 45 days, https://www.cisecurity.org/benchmark/amazon_web_services
package countersign.principal.access_key_unused

import data.countersign.lib.names

limit_days := data.params.access_key_unused.limit_days

unused := [key | some key in input.subject.access_keys; key.active; key.unused_days > limit_days]

settled(key) if key.active == false

settled(key) if key.unused_days <= limit_days

applicable if input.subject.principal_type == "iam_user"

compliant if {
	is_array(input.subject.access_keys)
	every key in input.subject.access_keys { settled(key) }
}

violations contains {
	"actual": max([key.unused_days | some key in unused]),
	"expected": sprintf("used within %d days", [limit_days]),
	"message": sprintf("active access keys without use for %d days: %s", [
		limit_days,
		names.few([object.get(key, "key", "one that is known by its place alone") | some key in unused]),
	]),
} if {
	count(unused) > 0
}
