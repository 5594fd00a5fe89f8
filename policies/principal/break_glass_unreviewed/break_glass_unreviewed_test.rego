package countersign.principal.break_glass_unreviewed_test

import data.countersign.principal.break_glass_unreviewed

applies(subject) if break_glass_unreviewed.applicable with input as {"subject": subject} with data.params as params

proven(subject) if break_glass_unreviewed.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in break_glass_unreviewed.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"break_glass_unreviewed": {"review_days": 3, "window_days": 90, "lag_days": 3}}

use(age, reviewed) := {
	"rule": "break_glass_used",
	"detected_age_days": age,
	"reviewed": reviewed,
	"detail": "break-glass identity anna was used",
}

of(found, own) := {
	"break_glass": true,
	"principal_type": "entity",
	"traits": ["events_logged"],
	"detections": object.union(
		{
			"observed_from_age_days": 90,
			"log_end_age_days": 3,
			"searched_from_age_days": 92,
			"rules": ["break_glass_used"],
			"found": found,
			"found_count": count(found),
			"complete": true,
			"seen": true,
			"taken_for_break_glass": true,
		},
		own,
	),
}

test_no_use_and_reviewed_uses_are_compliant if {
	applies(of([], {}))
	proven(of([], {}))
	proven(of([use(40, true), use(91, false)], {}))
	proven(object.union(of([], {"seen": false}), {"detections": {"taken_for_break_glass": false}}))
	messages(of([use(40, true)], {})) == set()
}

test_a_use_that_nobody_reviewed_violates if {
	messages(of([use(4, false), use(1, false)], {})) == {"used, and nobody reviewed it: 1 finding: 4 days ago break-glass identity anna was used"}
	not proven(of([use(4, false)], {}))
	count(messages(of([use(4, false)], {"complete": false, "rules": []}))) == 1
}

test_a_use_within_its_days_is_pending if {
	silent(of([use(3, false)], {}))
	silent(of([use(-1, false)], {}))
}

test_what_the_log_does_not_tell_proves_nothing if {
	silent(of([], {"complete": false}))
	silent(of([], {"observed_from_age_days": 89}))
	silent(of([], {"log_end_age_days": 4}))
	silent(of([], {"searched_from_age_days": 89}))
	silent(of([], {"rules": []}))
	silent(of([], {"taken_for_break_glass": false}))
	silent(object.remove(of([], {}), ["detections"]))
	applies(object.remove(of([], {}), ["detections"]))
}

test_not_of_others if {
	not applies(object.union(of([], {}), {"break_glass": false}))
	not applies(object.union(of([], {}), {"principal_type": "key_slot"}))
	not applies(object.union(of([], {}), {"traits": ["login_of_identity"]}))
}
