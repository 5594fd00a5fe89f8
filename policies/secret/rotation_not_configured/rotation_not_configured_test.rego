package countersign.secret.rotation_not_configured_test

import data.countersign.secret.rotation_not_configured

applies(subject) if rotation_not_configured.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if rotation_not_configured.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := rotation_not_configured.violations with input as {"subject": subject} with data.params as params
}

params := {"rotation_not_configured": {"limit_days": 90, "accept_declared": true}}

strict := {"rotation_not_configured": {"limit_days": 90, "accept_declared": false}}

rotated(rotation) := {"value_removed": false, "rotation": rotation}

by_store(days) := rotated({"enabled": true, "source": "store", "period_days": days})

declared := rotated({"enabled": true, "source": "declared", "period_days": 30})

test_rotation_by_the_store_is_compliant if {
	applies(by_store(90))
	proven(by_store(90))
	count(found(by_store(90))) == 0
}

test_declared_rotation_is_compliant_where_accepted if {
	proven(declared)
	not rotation_not_configured.compliant with input as {"subject": declared} with data.params as strict
	count(rotation_not_configured.violations) == 1 with input as {"subject": declared} with data.params as strict
}

test_no_rotation_violates if {
	some violation in found({"value_removed": false})
	violation.actual == "none"
	not proven({"value_removed": false})
}

test_disabled_rotation_violates if {
	disabled := rotated({"enabled": false, "source": "store"})
	count(found(disabled)) == 1
	not proven(disabled)
}

test_long_period_violates if {
	some violation in found(by_store(91))
	violation.message == "the rotation period is 91 days, the limit is 90 days"
	not proven(by_store(91))
}

test_period_of_zero_violates if {
	count(found(by_store(0))) == 1
	not proven(by_store(0))
}

test_removed_value_is_not_applicable if not applies({"value_removed": true})

test_unknown_period_proves_nothing if {
	scheduled := rotated({"enabled": true, "source": "store", "schedule": "0 3 * * SAT"})
	not proven(scheduled)
	count(found(scheduled)) == 0
}

test_traits_that_leave_it_out if {
	applies({"value_removed": false})
	not applies(object.union({"value_removed": false}, {"traits": ["configuration"]}))
	not applies(object.union({"value_removed": false}, {"traits": ["copy"]}))
	not applies(object.union({"value_removed": false}, {"traits": ["deletion_pending"]}))
}
