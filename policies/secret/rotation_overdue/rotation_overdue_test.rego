package countersign.secret.rotation_overdue_test

import data.countersign.secret.rotation_overdue

applies(subject) if rotation_overdue.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if rotation_overdue.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := rotation_overdue.violations with input as {"subject": subject} with data.params as params
}

params := {"rotation_overdue": {"limit_days": 90}}

aged(days) := {"value_removed": false, "value_age_days": days}

test_value_at_its_limit_is_compliant if {
	applies(aged(90))
	proven(aged(90))
	count(found(aged(90))) == 0
}

test_new_value_is_compliant if proven(aged(0))

test_value_past_its_limit_violates if {
	found(aged(91)) == {{
		"actual": 91,
		"expected": "at most 90 days",
		"message": "the value in use is 91 days old, its limit is 90 days",
	}}
	not proven(aged(91))
}

test_removed_value_is_not_applicable if not applies({"value_removed": true})

test_unknown_age_proves_nothing if {
	applies({"value_removed": false})
	not proven({"value_removed": false})
	count(found({"value_removed": false})) == 0
}

test_traits_that_leave_it_out if {
	applies({"value_removed": false})
	not applies(object.union({"value_removed": false}, {"traits": ["configuration"]}))
	not applies(object.union({"value_removed": false}, {"traits": ["deletion_pending"]}))
}
