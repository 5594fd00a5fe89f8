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

params := {"detection_unhandled": {"detections": ["break_glass_used", "silent_log"], "review_days": 7, "window_days": 30, "lag_days": 3}}

finding(own) := object.union({"rule": "break_glass_used", "detected_age_days": 8, "reviewed": false, "detail": "was odd"}, own)

of(found, own) := {
	"traits": ["events_logged"],
	"detections": object.union(
		{
			"observed_from_age_days": 30,
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
	proven(of([finding({"reviewed": true}), finding({"rule": "off_hours"}), finding({"detected_age_days": 31})], {}))
	messages(of([finding({"reviewed": true})], {})) == set()
}

test_what_nobody_looked_into_violates if {
	messages(of([finding({}), finding({"rule": "silent_log", "detail": "no event"})], {})) == {"nobody of the inventory, and nobody looked into it: 2 findings: 8 days ago no event, 8 days ago was odd"}
	not proven(of([finding({})], {}))
}

test_pending_within_its_days if silent(of([finding({"detected_age_days": 7})], {}))

test_what_the_log_does_not_tell_proves_nothing if {
	silent(of([], {"observed_from_age_days": 29}))
	silent(of([], {"rules": ["silent_log"]}))
	silent(object.remove(of([], {}), ["detections"]))
}

test_not_without_a_log if not applies(object.union(of([], {}), {"traits": []}))
