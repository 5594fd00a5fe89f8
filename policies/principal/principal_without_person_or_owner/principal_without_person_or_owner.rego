# METADATA
# title: Principal has neither a person nor an owner
# description: |
#   Access of which nobody answers is reviewed by nobody and ends with nobody. Where rosters of people were read, each identity, user, role and
#   key must have somebody of them behind it for certain, or an owner by its labels or a rule. A user or role whose every login is one known
#   identity is judged there.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [person, roster]
#   applies_to: [auth_group, auth_role, auth_user, entity, iam_role, iam_user, key_slot, token_role]
#   rests_on_absence: true
#   unstated: >-
#     Whether anybody answers for it: what would say so of it could not be read, or it perhaps is an identity that is judged itself.
#   families: [ghost]
#   remediation:
#     any: >-
#       `countersign people check` lists them, and those that several people fit. Write the person's address into the label `email` or `person`, map it
#       under `people.map` of `countersign.yaml`, or name an owner; what nobody knows, take away.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2, account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - CIS Controls v8.1, 5.1 and 5.5, inventories of accounts and of service accounts, https://www.cisecurity.org/controls
package countersign.principal.principal_without_person_or_owner

owned if input.subject.owner != ""

known if input.subject.person.person_id != ""

# Perhaps an identity is judged in its stead.
judged_here if not "perhaps_login_of_identity" in input.subject.traits

# What says whose it is was read of it. Not among what the policy needs: estates without rosters would be made red by a gap in it.
described if every gap in input.subject.gaps { not gap.fact_kind in {"auth_config", "auth_role", "key_slot", "principal"} }

decided if {
	described
	not "owner" in object.get(input.subject, "undecided", [])
	judged_here
}

applicable if {
	"people_rostered" in input.subject.traits
	input.subject.principal_type in {"auth_group", "auth_role", "auth_user", "entity", "iam_role", "iam_user", "key_slot", "token_role"}
	not "provider_managed" in input.subject.traits
	not "login_of_identity" in input.subject.traits
}

compliant if {
	owned
	judged_here
}

compliant if {
	known
	judged_here
}

violations contains {
	"actual": "none",
	"expected": "a person of the rosters, or an owner",
	"message": "nobody of the rosters is behind it for certain, and nothing says who owns it",
} if {
	decided
	not owned
	not known
}
