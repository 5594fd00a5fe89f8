# METADATA
# title: Principal may give itself any access, and is no named administrator
# description: |
#   Whoever writes policies, roles, identities or mounts can give themselves everything, also where they read nothing
#   today; whoever issues the secret ids or sets the passwords of others can come in as them. Both are privileged roles, for
#   break-glass identities and for administrators that the organisation names. What a principal has only by a login through
#   a role or group that perhaps is not its own to take is found at that role or group, once. Whether the same hand also
#   reads secrets, named or not, is asked by `reads_and_grants`.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [auth_config, auth_role, grant, group, policy_document, principal, store]
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
#       Show the paths with `countersign access what-can <principal>`. Take `iam:Put*`, `iam:Attach*`, `iam:PassRole`,
#       `iam:CreateAccessKey`, `iam:UpdateAssumeRolePolicy`, `secretsmanager:PutResourcePolicy` and `kms:PutKeyPolicy`
#       from its policies, or bound them by a permissions boundary. Whoever must administer is named in
#       `administrators`, or is for emergencies: mark it under `break_glass` in `countersign.yaml`.
#     hashicorp: >-
#       Show the paths with `countersign access what-can <principal>`. Take `update` on `sys/policies/acl/*`, `identity/*`,
#       `auth/*` and `sys/mounts/*` from its policies, and let passwords and secret ids be set for named roles only, by who
#       hands them out. Whoever must administer is named in `administrators`, or is for emergencies: mark it under
#       `break_glass` in `countersign.yaml`.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6(5), privileged accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
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
	"message": "can give itself and others any access, and is not named as an administrator",
} if {
	access.administers_itself
	not named
}

violations contains {
	"actual": sprintf("may come in as %s", [names.quantity(access.impersonated_count, "other", "others")]),
	"expected": "a named administrator, or break-glass",
	"message": sprintf("can issue or set credentials, and by them read or administer as others: %d", [access.impersonated_count]),
} if {
	access.impersonated_count > 0
	not access.administers_itself
	not named
}
