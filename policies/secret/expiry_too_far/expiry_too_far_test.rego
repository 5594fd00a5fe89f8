package countersign.secret.expiry_too_far_test

import data.countersign.secret.expiry_too_far

applies(subject) if expiry_too_far.applicable with input as {"subject": subject} with data.params as params

proven(subject) if expiry_too_far.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := expiry_too_far.violations with input as {"subject": subject} with data.params as params
}

params := {"expiry_too_far": {"limit_days": 365}}

ending(days) := {
	"value_removed": false,
	"expiry_set": true,
	"expires_in_days": days,
	"store": {"absent_features": []},
}

rotated(age) := object.union(
	ending(26000),
	{"rotation": {"enabled": true, "source": "declared", "period_days": 30, "last_rotated_age_days": age}},
)

test_near_end_is_compliant if {
	every one in [ending(365), ending(-3)] {
		applies(one)
		proven(one)
		count(found(one)) == 0
	}
}

test_far_end_violates if {
	found(ending(26000)) == {{
		"actual": 26000,
		"expected": "at most 365 days",
		"message": "the secret ends in 26000 days, the limit is 365",
	}}
	not proven(ending(26000))
}

test_rotation_that_is_kept_ends_it_before if {
	proven(rotated(30))
	count(found(rotated(30))) == 0
}

test_rotation_that_is_not_kept_does_not if {
	not proven(rotated(31))
	count(found(rotated(31))) == 1
}

test_declared_period_beyond_the_limit_does_not if {
	slow := object.union(rotated(1), {"rotation": {"period_days": 1000000}})
	not proven(slow)
	count(found(slow)) == 1
}

by_store(own) := object.union(ending(26000), {"rotation": object.union({"enabled": true, "source": "store"}, own)})

test_rotation_by_the_store_ends_it_within_the_limit_alone if {
	proven(by_store({"period_days": 365}))
	count(found(by_store({"period_days": 365}))) == 0
	not proven(by_store({"period_days": 3650}))
	count(found(by_store({"period_days": 3650}))) == 1
}

test_rotation_by_the_store_of_unknown_period_proves_nothing if {
	not proven(by_store({}))
	count(found(by_store({}))) == 0
}

test_unknown_days_prove_nothing if {
	unknown := object.remove(ending(1), ["expires_in_days"])
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_removed_value_is_not_applicable if not applies(object.union(ending(26000), {"value_removed": true}))

test_secret_without_an_end_is_judged_elsewhere if not applies(object.union(ending(1), {"expiry_set": false}))

test_not_of_a_store_without_it_by_design if {
	not applies(object.union(ending(26000), {"store": {"absent_features": ["secret_expiry"]}}))
}
