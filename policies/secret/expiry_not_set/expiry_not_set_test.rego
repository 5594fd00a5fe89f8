package countersign.secret.expiry_not_set_test

import data.countersign.secret.expiry_not_set

applies(subject) if expiry_not_set.applicable with input as {"subject": object.union({"traits": [], "store": {"absent_features": []}}, subject)} with data.params as params

proven(subject) if expiry_not_set.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := expiry_not_set.violations with input as {"subject": subject} with data.params as params
}

params := {"expiry_not_set": {"limit_days": 365}}

ending(set) := {"value_removed": false, "expiry_set": set}

rotated(source) := object.union(ending(false), {"rotation": {"enabled": true, "source": source}})

test_secret_with_an_end_is_compliant if {
	applies(ending(true))
	proven(ending(true))
	count(found(ending(true))) == 0
}

by_store(days) := object.union(rotated("store"), {"rotation": {"period_days": days}})

test_value_rotated_by_the_store_is_compliant if {
	proven(by_store(365))
	count(found(by_store(365))) == 0
}

test_rotation_by_the_store_in_ten_years_is_no_end if {
	not proven(by_store(3650))
	count(found(by_store(3650))) == 1
}

test_rotation_by_the_store_of_unknown_period_proves_nothing if {
	not proven(rotated("store"))
	count(found(rotated("store"))) == 0
}

declared(age, period) := object.union(rotated("declared"), {"rotation": {"last_rotated_age_days": age, "period_days": period}})

test_declared_rotation_that_is_kept_is_an_end if {
	proven(declared(30, 30))
	count(found(declared(30, 30))) == 0
}

test_declared_rotation_that_is_not_kept_is_no_end if {
	every one in [rotated("declared"), declared(31, 30), declared(1, 366), declared(1, 1000000)] {
		not proven(one)
		count(found(one)) == 1
	}
}

test_declared_rotation_of_a_value_of_unknown_age_proves_nothing if {
	unaged := object.union(rotated("declared"), {"rotation": {"period_days": 30}})
	not proven(unaged)
	count(found(unaged)) == 0
	count(found(object.union(unaged, {"rotation": {"period_days": 366}}))) == 1
}

test_rotation_that_is_switched_off_is_no_end if {
	off := object.union(declared(1, 30), {"rotation": {"enabled": false}})
	not proven(off)
	count(found(off)) == 1
}

test_secret_without_an_end_violates if {
	count(found(ending(false))) == 1
	not proven(ending(false))
}

test_label_that_is_no_date_is_named if {
	some violation in found(object.union(ending(false), {"unusable_labels": {"expires_at": "soon"}}))
	violation.actual == "label: soon"
	contains(violation.message, `: its label "soon" is no date, `)
	{one.actual | some one in found(ending(false))} == {"none"}
}

test_removed_value_is_not_applicable if not applies({"value_removed": true, "expiry_set": false})

test_not_of_a_store_without_it_by_design if {
	applies({"value_removed": false, "store": {"absent_features": []}})
	not applies({"value_removed": false, "store": {"absent_features": ["secret_expiry"]}})
}

test_traits_that_leave_it_out if {
	applies({"value_removed": false})
	not applies(object.union({"value_removed": false}, {"traits": ["configuration"]}))
	not applies(object.union({"value_removed": false}, {"traits": ["copy"]}))
	not applies(object.union({"value_removed": false}, {"traits": ["deletion_pending"]}))
}
