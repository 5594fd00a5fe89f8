package countersign.store.detection_unhandled_test

import data.countersign.store.detection_unhandled

applies(subject) if detection_unhandled.applicable with input as {"subject": subject} with data.params as params

proven(subject) if detection_unhandled.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in detection_unhandled.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"detection_unhandled": {"detections": ["break_glass_used", "silent_log"], "review_days": 7, "window_days": 30, "break_glass_window_days": 90, "lag_days": 3}}

finding(own) := object.union({"rule": "break_glass_used", "detected_age_days": 8, "reviewed": false, "detail": "was odd"}, own)

of(found, own) := {
	"traits": ["events_logged"],
	"detections": object.union(
		{
			"observed_from_age_days": 90,
			"log_end_age_days": 3,
			"searched_from_age_days": 92,
			"rules": ["break_glass_used", "silent_log"],
			"found": found,
			"found_count": count(found),
		},
		own,
	),
}

test_nothing_found_reviewed_or_of_other_rules_is_compliant if {
	applies(of([], {}))
	proven(of([], {}))
	proven(of([finding({"reviewed": true}), finding({"rule": "off_hours"}), finding({"rule": "silent_log", "detected_age_days": 31})], {}))
	messages(of([finding({"reviewed": true})], {})) == set()
}

test_what_nobody_looked_into_violates if {
	messages(of([finding({}), finding({"rule": "silent_log", "detail": "no event"})], {})) == {"nobody of the inventory, and nobody looked into it: 2 findings: 8 days ago no event, 8 days ago was odd"}
	not proven(of([finding({})], {}))
}

# Whom the inventory had then, it lacks when the identity was deleted, or made anew.
test_a_use_for_emergencies_counts_as_long_as_that_of_one_that_is_there if {
	messages(of([finding({"detected_age_days": 40})], {})) == {"nobody of the inventory, and nobody looked into it: 1 finding: 40 days ago was odd"}
	messages(of([finding({"detected_age_days": 90})], {})) != set()
	not proven(of([finding({"detected_age_days": 90})], {}))
	proven(of([finding({"detected_age_days": 91})], {}))
}

test_without_uses_for_emergencies_the_shorter_window_is_enough if {
	others := {"detection_unhandled": object.union(params.detection_unhandled, {"detections": ["silent_log"]})}
	short := of([finding({"detected_age_days": 40})], {"observed_from_age_days": 30})
	detection_unhandled.compliant with input as {"subject": short} with data.params as others
	not detection_unhandled.compliant with input as {"subject": of([], {"observed_from_age_days": 29})} with data.params as others
}

test_pending_within_its_days if silent(of([finding({"detected_age_days": 7})], {}))

test_what_the_log_does_not_tell_proves_nothing if {
	silent(of([], {"observed_from_age_days": 89}))
	silent(of([], {"searched_from_age_days": 89}))
	silent(of([], {"rules": ["silent_log"]}))
	silent(object.remove(of([], {}), ["detections"]))
}

test_not_without_a_log if not applies(object.union(of([], {}), {"traits": []}))
