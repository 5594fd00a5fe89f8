package countersign.principal.network_unbound_test

import data.countersign.principal.network_unbound

applies(subject) if network_unbound.applicable with input as {"subject": subject} with data.params as params

proven(subject) if network_unbound.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := network_unbound.violations with input as {"subject": subject} with data.params as params
}

params := {}

role(cidrs) := {"principal_type": "auth_role", "token_bound_cidrs": cidrs}

test_bound_tokens_are_compliant if {
	applies(role(["10.20.0.0/16"]))
	proven(role(["10.20.0.0/16"]))
	count(found(role(["10.20.0.0/16"]))) == 0
}

test_bound_secret_ids_are_compliant if {
	approle := object.union(role([]), {"secret_id_bound_cidrs": ["10.20.0.0/16"]})
	proven(approle)
	count(found(approle)) == 0
}

test_any_network_violates if {
	count(found(role([]))) == 1
	not proven(role([]))
}

test_a_bound_of_every_network_violates if {
	count(found(role(["0.0.0.0/0", "::/0"]))) == 1
	not proven(role(["0.0.0.0/0"]))
	not proven(role(["0.0.0.0/0", "10.20.0.0/16"]))
}

test_every_network_written_otherwise_violates if {
	count(found(role(["10.0.0.0/0"]))) == 1
	count(found(role(["0.0.0.0/1", "128.0.0.0/1"]))) == 1
	proven(role(["10.20.0.0/16", "192.0.2.7/32", "192.0.2.0/10"]))
}

test_entity_is_not_applicable if not applies({"principal_type": "entity"})

test_unknown_networks_prove_nothing if {
	not proven({"principal_type": "auth_role"})
	count(found({"principal_type": "auth_role"})) == 0
}
