package countersign.principal.grant_unrequested_test

import data.countersign.principal.grant_unrequested

applies(subject) if grant_unrequested.applicable with input as {"subject": subject} with data.params as params

proven(subject) if grant_unrequested.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in grant_unrequested.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"grant_unrequested": {"allowed_count": 1}}

of(requests) := {
	"principal_type": "entity",
	"traits": ["requests_registered"],
	"gaps": [],
	"access": {"readable_secret_count": 3},
	"requests": object.union(
		{
			"granted_count": 3,
			"unrequested_count": 0,
			"unrequested_sample": ["s1", "s2"],
			"uncertain_count": 0,
			"matched_certain": true,
		},
		requests,
	),
}

test_requested_access_is_compliant if {
	applies(of({}))
	proven(of({}))
	proven(of({"unrequested_count": 1}))
	messages(of({"unrequested_count": 1})) == set()
}

test_unrequested_access_violates if {
	messages(of({"unrequested_count": 2})) == {"it may use 3 things; for 2 of them there was no approved request: s1, s2"}
	not proven(of({"unrequested_count": 2}))
	count(messages(of({"unrequested_count": 2, "uncertain_count": 4}))) == 1
}

test_what_is_not_known_proves_nothing if {
	silent(of({"uncertain_count": 1}))
	silent(object.union(of({}), {"gaps": [{"fact_kind": "grant"}]}))
	silent(of({"unrequested_count": 2, "matched_certain": false}))
	silent(object.remove(of({}), ["requests"]))
	silent(object.remove(of({}), ["access"]))
	every unrequested in [0, 2] {
		perhaps := {"traits": ["requests_registered", "perhaps_login_of_identity"]}
		silent(object.union(of({"unrequested_count": unrequested}), perhaps))
	}
}

test_not_without_a_register_nor_of_what_is_judged_elsewhere if {
	not applies(object.union(of({}), {"traits": []}))
	not applies(object.union(of({}), {"principal_type": "token"}))
	not applies(object.union(of({}), {"traits": ["requests_registered", "login_of_identity"]}))
	not applies(object.union(of({}), {"traits": ["requests_registered", "provider_managed"]}))
}
