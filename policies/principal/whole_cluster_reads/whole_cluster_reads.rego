# METADATA
# title: Everyone of a cluster reads secrets
# description: |
#   Kubernetes puts whoever comes into groups of its own: `system:authenticated` has everyone with any credential of the cluster, which on a
#   managed cluster may be every account of the provider; `system:serviceaccounts` has every workload; `system:unauthenticated`
#   and the user `system:anonymous` have whoever reaches the server. A role that reads secrets and is bound to one of them opens these to the
#   least trusted pod or caller there is. Whether the secrets are among those that were looked at or not, the binding opens them. A
#   group of the service accounts of one namespace is none of these.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [grant, group, policy_document, principal, store]
#   applies_to: [anyone, cluster_group]
#   products: [kubernetes]
#   rests_on_absence: false
#   unstated: >-
#     Whether a role of everyone reads secrets: what could not be seen of it could make it do so.
#   families: [pub]
#   remediation:
#     kubernetes: >-
#       Take the group out of the binding, and bind the role to the service accounts or groups that need it, in their namespaces (RoleBinding), with the
#       secrets named under `resourceNames`: `kubectl edit clusterrolebinding <name>`. Then rotate what it opened: it must be taken as known.
#   remedies:
#     kubernetes:
#       any:
#         text: >-
#           Take the group of everyone out of the binding, and bind the role to the service accounts that need it, in their namespaces.
#         example: |-
#           kind: RoleBinding
#           subjects:
#             - kind: ServiceAccount
#               name: app
#               namespace: payments
#   sources:
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
#     - Kubernetes documentation, authenticating, https://kubernetes.io/docs/reference/access-authn-authz/authentication/
#     - Google Kubernetes Engine documentation, best practices for RBAC, https://cloud.google.com/kubernetes-engine/docs/best-practices/rbac
#     - NIST SP 800-53 Rev. 5, AC-3 and AC-14, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.whole_cluster_reads

import data.countersign.lib.names

# Who is in a group or user of the cluster's own.
everyone := {
	"system:anonymous": "whoever reaches the server",
	"system:authenticated": "everyone with a credential of the cluster",
	"system:serviceaccounts": "every service account of the cluster",
	"system:unauthenticated": "whoever reaches the server",
}

access := input.subject.access

applicable if {
	input.subject.principal_type in {"anyone", "cluster_group"}
	everyone[input.subject.name]
}

compliant if {
	access.certainty in {"certain", "conditional"}
	access.readable_secret_count == 0
	access.wildcard_rule_count == 0
	access.administers == false
}

violations contains {
	"actual": names.few_of(access.wildcard_rules, access.wildcard_rule_count),
	"expected": "no rule on secrets for everyone",
	"message": sprintf("%s reads all secrets of where the rule holds", [everyone[input.subject.name]]),
} if {
	access.wildcard_rule_count > 0
}

violations contains {
	"actual": access.readable_secret_count,
	"expected": "no secrets",
	"message": sprintf("%s reads %s", [everyone[input.subject.name], names.quantity(access.readable_secret_count, "secret", "secrets")]),
} if {
	access.wildcard_rule_count == 0
	access.readable_secret_count > 0
}

violations contains {
	"actual": "gives itself what it likes",
	"expected": "no rule on roles, bindings or other identities for everyone",
	"message": sprintf("%s can give itself access to secrets", [everyone[input.subject.name]]),
} if {
	access.wildcard_rule_count == 0
	access.readable_secret_count == 0
	access.administers
}
