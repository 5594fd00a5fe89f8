# METADATA
# title: Account user logs in with a password alone
# description: |
#   A password that is phished, guessed or reused opens the account when nothing else is asked for. Judged are users with a
#   password for the console, and the account's root, whose password is there unless it was removed for the whole organisation. Access
#   keys are judged by themselves: no second factor protects them.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [login_credential, principal]
#   applies_to: [aws_root, iam_user]
#   rests_on_absence: false
#   unstated: >-
#     Whether the user has a password and a second factor: no report of the account's logins could be read.
#   families: [v_auth]
#   remediation:
#     aws: >-
#       Let people sign in by IAM Identity Center, and take the password away with `aws iam delete-login-profile --user-name
#       <user>`. Who must keep it gets a second factor: `aws iam enable-mfa-device`, and a policy that denies everything without
#       `aws:MultiFactorAuthPresent`. For the root: sign in, Security credentials, Assign MFA device.
#   sources:
#     - AWS Identity and Access Management User Guide, multi-factor authentication, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
#     - AWS Identity and Access Management User Guide, root user best practices, https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
#     - NIST SP 800-53 Rev. 5, IA-2(1) and IA-2(2), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.user_without_mfa

login := input.subject.login

has_password if login.password_enabled

has_password if {
	input.subject.principal_type == "aws_root"
	not login.password_enabled == false
}

applicable if input.subject.principal_type in {"aws_root", "iam_user"}

compliant if login.password_enabled == false

compliant if login.mfa_enabled

violations contains {
	"actual": "a password",
	"expected": "a password and a second factor",
	"message": "logs in with a password and no second factor",
} if {
	login.mfa_enabled == false
	has_password
}
