# METADATA
# title: Roster of people is too old to tell who left
# description: |
#   Whether somebody left is known as of the day that the roster of HR is as of: an old one says of leavers that they still work here. Where no
#   roster of HR was read, nobody knows who left, and nothing is proven.
# schemas:
#   - input: schema.estate
# custom:
#   severity: medium
#   needs: [person, roster]
#   rests_on_absence: false
#   unstated: >-
#     Whether those who left lost their access: no roster of HR is read, or its day is not known. A source with the connector `people` reads one.
#   families: [leaver]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest age of the oldest roster of HR.
#       default: 7
#   remediation:
#     any: >-
#       Let HR's system write the list before each collection, and name it under `rosters` of a source with the connector `people`: docs/people.md.
#   sources:
#     - NIST SP 800-53 Rev. 5, PS-4, personnel termination, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.estate.people_roster_stale

import data.countersign.lib.names

limit_days := data.params.people_roster_stale.limit_days

age := input.subject.hr_roster_age_days

applicable if input.subject.hr_person_count >= 0

compliant if {
	input.subject.hr_person_count > 0
	age <= limit_days
}

violations contains {
	"actual": age,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the oldest roster of HR is %s old", [names.quantity(age, "day", "days")]),
} if {
	age > limit_days
}
