package countersign.store.private_endpoint_missing_test

import data.countersign.store.private_endpoint_missing

applies(subject) if private_endpoint_missing.applicable with input as {"subject": subject} with data.params as params

proven(subject) if private_endpoint_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := private_endpoint_missing.violations with input as {"subject": subject} with data.params as params
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

params := {"private_endpoint_missing": {"exempt_networks": ["vpc-9"]}}

store(networks) := {
	"traits": ["in_cloud"],
	"secret_count": 3,
	"network_count": count(networks),
	"networks": networks,
	"services": ["secretsmanager", "ssm"],
}

network(id, services) := {"network": id, "services": services}

test_endpoints_everywhere_are_compliant if {
	applies(store([network("vpc-1", ["secretsmanager", "ssm"])]))
	clean(store([network("vpc-1", ["secretsmanager", "ssm"]), network("vpc-9", [])]))
}

test_network_without_violates if {
	lacking := store([network("vpc-1", ["ssm"]), network("vpc-2", ["secretsmanager", "ssm"])])
	messages(lacking) == {"without a private way to the store: 1 network: vpc-1 (secretsmanager)"}
	not proven(lacking)
}

test_unknown_networks_prove_nothing if {
	silent({"traits": ["in_cloud"], "secret_count": 3, "network_count": 2, "services": ["ssm"]})
	silent(object.union(store([network("vpc-1", ["secretsmanager", "ssm"])]), {"network_count": 2}))
}

test_neither_without_secrets_or_networks_nor_of_other_stores if {
	not applies(store([]))
	not applies(object.union(store([network("vpc-1", [])]), {"secret_count": 0}))
	not applies(object.union(store([network("vpc-1", [])]), {"traits": []}))
}
