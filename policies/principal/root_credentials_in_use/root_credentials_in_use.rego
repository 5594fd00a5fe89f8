# METADATA
# title: The account's root is in use
# description: |
#   The root of an account may do everything, and no policy of the account binds it. It is for the few tasks that nothing else
#   can do. An access key of it is a key to everything without an end; a password that was used lately shows that somebody works with it.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [login_credential, principal]
#   applies_to: [aws_root]
#   rests_on_absence: false
#   unstated: >-
#     Whether the root has keys or certificates.
#   families: [priv, v_root]
#   params:
#     lookback_days:
#       type: integer
#       unit: day
#       description: A use of the password within so many days is told of.
#       default: 30
#   remediation:
#     aws: >-
#       Sign in as root, Security credentials, and delete access keys and signing certificates. In an organisation remove the root
#       credentials of member accounts: `aws iam enable-organizations-root-credentials-management`. Work by roles instead, and ask
#       who used it and what for.
#   sources:
#     - AWS Identity and Access Management User Guide, root user best practices, https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
#     - CIS Amazon Web Services Foundations Benchmark, no root access key, https://www.cisecurity.org/benchmark/amazon_web_services
#     - NIST SP 800-53 Rev. 5, AC-6(5), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.root_credentials_in_use

lookback_days := data.params.root_credentials_in_use.lookback_days

active := [key | some key in input.subject.access_keys; key.active]

used_lately if input.subject.login.password_used_age_days <= lookback_days

applicable if input.subject.principal_type == "aws_root"

compliant if {
	is_array(input.subject.access_keys)
	count(active) == 0
	input.subject.login.certificate_count == 0
	not used_lately
}

violations contains {
	"actual": count(active),
	"expected": "no access key",
	"message": sprintf("the root has active access keys: %d", [count(active)]),
} if {
	count(active) > 0
}

violations contains {
	"actual": input.subject.login.certificate_count,
	"expected": "no signing certificate",
	"message": sprintf("the root has active signing certificates: %d", [input.subject.login.certificate_count]),
} if {
	input.subject.login.certificate_count > 0
}

violations contains {
	"actual": input.subject.login.password_used_age_days,
	"expected": sprintf("not used for %d days", [lookback_days]),
	"message": sprintf("somebody logged in as root %d days ago", [input.subject.login.password_used_age_days]),
} if {
	used_lately
}
