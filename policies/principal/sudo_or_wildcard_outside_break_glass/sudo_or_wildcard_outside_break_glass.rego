# METADATA
# title: Principal has rules over everything without being for emergencies
# description: |
#   In Vault `sudo` opens what Vault itself protects from ordinary policies; a rule that ends in `*` over a whole mount covers
#   every secret that is there now and every one that is added later, unless it gives `list` alone: names, and no value. So
#   does one over all credentials of a database engine, all keys of a transit engine or all certificates of a PKI engine, and
#   one over the whole mount of an engine that is not read. Both belong to break-glass identities. Reading
#   the few paths that cannot even be read without `sudo`, and that a read-only auditor needs, is allowed; writing them is
#   not. What a principal has only by a login through a role or group that perhaps is not its own to take is found at that
#   role or group, once. In AWS a statement counts as what boundary, organisation, conditions and the principal's own denials
#   leave of it: where it still gives whatever is added to some Region of the account, or all that is there. What they take
#   out, and a condition that a request has to meet, stand beside it. In Kubernetes it is a rule with `get`, `list` or `watch` on secrets that
#   names none of them.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [auth_config, auth_role, grant, group, policy_document, principal, store]
#   rests_on_absence: false
#   unstated: >-
#     Whether a rule covers everything: who logs in, or what could not be seen, could make it do so.
#   families: [priv, v_pol]
#   params:
#     allowed_sudo_paths:
#       type: strings
#       description: >-
#         Paths on which `sudo` is no finding with `read` and `list` alone, exactly as the policies spell them: those of the
#         policy that `countersign init` prints. Paths of a namespace begin with its name, and are to be added.
#       default:
#         - auth/token/accessors
#         - auth/token/accessors/
#         - sys/audit
#         - sys/config/cors
#         - sys/config/ui/headers
#         - sys/config/ui/headers/
#   remediation:
#     aws: >-
#       Replace `"Resource": "*"` by the ARNs or prefixes that are used, and managed policies such as
#       `SecretsManagerReadWrite` by your own; IAM Access Analyzer makes one from what was used. Mark what only
#       emergencies need under `break_glass` in `countersign.yaml`.
#     hashicorp: >-
#       Replace the rule by the exact paths and capabilities that are used (`vault policy read <policy>`, then
#       `vault policy write <policy> <file>`), and move what only emergencies need to a policy of its own. Mark that
#       identity under `break_glass` in `countersign.yaml`. Check the result with
#       `countersign access what-can <principal>`.
#     kubernetes: >-
#       Name the secrets under `resourceNames`, with `get` alone: `list` and `watch` answer with all values. Bind the role in the namespaces that it is for
#       (RoleBinding), and take `*` out of its resources.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name the secrets that `{label}` needs in the policy, in the place of `*`.
#         example: |-
#           Resource: !Ref DbSecret
#     iam_policy:
#       any:
#         text: >-
#           Name the secrets that are needed, in the place of `*`.
#         example: |-
#           "Resource": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-*"
#     kubernetes:
#       any:
#         text: >-
#           Name the secrets that `{reference}` needs in a Role of their namespace, with `get` alone, since `list` and `watch` answer with all values.
#         example: |-
#           rules:
#             - apiGroups: [""]
#               resources: [secrets]
#               resourceNames: [db]
#               verbs: [get]
#     terraform:
#       aws:
#         text: >-
#           Name the secrets that `{reference}` needs in the policy, in the place of `*`.
#         example: |-
#           resources = [aws_secretsmanager_secret.db.arn]
#       hashicorp:
#         text: >-
#           Name the paths and capabilities that are used, without `sudo`, in the place of the rule over a whole mount.
#         example: |-
#           path "kv/data/payments/db" {
#             capabilities = ["read"]
#           }
#       any:
#         text: >-
#           Name the secrets that `{reference}` needs, in the place of all of them.
#     vault_policy:
#       any:
#         text: >-
#           Name the paths and capabilities that are used, without `sudo`, in the place of the rule over a whole mount.
#         example: |-
#           path "kv/data/payments/db" {
#             capabilities = ["read"]
#           }
#   sources:
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
#     - NIST SP 800-53 Rev. 5, AC-6, least privilege, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
package countersign.principal.sudo_or_wildcard_outside_break_glass

import data.countersign.lib.names

access := input.subject.access

# `<policy>:<line> <path> [<capability>,…]`: a path with blanks in it has more parts, and is not allowed.
allowed(rule) if {
	[_, path, capabilities] := split(rule, " ")
	path in data.params.sudo_or_wildcard_outside_break_glass.allowed_sudo_paths
	every capability in split(trim(capabilities, "[]"), ",") { capability in {"list", "read", "sudo"} }
}

surplus_sudo := [rule | some rule in access.sudo_rules; not allowed(rule)]

# Rules beyond the sample cannot be told apart, so they count as not allowed.
surplus_sudo_count := count(surplus_sudo) + (access.sudo_rule_count - count(access.sudo_rules))

# What a wildcard covers, in the product's own words.
default product := ""

product := input.subject.store.product

whole := {"place": "all secrets of a Region", "rules": "policy statements over all secrets of a Region or account"} if product == "aws"

whole := {"place": "all secrets of a namespace", "rules": "rules over all secrets of a namespace or cluster"} if product == "kubernetes"

whole := {"place": "a whole mount", "rules": "policy rules over every secret of a mount"} if not product in {"aws", "kubernetes"}

applicable if {
	input.subject.break_glass == false
	not "provider_managed" in input.subject.traits
	not "access_policies" in input.subject.store.absent_features
}

compliant if {
	access.certainty in {"certain", "conditional"}
	surplus_sudo_count == 0
	access.perhaps_wildcard == false
}

violations contains {
	"actual": names.few_of(surplus_sudo, surplus_sudo_count),
	"expected": "no sudo outside break-glass but to read what asks for it",
	"message": sprintf("policy rules with sudo: %d", [surplus_sudo_count]),
} if {
	surplus_sudo_count > 0
}

violations contains {
	"actual": names.few_of(access.wildcard_rules, access.wildcard_rule_count),
	"expected": sprintf("no wildcard over %s outside break-glass", [whole.place]),
	"message": sprintf("%s: %d", [whole.rules, access.wildcard_rule_count]),
} if {
	access.wildcard_rule_count > 0
}
