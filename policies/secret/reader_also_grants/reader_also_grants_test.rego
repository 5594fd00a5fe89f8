package countersign.secret.reader_also_grants_test

import data.countersign.secret.reader_also_grants

applies(subject) if reader_also_grants.applicable with input as {"subject": object.union({"traits": [], "store": {"absent_features": []}}, subject)} with data.params as params

proven(subject) if reader_also_grants.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := reader_also_grants.violations with input as {"subject": subject} with data.params as params
}

params := {"reader_also_grants": {"limit": 0}}

held_by(count) := {"kind": "secret", "reader_and_granter_count": count, "perhaps_reader_and_granter_count": 0, "readers": {"possible_count": 0, "count": 9, "public": 0, "external": 0, "sample": []}}

test_separate_hands_are_compliant if {
	applies(held_by(0))
	proven(held_by(0))
	count(found(held_by(0))) == 0
}

test_both_in_one_hand_violates if {
	found(held_by(1)) == {{
		"actual": 1,
		"expected": "at most 0",
		"message": "readers that can also grant access: 1, allowed: 0",
	}}
	not proven(held_by(1))
}

test_who_is_not_counted_is_told if {
	beside_root := object.union(held_by(1), {"readers": {"emergency_count": 2}})
	{violation.message | some violation in found(beside_root)} == {"readers that can also grant access: 1, allowed: 0; not counted, for each is judged by itself: 2 root or break-glass"}
	proven(object.union(held_by(0), {"readers": {"emergency_count": 2}}))
}

test_who_perhaps_does_both_proves_nothing if {
	perhaps := object.union(held_by(3), {"perhaps_reader_and_granter_count": 3})
	not proven(perhaps)
	count(found(perhaps)) == 0
	count(found(object.union(held_by(4), {"perhaps_reader_and_granter_count": 3}))) == 1
}

test_unknown_access_proves_nothing if {
	not proven({"kind": "secret"})
	count(found({"kind": "secret"})) == 0
}

test_a_possible_reader_proves_nothing if {
	subject := object.union(held_by(0), {"readers": {"possible_count": 9, "count": 1, "public": 0, "external": 0, "sample": []}})
	applies(subject)
	not proven(subject)
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "secret", "store": {"absent_features": []}})
	not applies({"kind": "secret", "store": {"absent_features": ["access_policies"]}})
}

test_traits_that_leave_it_out if {
	applies({"kind": "secret"})
	not applies(object.union({"kind": "secret"}, {"traits": ["configuration"]}))
}
