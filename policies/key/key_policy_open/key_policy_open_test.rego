package countersign.key.key_policy_open_test

import data.countersign.key.key_policy_open

applies(subject) if key_policy_open.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_policy_open.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_policy_open.violations with input as {"subject": subject} with data.params as params
}

messages(subject) := {violation.message | some violation in found(subject)}

silent(subject) if {
	not proven(subject)
	count(found(subject)) == 0
}

clean(subject) if {
	proven(subject)
	count(found(subject)) == 0
}

params := {"key_policy_open": {"allowed_external": 1}}

key(policy, own) := {
	"traits": ["in_cloud"],
	"policy": policy,
	"readers": object.union({"public": 0, "external": 0, "possible_count": 0}, own),
}

test_closed_key_is_compliant if {
	applies(key("closed", {}))
	clean(key("closed", {}))
	clean(key("closed", {"external": 1}))
}

test_open_policy_violates if {
	messages(key("open", {"public": 1})) == {"the key's policy lets anyone in, without a condition that keeps anyone out"}
	not proven(key("open", {}))
}

test_roles_are_named_beside_the_policy if {
	ways := {"public": {"roles": ["world"], "role_count": 1, "strangers": ["everyone"], "stranger_count": 1}}
	messages(key("open", {"public": 1, "ways_in": ways})) == {
		"the key's policy lets anyone in, without a condition that keeps anyone out",
		"readers that anyone can become: 1, through 1 role: world; by themselves: everyone",
	}
}

test_readers_of_outside_violate if {
	messages(key("possible", {"public": 1})) == {"readers that anyone can become: 1"}
	messages(key("closed", {"external": 2})) == {"readers of other organisations: 2"}
	not proven(key("closed", {"external": 2}))
}

test_what_is_not_known_proves_nothing if {
	silent(key("possible", {}))
	silent(key("closed", {"possible_count": 1}))
	silent({"traits": ["in_cloud"], "policy": "closed"})
	silent({"traits": ["in_cloud"]})
}

test_neither_of_the_providers_nor_of_other_stores if {
	not applies({"traits": ["in_cloud", "provider_managed"]})
	not applies({"traits": []})
}
