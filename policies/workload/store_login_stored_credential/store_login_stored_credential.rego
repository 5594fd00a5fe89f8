# METADATA
# title: Cluster logs in to the secrets store with a stored credential
# description: |
#   A SecretStore that names an access key, token or password for its provider keeps one long-lived credential in the cluster that opens all
#   others. Whoever reads that one Kubernetes secret has them all, from anywhere, until somebody changes it. With the identity
#   of a workload the cluster's own token is exchanged for one that ends within the hour.
# schemas:
#   - input: schema.workload
# custom:
#   severity: medium
#   needs: [workload_store_login]
#   rests_on_absence: false
#   families: [v_ttl]
#   remediation:
#     any: >-
#       Let the store take a service account's token: `auth.jwt.serviceAccountRef` (AWS, IRSA or Pod Identity), `auth.kubernetes`
#       (Vault and OpenBao), `auth.workloadIdentity` (Google Cloud), `authType: WorkloadIdentity` (Azure). Then revoke the key, and delete the
#       secret that held it.
#   remedies:
#     kubernetes:
#       any:
#         text: >-
#           Let `{reference}` log in by the identity of a service account (`auth.jwt` for AWS, `auth.kubernetes` for Vault, `authType
#           WorkloadIdentity` for Azure, `auth.workloadIdentity` for Google).
#         example: |-
#           # AWS
#           auth:
#             jwt:
#               serviceAccountRef: { name: external-secrets }
#           # Vault
#           auth:
#             kubernetes:
#               mountPath: kubernetes
#               role: external-secrets
#               serviceAccountRef: { name: external-secrets }
#   sources:
#     - External Secrets Operator, security best practices, https://external-secrets.io/latest/guides/security-best-practices/
#     - Kubernetes documentation, good practices for Kubernetes Secrets, https://kubernetes.io/docs/concepts/security/secrets-good-practices/
package countersign.workload.store_login_stored_credential

import data.countersign.lib.names

stored := input.subject.store_login.stored_credentials

applicable if "store_login" in input.subject.aspects

compliant if count(stored) == 0

violations contains {
	"actual": names.few(stored),
	"expected": "an identity of the cluster",
	"message": sprintf("the store is logged in to with a stored credential: %s", [names.few(stored)]),
} if {
	count(stored) > 0
}
