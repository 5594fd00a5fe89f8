# METADATA
# title: Secret is not encrypted under a key of the organisation's own
# description: |
#   Under the provider's own key nobody can say who may decrypt beside who may read, nobody can withdraw the key in an
#   emergency, and the secret cannot be shared with another account on terms of one's own. A customer's key has a policy, a
#   log of its uses and an end that the organisation decides. Tiers of which that is not asked are a parameter; a secret
#   without a tier must have one. A value that lies in the clear is under no key, and is judged by `plaintext_parameter`.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [cloud_metadata, key, key_alias]
#   rests_on_absence: false
#   unstated: >-
#     Whose key it is: it belongs to an account that was not read, or nobody says who made it.
#   families: [key_cmk]
#   params:
#     exempt_tiers:
#       type: strings
#       description: Tiers whose secrets may be under a key of the provider's.
#       default: [standard, low]
#   remediation:
#     aws: >-
#       Make a key (`aws kms create-key --description <what for>`), then `aws secretsmanager update-secret --secret-id <name>
#       --kms-key-id <key>`; for a parameter write its value again with `aws ssm put-parameter --overwrite --type SecureString
#       --key-id <key>`. Let the readers' roles `kms:Decrypt` by the key's policy, with `kms:ViaService`.
#     gcp: >-
#       Make a key in the location of each replica (`gcloud kms keys create <key> --keyring <ring> --location <location> --purpose
#       encryption --rotation-period 90d --next-rotation-time <instant>`), let Secret Manager's service agent use it
#       (`roles/cloudkms.cryptoKeyEncrypterDecrypter`), and name it under `customer_managed_encryption` of the secret's replication. That of an
#       existing secret is set by `gcloud secrets replication update`, and holds for versions that are added afterwards: add the value once more.
#   remedies:
#     cloudformation:
#       aws_parameter:
#         text: >-
#           CloudFormation makes no encrypted parameter. Make `{label}` an `AWS::SecretsManager::Secret` under a key of your own.
#         example: |-
#           Type: AWS::SecretsManager::Secret
#           Properties:
#             KmsKeyId: !GetAtt SecretsKey.Arn
#       aws_secret:
#         text: >-
#           Name a key of your own on `{label}`, whose policy lets the readers' roles decrypt (`kms:ViaService`).
#         example: |-
#           KmsKeyId: !GetAtt SecretsKey.Arn
#     terraform:
#       aws_parameter:
#         text: >-
#           Name a key of your own on `{reference}`, whose policy lets the readers' roles decrypt (`kms:ViaService`).
#         example: |-
#           type   = "SecureString"
#           key_id = aws_kms_key.secrets.arn
#       aws_secret:
#         text: >-
#           Name a key of your own on `{reference}`, whose policy lets the readers' roles decrypt (`kms:ViaService`).
#         example: |-
#           kms_key_id = aws_kms_key.secrets.arn
#       gcp_secret:
#         text: >-
#           Name a key of your own in the replication of `{reference}` (with `user_managed`, in each of its `replicas`).
#         example: |-
#           replication {
#             auto {
#               customer_managed_encryption {
#                 kms_key_name = google_kms_crypto_key.secrets.id
#               }
#             }
#           }
#   sources:
#     - AWS Secrets Manager User Guide, encryption and decryption, https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
#     - AWS Systems Manager User Guide, KMS encryption of SecureString parameters, https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
#     - NIST SP 800-53 Rev. 5, SC-12 and SC-28, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.customer_key_missing

exempt if input.subject.tier in data.params.customer_key_missing.exempt_tiers

applicable if {
	"in_cloud" in input.subject.traits
	not "plaintext" in input.subject.traits
}

compliant if input.subject.customer_key

compliant if {
	input.subject.customer_key == false
	exempt
}

default whose := "that the provider made for everyone of the account"

# Google's own keys are of no project.
whose := "of the provider's own" if input.subject.secret_type == "gcp_secret"

violations contains {
	"actual": "the provider's key",
	"expected": "a key of the customer's",
	"message": sprintf("the value is encrypted under a key %s", [whose]),
} if {
	input.subject.customer_key == false
	not exempt
}
