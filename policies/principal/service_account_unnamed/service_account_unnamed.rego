# METADATA
# title: Kubernetes auth role names one half of a service account only
# description: |
#   A service account is a name in a namespace, and both halves count. A role that takes any name lets in every workload of
#   the namespace, also the one that somebody adds for a look around. A role that takes a name in any namespace lets in
#   whoever may make a namespace or a service account somewhere; `default` is there in each of them. A role that names
#   neither is judged as one for everyone.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [auth_role]
#   rests_on_absence: false
#   families: [v_auth]
#   remediation:
#     hashicorp: >-
#       `vault write auth/<mount>/role/<role> bound_service_account_names=<name> bound_service_account_namespaces=<namespace>`,
#       one role for each workload, and give each workload a service account of its own.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Name both the service accounts and their namespaces on `{reference}`.
#         example: |-
#           bound_service_account_names      = ["api"]
#           bound_service_account_namespaces = ["payments"]
#   sources:
#     - Vault API documentation, Kubernetes auth method, https://developer.hashicorp.com/vault/api-docs/auth/kubernetes
#     - Kubernetes documentation, service accounts, https://kubernetes.io/docs/concepts/security/service-accounts/
#     - NIST SP 800-53 Rev. 5, AC-6 and IA-9, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.service_account_unnamed

import data.countersign.lib.names

given := {policy | some policy in input.subject.policies} - {"default"}

admitted := {
	"namespace": "a service account of the right name in any namespace",
	"service_account_name": "any service account of the namespace",
}

applicable if {
	input.subject.vouched_by == "cluster"
	count(input.subject.takes_any) < 2
}

compliant if count(input.subject.takes_any) == 0

compliant if count(given) == 0

violations contains {
	"actual": admitted[half],
	"expected": "a service account by name and namespace",
	"message": sprintf("%s gets a token with %s", [admitted[half], names.counted(given, "policy", "policies")]),
} if {
	some half in input.subject.takes_any
	count(given) > 0
}
