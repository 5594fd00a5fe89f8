# METADATA
# title: Credential is written down in the change
# description: |
#   A credential in a repository, a template or a plan is read by everyone who reads that, stays in its history when it is taken
#   out, and is found by whoever searches public code within minutes. It has to be replaced at the system that accepts it: taking it
#   out of the file does not make it secret again.
# schemas:
#   - input: schema.change
# custom:
#   severity: critical
#   needs: [written_credential]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Replace the credential at the system that accepts it, put the new one into a secrets store, and let what needs it read it from
#       there. Then take it out of the file; it stays in the history, which is why replacing comes first.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. A parameter of type `secureString` takes it from a Key Vault
#           (`getSecret` in Bicep).
#         example: |-
#           "password": {
#             "reference": {
#               "keyVault": { "id": "/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/<vault>" },
#               "secretName": "<secret>"
#             }
#           }
#     cloudformation:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. Let Secrets Manager make one, and refer to it.
#         example: |-
#           DbSecret:
#             Type: AWS::SecretsManager::Secret
#             Properties:
#               GenerateSecretString: { PasswordLength: 32, ExcludePunctuation: true }
#           # where it is used
#           MasterUserPassword: !Sub "{{resolve:secretsmanager:${DbSecret}}}"
#     compose:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. Hand it over as a secret, which the container reads under
#           `/run/secrets`.
#         example: |-
#           services:
#             app:
#               secrets: [db_password]
#               environment:
#                 DB_PASSWORD_FILE: /run/secrets/db_password
#           secrets:
#             db_password:
#               environment: DB_PASSWORD
#     dockerfile:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. What a build needs is mounted for one command.
#         example: |-
#           RUN --mount=type=secret,id=token,env=TOKEN ./build.sh
#     github_actions:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. Keep it as a secret of the repository or environment, or log in
#           by the job's identity.
#         example: |-
#           env:
#             TOKEN: ${{ secrets.TOKEN }}
#     gitlab_ci:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. Keep it as a masked and protected variable of the project, or
#           fetch it by an ID token.
#         example: |-
#           id_tokens:
#             VAULT_ID_TOKEN:
#               aud: https://vault.example.com
#           secrets:
#             TOKEN:
#               vault: payments/ci/token@kv
#               token: $VAULT_ID_TOKEN
#     kubernetes:
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file. Keep it in a secrets store, and let an ExternalSecret or the
#           CSI driver fetch it.
#         example: |-
#           apiVersion: external-secrets.io/v1
#           kind: ExternalSecret
#           metadata:
#             name: db
#           spec:
#             refreshInterval: 1h
#             secretStoreRef: { name: vault, kind: SecretStore }
#             target: { name: db }
#             data:
#               - secretKey: password
#                 remoteRef: { key: payments/db, property: password }
#     terraform:
#       azure:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file, and out of the state by a write-only argument (Terraform 1.11)
#           where there is one.
#         example: |-
#           ephemeral "random_password" "db" {
#             length = 32
#           }
#           resource "azurerm_key_vault_secret" "db" {
#             name             = "db-password"
#             key_vault_id     = azurerm_key_vault.main.id
#             value_wo         = ephemeral.random_password.db.result
#             value_wo_version = 1
#           }
#       gcp:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file, and out of the state by a write-only argument (Terraform 1.11)
#           where there is one.
#         example: |-
#           ephemeral "random_password" "db" {
#             length = 32
#           }
#           resource "google_secret_manager_secret_version" "db" {
#             secret                 = google_secret_manager_secret.db.id
#             secret_data_wo         = ephemeral.random_password.db.result
#             secret_data_wo_version = 1
#           }
#       hashicorp:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file, and out of the state by a write-only argument (Terraform 1.11)
#           where there is one.
#         example: |-
#           ephemeral "random_password" "db" {
#             length = 32
#           }
#           resource "vault_kv_secret_v2" "db" {
#             mount                = vault_mount.kv.path
#             name                 = "payments/db"
#             data_json_wo         = jsonencode({ password = ephemeral.random_password.db.result })
#             data_json_wo_version = 1
#           }
#       any:
#         text: >-
#           Replace the credential where it is accepted, then take it out of the file, and out of the state by a write-only argument (Terraform 1.11)
#           where there is one.
#         example: |-
#           ephemeral "random_password" "db" {
#             length = 32
#           }
#           resource "aws_secretsmanager_secret_version" "db" {
#             secret_id                = aws_secretsmanager_secret.db.id
#             secret_string_wo         = ephemeral.random_password.db.result
#             secret_string_wo_version = 1
#           }
#   sources:
#     - CWE-798, Use of Hard-coded Credentials, https://cwe.mitre.org/data/definitions/798.html
#     - NIST SP 800-53 Rev. 5, IA-5(7), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.change.credential_written

applicable if input.subject.change_type == "credential"

# A search without a find is told as one, and no subject stands for it.
compliant if not input.subject.credential

violations contains {
	"actual": credential.rule,
	"expected": "a reference to a secrets store",
	"message": sprintf("what looks like a credential (%s) is written in %s%s", [credential.rule, credential.file, suffix]),
} if {
	credential := input.subject.credential
	suffix := when(credential)
}

when(credential) := "" if not credential.in_history

when(credential) := sprintf(" in commit %s", [substring(credential.commit, 0, 12)]) if credential.in_history
