package countersign.estate.access_review_missing_test

import data.countersign.estate.access_review_missing

applies(subject) if access_review_missing.applicable with input as {"subject": subject} with data.params as params

proven(subject) if access_review_missing.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in access_review_missing.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"access_review_missing": {"limit_days": 100}}

of(more) := {"reviews": object.union({"register_count": 1, "campaign_count": 1, "open_count": 0}, more)}

test_a_recent_review_is_compliant if {
	recent := of({"closed_age_days": 100, "complete_age_days": 100})
	applies(recent)
	proven(recent)
	messages(recent) == set()
}

test_an_old_review_violates if {
	old := of({"closed_age_days": 101, "complete_age_days": 101})
	messages(old) == {"the last access review was closed 101 days ago"}
	not proven(old)
}

test_never_violates if {
	messages(of({"campaign_count": 0})) == {"no access review was ever completed; campaigns: 0"}
	messages(of({"open_count": 1, "first_created_age_days": 101})) == {"no access review was ever completed; campaigns: 1"}
	not proven(of({"campaign_count": 0}))
}

test_the_first_review_takes_its_time if silent(of({"open_count": 1, "first_created_age_days": 100}))

test_a_review_of_a_part_proves_nothing if silent(of({"closed_age_days": 5}))

test_an_older_review_of_all_proves_nothing if silent(of({"closed_age_days": 5, "complete_age_days": 120}))

test_without_a_source_nothing_is_proven if {
	applies(of({"register_count": 0, "campaign_count": 0}))
	silent(of({"register_count": 0, "campaign_count": 0}))
}
