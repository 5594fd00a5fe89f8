package countersign.key.key_rotation_not_configured_test

import data.countersign.key.key_rotation_not_configured

applies(subject) if key_rotation_not_configured.applicable with input as {"subject": object.union({"traits": [], "store": {"absent_features": []}}, subject)} with data.params as params

proven(subject) if key_rotation_not_configured.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_rotation_not_configured.violations with input as {"subject": subject} with data.params as params
}

params := {"key_rotation_not_configured": {"limit_days": 365}}

rotated(days) := {"kind": "key", "rotation": {"enabled": true, "period_days": days}}

test_rotation_within_the_limit_is_compliant if {
	applies(rotated(365))
	proven(rotated(365))
	count(found(rotated(365))) == 0
}

test_long_period_violates if {
	{violation.actual | some violation in found(rotated(366))} == {366}
	not proven(rotated(366))
}

test_no_rotation_violates if {
	fixed := {"kind": "key", "rotation": {"enabled": false}}
	{violation.actual | some violation in found(fixed)} == {"none"}
	not proven(fixed)
}

test_unknown_rotation_proves_nothing if {
	not proven({"kind": "key"})
	count(found({"kind": "key"})) == 0
	not proven({"kind": "key", "rotation": {"enabled": true}})
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "key", "store": {"absent_features": []}})
	not applies({"kind": "key", "store": {"absent_features": ["key_rotation_schedule"]}})
}

test_traits_that_leave_it_out if {
	applies({"kind": "key"})
	not applies(object.union({"kind": "key"}, {"traits": ["deletion_pending"]}))
	not applies(object.union({"kind": "key"}, {"traits": ["provider_managed"]}))
}
