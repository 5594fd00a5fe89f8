# METADATA
# title: Pipeline uses a stored key where its own identity would do
# description: |
#   A key that is kept for a pipeline works for whoever reads it, from anywhere, until somebody replaces it. Clouds and
#   Vault know the identity of a job (OpenID Connect), and give it credentials that end with the job and are bound to
#   repository and branch.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: high
#   needs: [pipeline_key]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Let the job ask for its identity: in GitHub Actions `permissions: {id-token: write}` with `role-to-assume` (AWS),
#       `client-id`, `tenant-id`, `subscription-id` (Azure), `workload_identity_provider` (Google), `method: jwt` (Vault),
#       or trusted publishing (PyPI); in GitLab `id_tokens` with `secrets` or `assume-role-with-web-identity`. Then delete
#       the stored key, at the system that accepts it first.
#   remedies:
#     github_actions:
#       any:
#         text: >-
#           Let the job log in by its own identity, then delete the stored key.
#         example: |-
#           permissions:
#             id-token: write
#             contents: read
#           steps:
#             # AWS
#             - uses: aws-actions/configure-aws-credentials@<commit>
#               with:
#                 role-to-assume: arn:aws:iam::111122223333:role/ci
#                 aws-region: eu-central-1
#             # Azure: azure/login with client-id, tenant-id, subscription-id
#             # Google: google-github-actions/auth with workload_identity_provider
#             # Vault: hashicorp/vault-action with method: jwt and role
#     gitlab_ci:
#       any:
#         text: >-
#           Let the job log in by an ID token, then delete the stored key.
#         example: |-
#           id_tokens:
#             ID_TOKEN:
#               aud: https://vault.example.com
#           script:
#             # Vault
#             - export VAULT_TOKEN="$(vault write -field=token auth/jwt/login role=ci jwt=$ID_TOKEN)"
#             # AWS: sts assume-role-with-web-identity; Google: credential configuration of a workload identity pool; Azure: az login --federated-token
#   sources:
#     - GitHub documentation, "About security hardening with OpenID Connect", https://docs.github.com/en/actions/concepts/security/openid-connect
#     - GitLab documentation, "Connect to cloud services", https://docs.gitlab.com/ci/cloud_services/
#     - NIST SP 800-53 Rev. 5, IA-5(7), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.pipeline.stored_key_in_pipeline

applicable := true

compliant if count(input.subject.stored_keys) == 0

violations contains {
	"actual": {"system": key.system, "name": object.get(key, "name", "")},
	"expected": "the identity of the job",
	"message": sprintf("uses a stored key for %s%s", [systems[key.system], named(key)]),
	"thing": key.thing,
} if {
	some key in input.subject.stored_keys
}

named(key) := sprintf(" (%s)", [key.name]) if key.name

named(key) := "" if not key.name

systems := {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "pypi": "PyPI", "vault": "Vault"}
