# METADATA
# title: Token of the service account lies in the containers without a use for it
# description: |
#   Whoever takes over a container finds the token there, and is the service account by it: with every right that somebody binds to it
#   later. A workload that does not call the cluster's API needs none. Kubernetes mounts it unless the pod or its service account say
#   otherwise. Where the same files bind a role to the service account it has a use, and what the role lets it do is judged there.
# schemas:
#   - input: schema.workload
# custom:
#   severity: low
#   needs: [workload_identity]
#   rests_on_absence: false
#   families: [priv]
#   remediation:
#     any: >-
#       Set `automountServiceAccountToken: false` in the pod, or in the service account of all pods that run as it. Where the
#       workload calls the API, give it a service account of its own and bind to that the role which it needs.
#   remedies:
#     kubernetes:
#       any:
#         text: >-
#           Keep the token out of the pod of `{reference}`, or bind a role to its service account in these files where it calls the cluster's API.
#         example: |-
#           spec:
#             automountServiceAccountToken: false
#   sources:
#     - CIS Kubernetes Benchmark, 5.1.5 and 5.1.6, service account tokens only mounted where necessary, https://www.cisecurity.org/benchmark/kubernetes
#     - Kubernetes documentation, configure service accounts for pods, https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
package countersign.workload.service_account_token_mounted

identity := input.subject.identity

applicable if "identity" in input.subject.aspects

compliant if identity.token_mounted == false

compliant if identity.bound

violations contains {
	"actual": sprintf("the token of %s is mounted", [identity.service_account]),
	"expected": "automountServiceAccountToken: false, or a role that the token is for",
	"message": sprintf("the token of service account %s is mounted, and no role in these files is bound to it", [identity.service_account]),
} if {
	identity.token_mounted
	identity.bound == false
}
