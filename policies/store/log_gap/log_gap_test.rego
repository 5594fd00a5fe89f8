package countersign.store.log_gap_test

import data.countersign.store.log_gap

applies(subject) if log_gap.applicable with input as {"subject": subject} with data.params as params

proven(subject) if log_gap.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in log_gap.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"log_gap": {"window_days": 90, "lag_days": 3}}

of(log) := {
	"secret_count": 3,
	"own_records": [],
	"ingested_log": object.union({"observed_from_age_days": 90, "log_end_age_days": 3, "holes": []}, log),
}

test_whole_log_is_compliant if {
	applies(of({}))
	proven(of({}))
	messages(of({})) == set()
	proven(of({"holes": [{"from_age_days": 110, "to_age_days": 91, "reason": "silent"}]}))
}

test_a_log_that_ended_violates if {
	messages(of({"log_end_age_days": 4})) == {"what was ingested of its log ended days ago: 4"}
	not proven(of({"log_end_age_days": 4}))
}

test_holes_violate if {
	log := {
		"observed_from_age_days": 20,
		"holes": [
			{"from_age_days": 30, "to_age_days": 20, "reason": "silent"},
			{"from_age_days": 50, "to_age_days": 48, "reason": "unreadable"},
		],
	}
	messages(of(log)) == {"its log has 2 holes: 30 to 20 days ago without any event, 50 to 48 days ago with a part that could not be read"}
	not proven(of(log))
}

test_a_log_that_does_not_reach_back_proves_nothing if silent(of({"observed_from_age_days": 89}))

test_no_log_proves_nothing if {
	silent(object.remove(of({}), ["ingested_log"]))
	applies(object.remove(of({}), ["ingested_log"]))
}

test_not_of_a_store_without_secrets_nor_of_our_own if {
	not applies(object.union(of({}), {"secret_count": 0}))
	not applies(object.union(of({}), {"own_records": ["access_log"]}))
}
