# METADATA
# title: Person who left still has access
# description: |
#   Whoever left may still know a password, hold a key or a token, and nobody watches what they do with it. Access is what they may do to any
#   secret, key, role that issues certificates or role that makes accounts, beyond listing it, and that they may administer. Hours are counted from the
#   instant at which the roster of HR says that the employment ended; of a date alone, from when that day is over everywhere. An
#   identity provider tells who may sign in, not who is employed: it proves nothing here. Neither does a roster that is too old, nor one that
#   contradicts itself. What people log in as and nobody of the rosters is behind is perhaps a leaver's: it is undetermined. A user or role whose
#   every login is one known identity is judged there.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [person, roster]
#   rests_on_absence: false
#   unstated: >-
#     Whether whoever is behind it still works here: no person of a roster of HR is known to be, several fit, the roster is too old or contradicts itself,
#     does not say when they left, or it is only possible that access is left.
#   families: [leaver]
#   params:
#     limit_hours:
#       type: integer
#       unit: hour
#       description: Hours after the end of somebody's employment within which their access must be gone.
#       strictest: min
#       by_tier: {critical: 24, high: 24, standard: 24, low: 24}
#     roster_days:
#       type: integer
#       unit: day
#       description: Greatest age of the roster.
#       default: 7
#   remediation:
#     aws: >-
#       Delete the user's access keys and login profile, detach its policies, then delete it; end sessions of its roles. Rotate what it
#       could read.
#     hashicorp: >-
#       Disable the entity with `vault write identity/entity/id/<id> disabled=true`, revoke its tokens by accessor, delete it and its users and
#       aliases in the auth methods. Rotate what it could read.
#     any: >-
#       `countersign people check` lists leavers with access, `countersign access what-can <principal>` what they could read: rotate it.
#   sources:
#     - NIST SP 800-53 Rev. 5, PS-4, personnel termination, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - PCI DSS v4.0.1, 8.2.5, access of terminated users, https://www.pcisecuritystandards.org/document_library/
package countersign.principal.leaver_access_late

import data.countersign.lib.names

limit_hours := data.params.leaver_access_late.limit_hours

roster_days := data.params.leaver_access_late.roster_days

person := input.subject.person

access := input.subject.access

# What somebody may do by grants that were seen: to secrets, keys, roles that issue certificates and roles that make accounts.
reaches if access.usable_count > 0

reaches if access.administers

# A gap in what access comes from hides a part of it. Not among what the policy needs: estates without lists would be made red by it.
grants_known if every gap in input.subject.gaps { gap.fact_kind != "grant" }

reaches_nothing if {
	grants_known
	access.usable_count == 0
	access.administers == false
	access.certainty != "possible"
}

employed if {
	person.status_from == "hr"
	person.status_certain
	person.status in {"active", "leave"}
	person.roster_age_days <= roster_days
}

applicable if "person_expected" in input.subject.traits

compliant if employed

compliant if {
	person.status == "terminated"
	person.status_certain
	reaches_nothing
}

violations contains {
	"actual": person.terminated_hours,
	"expected": sprintf("no access %s after they left", [names.quantity(limit_hours, "hour", "hours")]),
	"message": sprintf("whoever is behind it (%s, by %s) left %s ago, and it still has access", [
		names.short(object.get(person, "email", person.person_id)),
		names.short(person.rule),
		names.quantity(person.terminated_hours, "hour", "hours"),
	]),
} if {
	person.status == "terminated"
	person.status_from == "hr"
	person.status_certain
	person.terminated_hours > limit_hours
	reaches
}
