package countersign.store.endpoint_policy_open_test

import data.countersign.store.endpoint_policy_open

applies(subject) if endpoint_policy_open.applicable with input as {"subject": subject} with data.params as params

proven(subject) if endpoint_policy_open.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := endpoint_policy_open.violations with input as {"subject": subject} with data.params as params
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

params := {}

store(policies) := {
	"traits": ["in_cloud"],
	"network_endpoint_count": count(policies),
	"network_endpoints": [{"endpoint": "vpce-1", "service": "ssm", "policy": policy} | some policy in policies],
}

test_bounded_endpoints_are_compliant if {
	applies(store(["closed"]))
	clean(store(["closed", "closed"]))
}

test_open_endpoint_violates if {
	messages(store(["closed", "open"])) == {"open to anyone and anything: 1 endpoint: vpce-1 (ssm)"}
	not proven(store(["closed", "open"]))
}

test_what_is_not_known_proves_nothing if {
	silent(store(["possible"]))
	silent({"traits": ["in_cloud"], "network_endpoint_count": 1, "network_endpoints": [{"endpoint": "vpce-1", "service": "ssm"}]})
	silent(object.union(store(["closed"]), {"network_endpoint_count": 2}))
}

test_neither_without_endpoints_nor_of_other_stores if {
	not applies(store([]))
	not applies({"traits": [], "network_endpoint_count": 1})
}
