# METADATA
# title: Principal may give access to itself or others, and is no named administrator
# description: |
#   Whoever changes who has access can give it to themselves, also where they read nothing today: in Vault and OpenBao by policies,
#   roles, identities and mounts, in AWS by policies of identities, of secrets, parameters and keys, by trust policies and groups. Whoever
#   makes or sets others' credentials can come in as them: secret ids, passwords and access keys, or a role that it passes to a service.
#   Both are privileged roles, for break-glass identities and for administrators that the organisation names. What a principal has only
#   by a login through a role or group that perhaps is not its own to take is found at that role or group, once. Whether the same
#   hand also reads secrets, named or not, is asked by `reads_and_grants`.
#   In AWS, who may assume a role that administers, administers. Who may assume a role that reads, reads: that is use of access, and is
#   counted nowhere here. What the policy of a secret, parameter or key lets everyone do is found there, once (`public_access`,
#   `reader_also_grants`, `key_policy_open`), not at each principal. Whoever owns a key administers the key, and not what is encrypted with it. A service of AWS that
#   trust policies let in acts as the role alone, which is judged itself: the policy does not apply to services.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [auth_config, auth_role, grant, group, policy_document, principal, store]
#   applies_to: [anyone, auth_group, auth_role, auth_user, aws_account, aws_root, cluster_group, cluster_user, entity, federated, iam_role, iam_user, key_slot, service_account, token, token_role]
#   rests_on_absence: false
#   unstated: >-
#     Whose credential the principal may set or issue depends on who logs in, or whether it may take a login that
#     administers is up to an outside directory or issuer.
#   families: [priv, v_pol]
#   params:
#     administrators:
#       type: strings
#       description: Ids or names of principals that administer by their office; one that ends in `*` names all that begin so.
#       default: []
#   remediation:
#     aws: >-
#       Show the paths with `countersign access what-can <principal>`: `administer` and `share` are meant. Take from its policies what the
#       first statement of each names, or bound it by a permissions boundary: `iam:Put*Policy`, `iam:Attach*Policy`,
#       `iam:CreatePolicyVersion`, `iam:AddUserToGroup`, `iam:UpdateAssumeRolePolicy`, `secretsmanager:PutResourcePolicy`,
#       `ssm:PutResourcePolicy`, `kms:PutKeyPolicy` and `kms:CreateGrant` give access, `iam:CreateAccessKey`,
#       `iam:CreateLoginProfile`, `iam:UpdateLoginProfile` and `iam:PassRole` let it come in as others. Where it is
#       `sts:AssumeRole`, name in the role's trust policy who is to administer. Whoever must is named in `administrators`, or is
#       for emergencies: mark it under `break_glass` in `countersign.yaml`.
#     hashicorp: >-
#       Show the paths with `countersign access what-can <principal>`. Take `update` on `sys/policies/acl/*`, `identity/*`,
#       `auth/*` and `sys/mounts/*` from its policies, and let passwords and secret ids be set for named roles only, by who
#       hands them out. Whoever must administer is named in `administrators`, or is for emergencies: mark it under
#       `break_glass` in `countersign.yaml`.
#     kubernetes: >-
#       Replace `cluster-admin` and `*` by the verbs and resources that are used, and take `escalate`, `bind`, `impersonate` and
#       `serviceaccounts/token` out of the role. Whoever must administer is named in `administrators`.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Take what gives access out of the policies of `{label}` (`iam:*`, `secretsmanager:PutResourcePolicy`, `kms:PutKeyPolicy`, `iam:PassRole`,
#           wildcards). Who must administer is named in `administrators` under `params` of `countersign.yaml`.
#         example: |-
#           - Effect: Allow
#             Action: [secretsmanager:DescribeSecret, secretsmanager:GetSecretValue]
#             Resource: !Ref DbSecret
#     iam_policy:
#       any:
#         text: >-
#           Take what gives access out of the policy (`iam:*`, `secretsmanager:PutResourcePolicy`, `kms:PutKeyPolicy`, `iam:PassRole`, wildcards).
#         example: |-
#           {
#             "Effect": "Allow",
#             "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
#             "Resource": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-*"
#           }
#     kubernetes:
#       any:
#         text: >-
#           Take `escalate`, `bind`, `impersonate`, `*` and `serviceaccounts/token` out of the role that `{reference}` is bound to, or bind another.
#           Who must administer is named in `administrators` under `params` of `countersign.yaml`.
#         example: |-
#           rules:
#             - apiGroups: [apps]
#               resources: [deployments]
#               verbs: [get, list, watch, update, patch]
#     terraform:
#       aws:
#         text: >-
#           Take what gives access out of the policies of `{reference}` (`iam:*`, `secretsmanager:PutResourcePolicy`, `kms:PutKeyPolicy`,
#           `iam:PassRole`, wildcards). Who must administer is named in `administrators` under `params` of `countersign.yaml`.
#         example: |-
#           statement {
#             actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
#             resources = [aws_secretsmanager_secret.db.arn]
#           }
#       hashicorp:
#         text: >-
#           Take rules on `sys/policies/acl/*`, `sys/mounts/*`, `auth/*` and `identity/*`, and `*`, out of the policies of `{reference}`. Who must
#           administer is named in `administrators` under `params` of `countersign.yaml`.
#         example: |-
#           path "kv/data/payments/*" {
#             capabilities = ["read"]
#           }
#       any:
#         text: >-
#           Take what gives access to others out of what `{reference}` holds. Who must administer is named in `administrators` under `params` of
#           `countersign.yaml`.
#     vault_policy:
#       any:
#         text: >-
#           Take rules on `sys/policies/acl/*`, `sys/mounts/*`, `auth/*` and `identity/*`, and `*`, out of the policy.
#         example: |-
#           path "kv/data/payments/*" {
#             capabilities = ["read"]
#           }
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6(5), privileged accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - AWS IAM User Guide, roles terms and concepts, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
#     - AWS IAM User Guide, pass a role to a service, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
package countersign.principal.administers_outside_break_glass

import data.countersign.lib.names

access := input.subject.access

named if {
	some administrator in data.params.administers_outside_break_glass.administrators
	administrator in {input.subject.id, input.subject.name}
}

named if {
	some administrator in data.params.administers_outside_break_glass.administrators
	endswith(administrator, "*")
	some known in {input.subject.id, input.subject.name}
	startswith(known, trim_suffix(administrator, "*"))
}

applicable if {
	input.subject.break_glass == false

	# It acts as roles alone, which are judged themselves.
	input.subject.principal_type != "service"
	not "provider_managed" in input.subject.traits
	not "access_policies" in input.subject.store.absent_features
}

compliant if named

compliant if {
	access.certainty in {"certain", "conditional"}
	access.perhaps_administers == false
}

violations contains {
	"actual": "administers access",
	"expected": "a named administrator, or break-glass",
	"message": "can give itself or others access, and is not named as an administrator",
} if {
	access.administers_itself
	not named
}

violations contains {
	"actual": sprintf("may come in as %s", [names.quantity(access.impersonated_count, "other", "others")]),
	"expected": "a named administrator, or break-glass",
	"message": sprintf("can issue or set credentials of others, or have work done as them, and so read or administer: %d", [access.impersonated_count]),
} if {
	access.impersonated_count > 0
	not access.administers_itself
	not named
}
