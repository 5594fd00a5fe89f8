# METADATA
# title: Every pod of a namespace is somebody in a cloud
# description: |
#   A service account that stands for a role of a cloud gives it to every pod that runs as it, without a stored key. Every pod that names no
#   service account runs as `default`: what somebody deploys there for another purpose, or puts there to attack, reads the secrets that
#   the role reads. The role is to be that of one workload, by a service account of its own.
# schemas:
#   - input: schema.workload
# custom:
#   severity: medium
#   needs: [workload_cloud_identity]
#   rests_on_absence: false
#   families: [priv]
#   remediation:
#     any: >-
#       Make a service account for the workload, move the annotation to it, name it in the pod (`serviceAccountName`), and let the role's trust
#       policy name that service account alone instead of `system:serviceaccount:<namespace>:default`.
#   remedies:
#     kubernetes:
#       any:
#         text: >-
#           Take the role off `default`, and give it to a service account of the one workload that needs it.
#         example: |-
#           apiVersion: v1
#           kind: ServiceAccount
#           metadata:
#             name: api
#             annotations:
#               eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/api
#           # in the pod of the workload
#           serviceAccountName: api
#   sources:
#     - Amazon EKS best practices, identity and access management, https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
#     - Kubernetes documentation, configure service accounts for pods, https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
#     - NIST SP 800-53 Rev. 5, AC-6, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.workload.cloud_identity_shared

import data.countersign.lib.names

cloud := input.subject.cloud_identity

applicable if "cloud_identity" in input.subject.aspects

compliant if cloud.shared == false

called := [name | some one in cloud.identities; name := object.get(one, "name", "a role that is filled in elsewhere")]

violations contains {
	"actual": names.few(called),
	"expected": "a service account of one workload",
	"message": sprintf("every pod of the namespace that names no service account is %s", [names.few(called)]),
} if {
	cloud.shared
}
