package countersign.secret.rotation_schedule_missed_test

import data.countersign.secret.rotation_schedule_missed

applies(subject) if rotation_schedule_missed.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if rotation_schedule_missed.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := rotation_schedule_missed.violations with input as {"subject": subject} with data.params as params
}

params := {"rotation_schedule_missed": {"grace_days": 3}}

aged(days) := {
	"value_removed": false,
	"rotation_scheduled": true,
	"rotation": {"enabled": true, "source": "declared", "period_days": 30},
	"value_age_days": days,
}

test_value_within_period_and_grace_is_compliant if {
	applies(aged(33))
	proven(aged(33))
	count(found(aged(33))) == 0
}

test_missed_rotation_violates if {
	found(aged(34)) == {{
		"actual": 34,
		"expected": "a new value every 30 days",
		"message": "the value is 34 days old although it is to be rotated every 30 days",
	}}
	not proven(aged(34))
}

test_unscheduled_secret_is_not_applicable if {
	not applies({"value_removed": false, "rotation_scheduled": false})
}

test_removed_value_is_not_applicable if not applies({"value_removed": true, "rotation_scheduled": true})

test_unknown_period_proves_nothing if {
	unknown := object.union(
		object.remove(aged(5), ["rotation"]),
		{"rotation": {"enabled": true, "source": "store", "schedule": "0 3 * * SAT"}},
	)
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_unknown_age_proves_nothing if {
	unknown := object.remove(aged(5), ["value_age_days"])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_traits_that_leave_it_out if {
	applies({"rotation_scheduled": true, "value_removed": false})
	not applies(object.union({"rotation_scheduled": true, "value_removed": false}, {"traits": ["copy"]}))
	not applies(object.union({"rotation_scheduled": true, "value_removed": false}, {"traits": ["deletion_pending"]}))
}

due(days, age) := {
	"rotation_scheduled": true,
	"value_removed": false,
	"value_age_days": age,
	"rotation": {"enabled": true, "period_days": 30, "next_in_days": days},
}

test_rotation_that_is_still_to_come_is_compliant if {
	proven(due(-3, 10))
	count(found(due(-3, 10))) == 0
}

test_rotation_that_should_have_been_violates if {
	{violation.message | some violation in found(due(-4, 10))} == {"the store meant to rotate the value 4 days ago and did not"}
	not proven(due(-4, 10))
}

test_one_late_rotation_is_one_violation if count(found(due(-10, 40))) == 1
