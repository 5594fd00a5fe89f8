package countersign.secret.public_access_test

import data.countersign.secret.public_access

applies(subject) if public_access.applicable with input as {"subject": subject} with data.params as params

proven(subject) if public_access.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := public_access.violations with input as {"subject": subject} with data.params as params
}

params := {"public_access": {"allowed_external": 0}}

read_by(public, external) := {
	"kind": "secret",
	"readers": {"possible_count": 0, "count": 3, "public": public, "external": external, "sample": []},
}

test_inner_readers_are_compliant if {
	applies(read_by(0, 0))
	proven(read_by(0, 0))
	count(found(read_by(0, 0))) == 0
}

test_public_reader_violates if {
	{violation.expected | some violation in found(read_by(1, 0))} == {"no public reader"}
	not proven(read_by(1, 0))
}

test_external_reader_violates if {
	{violation.actual | some violation in found(read_by(0, 2))} == {2}
	not proven(read_by(0, 2))
}

test_expected_external_reader_is_compliant if {
	agreed := {"public_access": {"allowed_external": 2}}
	public_access.compliant with input as {"subject": read_by(0, 2)} with data.params as agreed
}

test_unknown_readers_prove_nothing if {
	not proven({"kind": "secret"})
	count(found({"kind": "secret"})) == 0
}

with_policy(openness) := object.union(read_by(0, 0), {"policy": openness})

test_own_policy_for_everyone_violates_though_nobody_gets_through if {
	{violation.actual | some violation in found(with_policy("open"))} == {"a statement for everyone"}
	not proven(with_policy("open"))
}

test_own_policy_for_everyone_is_one_finding_where_somebody_gets_through if {
	count(found(object.union(read_by(1, 0), {"policy": "open"}))) == 1
}

test_own_policy_that_may_let_strangers_in_proves_nothing if {
	not proven(with_policy("possible"))
	count(found(with_policy("possible"))) == 0
}

test_own_policy_for_some_is_compliant if {
	proven(with_policy("closed"))
	count(found(with_policy("closed"))) == 0
}
