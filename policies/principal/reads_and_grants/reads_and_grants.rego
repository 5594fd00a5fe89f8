# METADATA
# title: Principal can both read secrets and grant access to them
# description: |
#   Whoever reads values and also writes policies, roles, identities or mounts can give access to anyone, themselves
#   included, without a second person. The same union, seen from a secret, is judged by `reader_also_grants`. Where it
#   takes a login through a role or group that does both by itself, and that perhaps is not the principal's to take, the
#   finding is that role's or group's, once.
#   Who administers without reading anything could still give themselves what they like, and who sets others' passwords could
#   read as them: neither is counted here, but is the finding of `administers_outside_break_glass`.
#   What a secret's own policy lets everyone do is found at the secret, and counts here for nobody.
#   In AWS, reading as a role that may be assumed counts, too; where one such role does both, the finding is that role's alone. A
#   service of AWS acts as roles alone, which are judged themselves: the policy does not apply to services.
#   Where the store has no policies by design, every key does both, and no split of policies could change that.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [auth_config, grant, store]
#   applies_to: [anyone, auth_group, auth_role, auth_user, aws_account, aws_root, cluster_group, cluster_user, entity, federated, iam_role, iam_user, key_slot, service_account, token, token_role]
#   rests_on_absence: false
#   unstated: >-
#     Whether the principal both reads and administers: it would by a login that only an outside directory or issuer decides.
#   families: [sod]
#   remediation:
#     aws: >-
#       Show the paths with `countersign access what-can <principal>`. Split the policies: one that administers IAM,
#       keys and resource policies and is denied `secretsmanager:GetSecretValue`, `ssm:GetParameter*` and `kms:Decrypt`,
#       and one that reads. A role that must hold both is for emergencies: mark it under `break_glass` in
#       `countersign.yaml`.
#     hashicorp: >-
#       Show the paths with `countersign access what-can <principal>`. Split the policies: one administers
#       `sys/policies/acl/*`, `auth/*` and `identity/*` and has `deny` on the data paths, the other reads secrets. An
#       identity that must hold both is for emergencies: mark it under `break_glass` in `countersign.yaml`.
#     kubernetes: >-
#       Take `escalate`, `bind` and `impersonate` from the role, or the verbs on `secrets`. Who needs both is for emergencies: mark it under `break_glass`
#       in `countersign.yaml`.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Part the policies of `{label}` in two roles. The one that administers is denied the values.
#         example: |-
#           - Effect: Deny
#             Action: [secretsmanager:GetSecretValue, ssm:GetParameter*, kms:Decrypt]
#             Resource: "*"
#     iam_policy:
#       any:
#         text: >-
#           Part the policy in two. The one that administers is denied the values.
#         example: |-
#           {
#             "Effect": "Deny",
#             "Action": ["secretsmanager:GetSecretValue", "ssm:GetParameter*", "kms:Decrypt"],
#             "Resource": "*"
#           }
#     kubernetes:
#       any:
#         text: >-
#           Take `secrets` out of the role that `{reference}` is bound to, or `escalate`, `bind`, `impersonate` and `*`.
#         example: |-
#           rules:
#             - apiGroups: [apps]
#               resources: [deployments]
#               verbs: [get, list, watch, update, patch]
#     terraform:
#       aws:
#         text: >-
#           Part the policies of `{reference}` in two roles. The one that administers is denied the values.
#         example: |-
#           statement {
#             effect    = "Deny"
#             actions   = ["secretsmanager:GetSecretValue", "ssm:GetParameter*", "kms:Decrypt"]
#             resources = ["*"]
#           }
#       hashicorp:
#         text: >-
#           Part `{reference}` in two policies. The one that administers is denied the values.
#         example: |-
#           path "kv/data/*" {
#             capabilities = ["deny"]
#           }
#       any:
#         text: >-
#           Part what `{reference}` holds in two, so that who administers reads no value.
#     vault_policy:
#       any:
#         text: >-
#           Part the policy in two. The one that administers is denied the values.
#         example: |-
#           path "kv/data/*" {
#             capabilities = ["deny"]
#           }
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-5, separation of duties, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
package countersign.principal.reads_and_grants

import data.countersign.lib.names

access := input.subject.access

applicable if {
	input.subject.break_glass == false

	# It acts as roles alone, which are judged themselves.
	input.subject.principal_type != "service"
	not "provider_managed" in input.subject.traits
	not "access_policies" in input.subject.store.absent_features
}

known if access.certainty in {"certain", "conditional"}

compliant if {
	known
	access.perhaps_reads_and_administers == false
}

violations contains {
	"actual": sprintf("reads %s and administers access", [names.quantity(access.readable_secret_count, "secret", "secrets")]),
	"expected": "one or the other",
	"message": sprintf("can grant access, and can read secrets: %d", [access.readable_secret_count]),
} if {
	access.reads_and_administers
}
