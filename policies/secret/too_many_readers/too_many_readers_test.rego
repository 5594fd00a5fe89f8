package countersign.secret.too_many_readers_test

import data.countersign.secret.too_many_readers

applies(subject) if too_many_readers.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if too_many_readers.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := too_many_readers.violations with input as {"subject": subject} with data.params as params
}

params := {"too_many_readers": {"limit": 5}}

read_by(count) := {"kind": "secret", "readers": {"possible_count": 0, "count": count, "emergency_count": 0, "perhaps_count": 0, "external": 0, "public": 0, "sample": []}}

test_readers_at_the_limit_are_compliant if {
	applies(read_by(5))
	proven(read_by(5))
	count(found(read_by(5))) == 0
}

test_one_reader_more_violates if {
	found(read_by(6)) == {{
		"actual": 6,
		"expected": "at most 5 readers",
		"message": "readers: 6, allowed: 5",
	}}
	not proven(read_by(6))
}

test_readers_for_emergencies_are_not_counted if {
	seen := object.union(read_by(8), {"readers": {"emergency_count": 3}})
	proven(seen)
	count(found(seen)) == 0
	{violation.message | some violation in found(object.union(read_by(9), {"readers": {"emergency_count": 3}}))} == {"readers: 6, allowed: 5; not counted, for each is judged by itself: 3 root or break-glass"}
}

test_readers_by_a_login_that_perhaps_is_theirs_prove_nothing if {
	perhaps := object.union(read_by(40), {"readers": {"perhaps_count": 35}})
	not proven(perhaps)
	count(found(perhaps)) == 0
	{violation.actual | some violation in found(object.union(read_by(41), {"readers": {"perhaps_count": 35}}))} == {6}
}

test_unknown_readers_prove_nothing if {
	applies({"kind": "secret"})
	not proven({"kind": "secret"})
	count(found({"kind": "secret"})) == 0
}

test_a_possible_reader_proves_nothing if {
	subject := object.union(read_by(1), {"readers": {"possible_count": 9, "count": 1, "emergency_count": 0, "perhaps_count": 0, "public": 0, "external": 0, "sample": []}})
	applies(subject)
	not proven(subject)
}

test_traits_that_leave_it_out if {
	applies({"kind": "secret"})
	not applies(object.union({"kind": "secret"}, {"traits": ["configuration"]}))
}
