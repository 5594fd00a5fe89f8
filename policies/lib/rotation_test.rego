package countersign.lib.rotation_test

import data.countersign.lib.rotation

declared(own) := {"rotation": object.union(
	{"enabled": true, "source": "declared", "period_days": 30, "last_rotated_age_days": 30},
	own,
)}

by_store(own) := {"rotation": object.union({"enabled": true, "source": "store"}, own)}

test_rotation_by_the_store_is_an_end_within_the_limit if {
	rotation.ends(by_store({"period_days": 365}), 365)
	every days in [0, 366, 3650] {
		not rotation.ends(by_store({"period_days": days}), 365)
		not rotation.perhaps_ends(by_store({"period_days": days}))
	}
}

test_rotation_by_the_store_perhaps_is_one_where_its_period_is_unknown if {
	not rotation.ends(by_store({}), 365)
	rotation.perhaps_ends(by_store({}))
	not rotation.perhaps_ends(by_store({"enabled": false}))
	not rotation.perhaps_ends(declared({}))
	not rotation.perhaps_ends({})
}

test_declared_rotation_perhaps_is_kept_where_the_age_of_the_value_is_unknown if {
	unaged := {"rotation": {"enabled": true, "source": "declared", "period_days": 30}}
	rotation.perhaps_kept(unaged, 365)
	not rotation.perhaps_kept(unaged, 29)
	not rotation.perhaps_kept({"rotation": {"enabled": false, "source": "declared", "period_days": 30}}, 365)
	not rotation.perhaps_kept(declared({"last_rotated_age_days": 0}), 365)
	not rotation.perhaps_kept(by_store({"period_days": 30}), 365)
}

test_declared_rotation_is_one_while_it_is_kept if {
	rotation.ends(declared({}), 365)
	not rotation.ends(declared({"last_rotated_age_days": 31}), 365)
	not rotation.ends({"rotation": {"enabled": true, "source": "declared", "period_days": 30}}, 365)
}

test_declared_period_beyond_the_limit_is_none if {
	rotation.ends(declared({"period_days": 365}), 365)
	not rotation.ends(declared({"period_days": 366}), 365)
	not rotation.ends(declared({"period_days": 1000000}), 365)
}

test_rotation_that_is_switched_off_is_none if {
	not rotation.ends(declared({"enabled": false}), 365)
	not rotation.ends({"rotation": {"enabled": false, "source": "store"}}, 365)
}

test_secret_without_a_rotation_has_no_such_end if not rotation.ends({}, 365)
