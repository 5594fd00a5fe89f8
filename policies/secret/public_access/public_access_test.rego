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

messages(subject) := {violation.message | some violation in found(subject)}

test_own_policy_for_everyone_is_named_beside_roles_that_let_anyone_in if {
	messages(object.union(through(["world"], 1, [], 0), {"policy": "open"})) == {
		"readers that anyone can become: 1, through 1 role: world",
		"the secret's own policy lets anyone in, without a condition that keeps anyone out; only its key or another policy keeps out whoever else is outside",
	}
	messages(object.union(through(["world"], 1, ["everyone"], 1), {"policy": "open"})) == {
		"readers that anyone can become: 1, through 1 role: world; by themselves: everyone",
		"the secret's own policy lets anyone in, without a condition that keeps anyone out",
	}
}

test_whom_the_key_keeps_out_is_named_where_the_own_policy_is_open if {
	messages(object.union(held_back(0, 1), {"policy": "open"})) == {"the secret's own policy lets anyone in, without a condition that keeps anyone out; only the key aws/secretsmanager keeps out arn:aws:iam::999988887777:root"}
}

test_nobody_gets_through_an_open_policy if {
	messages(with_policy("open")) == {"the secret's own policy lets anyone in, without a condition that keeps anyone out; only its key or another policy keeps them out"}
}

test_own_policy_that_may_let_strangers_in_proves_nothing if {
	not proven(with_policy("possible"))
	count(found(with_policy("possible"))) == 0
}

test_own_policy_for_some_is_compliant if {
	proven(with_policy("closed"))
	count(found(with_policy("closed"))) == 0
}

through(roles, role_count, strangers, stranger_count) := {"kind": "secret", "readers": {
	"possible_count": 0, "count": 3, "public": 1, "external": 0, "sample": [],
	"ways_in": {"public": {"roles": roles, "role_count": role_count, "strangers": strangers, "stranger_count": stranger_count}},
}}

test_what_is_about_to_be_deleted_is_read_once_it_is_brought_back if {
	going := object.union(through(["world"], 1, [], 0), {"traits": ["deletion_pending"]})
	messages(going) == {"readers that anyone can become, if it is brought back: 1, through 1 role: world"}
	messages(object.union(read_by(0, 1), {"traits": ["deletion_pending"]})) == {"readers of other organisations, if it is brought back: 1"}
}

test_each_kind_is_told_by_its_own_ways if {
	both := {"readers": {"external": 1, "ways_in": {"external": {"roles": ["vendor"], "role_count": 1, "strangers": [], "stranger_count": 0}}}}
	messages(object.union(through(["gh-any"], 1, [], 0), both)) == {
		"readers that anyone can become: 1, through 1 role: gh-any",
		"readers of other organisations: 1, through 1 role: vendor",
	}
}

message_of(subject) := message if {
	some violation in found(subject)
	message := violation.message
}

test_the_role_that_lets_strangers_in_is_named if {
	message_of(through(["vendor"], 1, [], 0)) == "readers that anyone can become: 1, through 1 role: vendor"
	message_of(through(["a", "b"], 9, ["everyone"], 1)) == "readers that anyone can become: 1, through 9 roles: a, b and 7 more; by themselves: everyone"
}

test_strangers_who_come_by_themselves_are_named if {
	message_of(through([], 0, ["everyone"], 1)) == "readers that anyone can become: 1: everyone"
}

held_back(external, public) := object.union(read_by(0, 0), {"readers": {"kept_out": {
	"external": external, "public": public, "key": "aws/secretsmanager",
	"names": ["arn:aws:iam::999988887777:root"], "name_count": 1,
}}})

test_grant_that_the_key_alone_withholds_violates if {
	message_of(held_back(1, 0)) == "granted to arn:aws:iam::999988887777:root by its own policy; only the key aws/secretsmanager keeps them out, until the secret is under another"
	not proven(held_back(1, 0))
	count(found(held_back(0, 1))) == 1
	not proven(held_back(0, 1))
}

test_withheld_grants_count_among_the_expected_and_are_told_once if {
	agreed := {"public_access": {"allowed_external": 1}}
	public_access.compliant with input as {"subject": held_back(1, 0)} with data.params as agreed
	more := object.union(read_by(0, 1), {"readers": held_back(1, 0).readers})
	not public_access.compliant with input as {"subject": object.union(more, {"readers": {"external": 1}})} with data.params as agreed
	{violation.actual | some violation in found(object.union(held_back(0, 1), {"policy": "open"}))} == {"a statement for everyone"}
}
