package countersign.lib.detections_test

import data.countersign.lib.detections

terms := {"window_days": 30, "lag_days": 3}

of(own) := object.union(
	{
		"observed_from_age_days": 30,
		"log_end_age_days": 3,
		"searched_from_age_days": 30,
		"rules": ["a", "b"],
		"found": [],
		"found_count": 0,
	},
	own,
)

finding(own) := object.union({"rule": "a", "detected_age_days": 9, "reviewed": false, "detail": "was odd"}, own)

test_a_whole_log_that_was_looked_through_covers if {
	detections.covered(of({}), ["a", "b"], terms)
	not detections.covered(of({"observed_from_age_days": 29}), ["a"], terms)
	not detections.covered(of({"log_end_age_days": 4}), ["a"], terms)
	not detections.covered(of({"searched_from_age_days": 29}), ["a"], terms)
	not detections.covered(of({}), ["a", "off"], terms)
	not detections.covered(of({"found_count": 1}), ["a"], terms)
	not detections.covered(object.remove(of({}), ["searched_from_age_days"]), ["a"], terms)
}

test_open_is_what_nobody_reviewed_within_the_window if {
	found := [finding({}), finding({"reviewed": true}), finding({"rule": "c"}), finding({"detected_age_days": 31})]
	detections.open(of({"found": found}), ["a", "b"], 30) == [finding({})]
}

test_overdue_after_the_days_for_it if {
	detections.overdue([finding({}), finding({"detected_age_days": 7})], 7) == [finding({})]
}

test_lines if detections.lines([finding({})]) == ["9 days ago was odd"]
