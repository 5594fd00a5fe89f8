# METADATA
# title: Access of a person who moved was not reviewed
# description: |
#   Whoever changes job or manager keeps what they had and gets what they need now: access grows with every move. After each one it
#   is to be reviewed. The day comes from the roster of HR; a move that is younger than the days for its review is pending.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [person, roster]
#   rests_on_absence: false
#   unstated: >-
#     Whether they moved and somebody reviewed it: no person of a roster of HR is known to be behind it, the roster is too old or has no column for the last
#     change of job, the move may still wait for its review (pending), or nothing tells of reviews.
#   families: [leaver]
#   params:
#     review_days:
#       type: integer
#       unit: day
#       description: Days after a change of job or manager within which access must be reviewed; until then it is pending.
#       default: 14
#     window_days:
#       type: integer
#       unit: day
#       description: Days before the snapshot in which moves count; older ones are for the recurring reviews.
#       default: 365
#     roster_days:
#       type: integer
#       unit: day
#       description: Greatest age of the roster.
#       default: 7
#   remediation:
#     any: >-
#       Let the present manager review what the person may reach (`countersign access what-can <principal>`), and take out what the former
#       job needed.
#   sources:
#     - NIST SP 800-53 Rev. 5, PS-5, personnel transfer, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
package countersign.principal.mover_access_unreviewed

import data.countersign.lib.names

review_days := data.params.mover_access_unreviewed.review_days

window_days := data.params.mover_access_unreviewed.window_days

roster_days := data.params.mover_access_unreviewed.roster_days

person := input.subject.person

told if {
	person.status_from == "hr"
	person.moves_told
	person.roster_age_days <= roster_days
}

moved if person.moved_age_days

# A review on the day of the move may have been before it.
reviewed if person.reviewed_age_days < person.moved_age_days

overdue if {
	person.moved_age_days > review_days
	person.moved_age_days <= window_days
}

applicable if "person_expected" in input.subject.traits

compliant if {
	told
	not moved
}

compliant if {
	told
	person.moved_age_days > window_days
}

compliant if {
	told
	reviewed
}

violations contains {
	"actual": person.moved_age_days,
	"expected": sprintf("access reviewed within %s of the move", [names.quantity(review_days, "day", "days")]),
	"message": sprintf("whoever is behind it (%s, by %s) changed job or manager %s ago, and nobody reviewed its access since", [
		names.short(object.get(person, "email", person.person_id)),
		names.short(person.rule),
		names.quantity(person.moved_age_days, "day", "days"),
	]),
} if {
	person.status_from == "hr"
	person.reviews_told
	overdue
	not reviewed
}
