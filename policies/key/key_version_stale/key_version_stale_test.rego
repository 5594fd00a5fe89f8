package countersign.key.key_version_stale_test

import data.countersign.key.key_version_stale

applies(subject) if key_version_stale.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if key_version_stale.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_version_stale.violations with input as {"subject": subject} with data.params as params
}

params := {"key_version_stale": {"limit_days": 365}}

aged(days) := {"kind": "key", "version_age_days": days}

test_recent_version_is_compliant if {
	applies(aged(365))
	proven(aged(365))
	count(found(aged(365))) == 0
}

test_old_version_violates if {
	{violation.actual | some violation in found(aged(366))} == {366}
	not proven(aged(366))
}

test_unknown_age_proves_nothing if {
	not proven({"kind": "key"})
	count(found({"kind": "key"})) == 0
}

test_traits_that_leave_it_out if {
	applies({"kind": "key"})
	not applies(object.union({"kind": "key"}, {"traits": ["deletion_pending"]}))
	not applies(object.union({"kind": "key"}, {"traits": ["provider_managed"]}))
}

test_key_that_is_young_itself_is_compliant if {
	proven({"kind": "key", "created_age_days": 10})
	not proven({"kind": "key", "created_age_days": 4000})
}

test_young_key_of_an_older_version_is_a_violation_alone if {
	odd := {"kind": "key", "created_age_days": 10, "version_age_days": 4000}
	not proven(odd)
	count(found(odd)) == 1
}

test_young_replica_proves_nothing_of_its_material if {
	not proven({"kind": "key", "created_age_days": 10, "multi_region": true})
	proven({"kind": "key", "created_age_days": 10, "multi_region": false})
	proven({"kind": "key", "created_age_days": 4000, "version_age_days": 10, "multi_region": true})
}

test_old_key_that_was_never_rotated_violates if {
	{violation.actual | some violation in found({"kind": "key", "never_rotated": true, "created_age_days": 366})} == {366}
	count(found({"kind": "key", "never_rotated": true, "created_age_days": 365})) == 0
	count(found({"kind": "key", "never_rotated": false, "created_age_days": 366})) == 0
	count(found({"kind": "key", "created_age_days": 366})) == 0
}
