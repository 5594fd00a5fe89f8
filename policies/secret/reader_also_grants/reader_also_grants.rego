# METADATA
# title: Principals can both read the secret and grant access to it
# description: |
#   Who reads a value and also hands out access to it can let anyone in, and nobody else need agree. Reading and granting
#   belong in two hands. Counted are principals that can read the value and can write policies, roles, identities or
#   mounts that lead to it. Each such principal is a finding by itself, `reads_and_grants`, so that on a standard or low
#   secret no more is asked than `too_many_readers` asks; a critical or high one is to have none. Break-glass identities
#   and root tokens reach everything by intent and are not counted here: a finding says how many of the secret's readers are
#   such, `root_token_alive` finds the tokens, `reads_and_grants` judges them as principals, the access list names both.
#   Where the store has no policies by design, every key does both: whoever holds one is judged by `key_slot_weak` and by its
#   number among the readers.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [grant, store]
#   rests_on_absence: false
#   unstated: >-
#     Whether a principal holds both: it rests on a login of which it is not known who may take it.
#   families: [sod]
#   params:
#     limit:
#       type: integer
#       unit: count
#       description: Greatest number of principals that can read the value and grant access to it.
#       strictest: min
#       by_tier: {critical: 0, high: 0, standard: 25, low: 50}
#   remediation:
#     aws: >-
#       Split the roles: one that reads values, one that may call `PutResourcePolicy`, `iam:Put*`, `iam:Attach*` and
#       `kms:PutKeyPolicy`, with a boundary or a deny on `secretsmanager:GetSecretValue` and `ssm:GetParameter*`. Keep
#       the union for a break-glass role.
#     hashicorp: >-
#       Split the policy in two: one that writes `sys/policies/acl/*`, `auth/*` and `identity/*` and reads no secret, and
#       one that reads secrets and administers nothing. Deny the data paths in the administrators' policy with
#       `capabilities = ["deny"]`. Keep the union for a break-glass identity.
#     kubernetes: >-
#       Split the roles: one that writes roles and bindings (`escalate`, `bind`), one that reads the secrets it names under `resourceNames`.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Who reads `{label}` must not give access to it. In its policy and in those of the roles that read it, leave
#           `secretsmanager:PutResourcePolicy`, `kms:PutKeyPolicy`, `iam:*` and wildcards out.
#         example: |-
#           Action:
#             - secretsmanager:DescribeSecret
#             - secretsmanager:GetSecretValue
#     kubernetes:
#       any:
#         text: >-
#           Who reads `{reference}` must not give access to it. Take `escalate`, `bind`, `impersonate` and `*` out of the roles that read it.
#         example: |-
#           rules:
#             - apiGroups: [""]
#               resources: [secrets]
#               resourceNames: [{label}]
#               verbs: [get]
#     terraform:
#       aws:
#         text: >-
#           Who reads `{reference}` must not give access to it. In its policy and in those of the roles that read it, leave
#           `secretsmanager:PutResourcePolicy`, `kms:PutKeyPolicy`, `iam:*` and wildcards out.
#         example: |-
#           actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
#       gcp_secret:
#         text: >-
#           Give readers of `{reference}` a role that reads, and no more.
#         example: |-
#           role = "roles/secretmanager.secretAccessor"
#       any:
#         text: >-
#           Who reads `{reference}` must not give access to it. Part the policies in one that reads and one that administers.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-5, separation of duties, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
package countersign.secret.reader_also_grants

import data.countersign.lib.names

limit := data.params.reader_also_grants.limit

applicable if {
	input.subject.kind == "secret"
	not "configuration" in input.subject.traits
	not "access_policies" in input.subject.store.absent_features
}

# Break-glass identities and root tokens are judged by themselves. Who perhaps may log in through a role or group that
# does both is not seen to, but is not known not to either.
settled := input.subject.reader_and_granter_count - input.subject.perhaps_reader_and_granter_count

compliant if {
	input.subject.reader_and_granter_count <= limit
	input.subject.readers.possible_count == 0
}

violations contains {
	"actual": settled,
	"expected": sprintf("at most %d", [limit]),
	"message": sprintf("readers that can also grant access: %d, allowed: %d%s", [settled, limit, names.uncounted(input.subject.readers)]),
} if {
	settled > limit
}
