package countersign.secret.expired_not_removed_test

import data.countersign.secret.expired_not_removed

applies(subject) if expired_not_removed.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if expired_not_removed.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := expired_not_removed.violations with input as {"subject": subject} with data.params as params
}

params := {}

ending(days) := {"value_removed": false, "expiry_set": true, "expires_in_days": days}

test_secret_that_ends_today_is_compliant if {
	applies(ending(0))
	proven(ending(0))
	count(found(ending(0))) == 0
}

test_ended_secret_violates if {
	found(ending(-1)) == {{
		"actual": -1,
		"expected": "removed, or an end that is still to come",
		"message": "the value is still there, days past its end: 1",
	}}
	not proven(ending(-1))
}

test_secret_without_an_end_is_not_applicable if not applies({"value_removed": false, "expiry_set": false})

test_removed_value_is_not_applicable if not applies({"value_removed": true, "expiry_set": true})

test_unknown_end_proves_nothing if {
	unknown := {"value_removed": false, "expiry_set": true}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_traits_that_leave_it_out if {
	applies({"value_removed": false, "expiry_set": true})
	not applies(object.union({"value_removed": false, "expiry_set": true}, {"traits": ["deletion_pending"]}))
}
