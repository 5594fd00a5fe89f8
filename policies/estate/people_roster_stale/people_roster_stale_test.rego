package countersign.estate.people_roster_stale_test

import data.countersign.estate.people_roster_stale

applies(subject) if people_roster_stale.applicable with input as {"subject": subject} with data.params as params

proven(subject) if people_roster_stale.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in people_roster_stale.violations with input as {"subject": subject} with data.params as params
}

params := {"people_roster_stale": {"limit_days": 7}}

of(more) := object.union({"hr_person_count": 3}, more)

test_a_new_roster_is_compliant if {
	applies(of({"hr_roster_age_days": 7}))
	proven(of({"hr_roster_age_days": 7}))
	messages(of({"hr_roster_age_days": 7})) == set()
}

test_an_old_roster_violates if {
	messages(of({"hr_roster_age_days": 8})) == {"the oldest roster of HR is 8 days old"}
	not proven(of({"hr_roster_age_days": 8}))
}

test_without_a_roster_nothing_is_proven if {
	every subject in [of({"hr_person_count": 0}), of({}), of({"hr_person_count": 0, "hr_roster_age_days": 1})] {
		applies(subject)
		not proven(subject)
		messages(subject) == set()
	}
}
