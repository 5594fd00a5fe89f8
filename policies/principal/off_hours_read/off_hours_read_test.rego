package countersign.principal.off_hours_read_test

import data.countersign.principal.off_hours_read

applies(subject) if off_hours_read.applicable with input as {"subject": subject} with data.params as params

proven(subject) if off_hours_read.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in off_hours_read.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"off_hours_read": {"tiers": ["high"], "review_days": 7, "window_days": 30, "lag_days": 3, "warm_up_days": 10}}

finding(own) := object.union(
	{
		"rule": "off_hours",
		"detected_age_days": 8,
		"reviewed": false,
		"tiers": ["high", "low"],
		"tiers_known": true,
		"detail": "was odd",
	},
	own,
)

of(found, own) := {
	"traits": ["events_logged"],
	"detections": object.union(
		{
			"observed_from_age_days": 40,
			"log_end_age_days": 3,
			"searched_from_age_days": 92,
			"rules": ["off_hours"],
			"found": found,
			"found_count": count(found),
			"complete": true,
			"seen": true,
			"taken_for_workload": false,
			"hours_declared": false,
			"read_day_count": 20,
		},
		own,
	),
}

test_nothing_found_reviewed_or_of_other_tiers_is_compliant if {
	applies(of([], {}))
	proven(of([], {}))
	proven(of([finding({"reviewed": true}), finding({"tiers": ["low"]}), finding({"detected_age_days": 31})], {}))
	messages(of([finding({"tiers": ["low"]})], {})) == set()
	proven(of([finding({"tiers": []})], {}))
}

test_a_read_of_these_tiers_violates if {
	messages(of([finding({})], {})) == {"read at odd hours, and nobody reviewed it: 1 finding: 8 days ago was odd"}
	not proven(of([finding({})], {}))
	count(messages(of([finding({"tiers_known": false})], {"complete": false}))) == 1
}

test_pending_within_its_days if silent(of([finding({"detected_age_days": 7})], {}))

test_what_is_not_known_proves_nothing if {
	silent(of([finding({"tiers": [], "tiers_known": false})], {}))
	silent(of([], {"observed_from_age_days": 39}))
	silent(of([], {"complete": false}))
	silent(of([], {"rules": []}))
	silent(object.remove(of([], {}), ["detections"]))
}

test_hours_that_are_not_learnt_prove_nothing if {
	silent(of([], {"read_day_count": 10}))
	proven(of([], {"read_day_count": 0}))
	proven(of([], {"read_day_count": 10, "hours_declared": true}))
	proven(of([], {"read_day_count": 10, "taken_for_workload": true}))
}

test_not_without_a_log if not applies(object.union(of([], {}), {"traits": []}))
