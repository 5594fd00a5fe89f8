# METADATA
# title: Principal has no owner
# description: |
#   A role, user or identity without an owner is reviewed by nobody and stays when its purpose has gone. The owner comes
#   from the identity's own metadata or from a rule in the configuration. Live tokens belong to whatever made them. A
#   user or role whose every login is one known identity is judged there.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [auth_config, auth_role, key_slot, principal]
#   applies_to: [auth_group, auth_role, auth_user, entity, iam_role, iam_user, key_slot, token_role]
#   rests_on_absence: true
#   families: [inv]
#   remediation:
#     aws: >-
#       `aws iam tag-role --role-name <role> --tags Key=owner,Value=<team>`, `aws iam tag-user`, or add a rule for the
#       path under `owners` in `countersign.yaml`.
#     hashicorp: >-
#       Name the owner in the identity's metadata, e.g.
#       `vault write identity/entity/id/<id> metadata=owner=<team>`. Roles have no metadata in Vault: add a rule for
#       their path under `owners` in `countersign.yaml`.
#     embedded: >-
#       A slot has no owner of its own: say who holds its key by a rule for `slot/<id>` under `owners` in
#       `countersign.yaml`.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2, account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, identity, https://developer.hashicorp.com/vault/docs/concepts/identity
package countersign.principal.principal_owner_missing

owned if input.subject.owner != ""

decided if {
	not "owner" in object.get(input.subject, "undecided", [])
	judged_here
}

# Perhaps an identity is judged in its stead.
judged_here if not "perhaps_login_of_identity" in input.subject.traits

applicable if {
	input.subject.principal_type in {"auth_group", "auth_role", "auth_user", "entity", "iam_role", "iam_user", "key_slot", "token_role"}
	not "provider_managed" in input.subject.traits
	not "login_of_identity" in input.subject.traits
}

compliant if {
	owned
	judged_here
}

violations contains {
	"actual": "none",
	"expected": "an owner",
	"message": "no metadata and no rule says who owns the principal",
} if {
	decided
	not owned
}
