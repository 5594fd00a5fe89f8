# METADATA
# title: Cluster writes its secrets unencrypted
# description: |
#   Kubernetes encrypts what it writes with the first provider that an EncryptionConfiguration names for a resource. Where that is `identity`, or no
#   rule is for secrets, every Secret lies readable in etcd, in its backups and snapshots. `identity` behind another provider only
#   reads what was written before.
# schemas:
#   - input: schema.workload
# custom:
#   severity: high
#   needs: [workload_encryption]
#   rests_on_absence: false
#   families: [plain]
#   remediation:
#     any: >-
#       Put a `kms` provider (`apiVersion: v2`) first for `secrets`, and leave `identity` last until everything is written anew:
#       `kubectl get secrets --all-namespaces -o json | kubectl replace -f -`. Then take `identity` out.
#   remedies:
#     kubernetes:
#       any:
#         text: >-
#           Put a `kms` provider first for `secrets`; `identity` may stay last until everything is written anew.
#         example: |-
#           resources:
#             - resources: [secrets]
#               providers:
#                 - kms:
#                     apiVersion: v2
#                     name: kms
#                     endpoint: unix:///var/run/kms.sock
#                 - identity: {}
#   sources:
#     - Kubernetes documentation, encrypting confidential data at rest, https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
#     - CIS Kubernetes Benchmark, 1.2.27 and 1.2.28, encryption providers are configured, https://www.cisecurity.org/benchmark/kubernetes
package countersign.workload.cluster_secrets_in_clear

written_with := input.subject.encryption.written_with

applicable if "encryption" in input.subject.aspects

compliant if written_with in {"aescbc", "aesgcm", "kms", "secretbox"}

violations contains {
	"actual": written_with,
	"expected": "kms, or another provider that encrypts",
	"message": sprintf("secrets are written unencrypted (first provider: %s)", [written_with]),
} if {
	written_with in {"identity", "none"}
}
