package countersign.store.credential_in_configuration_test

import data.countersign.store.credential_in_configuration

applies(subject) if credential_in_configuration.applicable with input as {"subject": subject} with data.params as params

proven(subject) if credential_in_configuration.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := credential_in_configuration.violations with input as {"subject": subject} with data.params as params
}

params := {}

place := {
	"resource": "prod:sys/policies/acl/app",
	"operation": "namespace.policy",
	"pointer": "/data/policy",
	"rule": "vault-token",
}

store(total, places) := {
	"kind": "store",
	"pasted_credential_count": total,
	"pasted_credentials": places,
}

test_none_is_compliant if {
	applies(store(0, []))
	proven(store(0, []))
	count(found(store(0, []))) == 0
}

test_one_violates_and_is_named if {
	not proven(store(1, [place]))
	{violation.message | some violation in found(store(1, [place]))} == {"what looks like a credential (vault-token) stands in prod:sys/policies/acl/app, at /data/policy of namespace.policy"}
}

test_the_thing_that_it_stands_in_is_told if {
	{violation.thing | some violation in found(store(1, [place]))} == {"prod:sys/policies/acl/app"}
}

test_those_that_are_not_named_are_counted if {
	not proven(store(9, [place]))
	{violation.actual | some violation in found(store(9, [place]))} == {"vault-token at /data/policy", 8}
}

test_unknown_count_proves_nothing if {
	not proven({"kind": "store"})
	count(found({"kind": "store"})) == 0
}
