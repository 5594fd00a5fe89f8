# METADATA
# title: Secret lies in the store in the clear
# description: |
#   A plain parameter is not encrypted: whoever may describe and read parameters reads it, it stands in the clear in
#   consoles, templates and histories, and no key's policy stands before it. Judged is what shows that a plain value is a
#   secret: words in its name such as password, token or api-key, a label of its class, or a tier of critical or high. A plain value
#   that shows none of these is taken for configuration: compliant means that nothing was recognised, not that there is
#   nothing. Values are never read.
# schemas:
#   - input: schema.secret
# custom:
#   severity: high
#   needs: [cloud_metadata, resource_labels]
#   rests_on_absence: false
#   unstated: >-
#     Whether the value is encrypted.
#   families: [plain]
#   remediation:
#     aws: >-
#       Change the credential at the system that accepts it, then write the new one encrypted, with `aws ssm put-parameter
#       --name <name> --type SecureString --key-id <key> --overwrite`, or into a secret of Secrets Manager. Earlier versions stay
#       in the parameter's history: delete the parameter and make it anew to be rid of them.
#   remedies:
#     cloudformation:
#       aws_parameter:
#         text: >-
#           CloudFormation makes no encrypted parameter. Make `{label}` a secret of Secrets Manager, and replace the value, which lay in the clear.
#         example: |-
#           {label}:
#             Type: AWS::SecretsManager::Secret
#             Properties:
#               GenerateSecretString:
#                 PasswordLength: 32
#     terraform:
#       aws_parameter:
#         text: >-
#           Let `{reference}` be encrypted, and replace the value, which lay in the clear.
#         example: |-
#           type   = "SecureString"
#           key_id = aws_kms_key.secrets.arn
#   sources:
#     - AWS Systems Manager User Guide, SecureString parameters, https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-securestring.html
#     - NIST SP 800-53 Rev. 5, IA-5(7) and SC-28, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.plaintext_parameter

import data.countersign.lib.names

applicable if "in_cloud" in input.subject.traits

compliant if input.subject.encrypted

compliant if {
	input.subject.encrypted == false
	count(input.subject.secret_marks) == 0
}

violations contains {
	"actual": names.few(input.subject.secret_marks),
	"expected": "encrypted",
	"message": sprintf("the value lies in the clear, and is a secret by %s", [names.few(input.subject.secret_marks)]),
} if {
	input.subject.encrypted == false
	count(input.subject.secret_marks) > 0
}
