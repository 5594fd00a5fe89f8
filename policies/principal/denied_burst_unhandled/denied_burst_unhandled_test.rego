package countersign.principal.denied_burst_unhandled_test

import data.countersign.principal.denied_burst_unhandled

applies(subject) if denied_burst_unhandled.applicable with input as {"subject": subject} with data.params as params

proven(subject) if denied_burst_unhandled.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in denied_burst_unhandled.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"denied_burst_unhandled": {"review_days": 2, "window_days": 30, "lag_days": 3}}

finding(age, reviewed) := {"rule": "denied_burst", "detected_age_days": age, "reviewed": reviewed, "detail": "was odd"}

of(found, own) := {
	"traits": ["events_logged"],
	"detections": object.union(
		{
			"observed_from_age_days": 30,
			"log_end_age_days": 3,
			"searched_from_age_days": 92,
			"rules": ["denied_burst"],
			"found": found,
			"found_count": count(found),
			"complete": true,
		},
		own,
	),
}

test_nothing_found_and_what_was_reviewed_are_compliant if {
	applies(of([], {}))
	proven(of([], {}))
	proven(of([finding(9, true), finding(31, false)], {}))
	messages(of([finding(9, true)], {})) == set()
}

test_what_nobody_reviewed_violates if {
	messages(of([finding(3, false)], {})) == {"refused many times, and nobody looked into it: 1 finding: 3 days ago was odd"}
	not proven(of([finding(3, false)], {}))
	count(messages(of([finding(3, false)], {"complete": false, "rules": []}))) == 1
}

test_pending_within_its_days if silent(of([finding(2, false)], {}))

test_what_the_log_does_not_tell_proves_nothing if {
	silent(of([], {"complete": false}))
	silent(of([], {"observed_from_age_days": 29}))
	silent(of([], {"rules": []}))
	silent(object.remove(of([], {}), ["detections"]))
}

test_not_without_a_log if not applies(object.union(of([], {}), {"traits": []}))
