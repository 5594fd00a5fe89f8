package countersign.lib.rotation_test

import data.countersign.lib.rotation

declared(own) := {"rotation": object.union(
	{"enabled": true, "source": "declared", "period_days": 30, "last_rotated_age_days": 30},
	own,
)}

test_rotation_by_the_store_is_an_end if rotation.ends({"rotation": {"enabled": true, "source": "store"}}, 365)

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
