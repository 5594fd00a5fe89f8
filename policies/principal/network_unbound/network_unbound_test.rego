package countersign.principal.network_unbound_test

import data.countersign.principal.network_unbound

applies(subject) if network_unbound.applicable with input as {"subject": subject} with data.params as params

proven(subject) if network_unbound.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := network_unbound.violations with input as {"subject": subject} with data.params as params
}

params := {}

role(bound) := {"principal_type": "auth_role", "token_networks_bound": bound}

test_bound_tokens_are_compliant if {
	applies(role(true))
	proven(role(true))
	count(found(role(true))) == 0
}

test_bound_secret_ids_are_compliant if {
	approle := object.union(role(false), {"secret_id_networks_bound": true})
	proven(approle)
	count(found(approle)) == 0
}

test_networks_that_bind_nobody_violate if {
	every subject in [role(false), object.union(role(false), {"secret_id_networks_bound": false})] {
		not proven(subject)
		found(subject) == {{
			"actual": "any network",
			"expected": "the networks of the callers",
			"message": "the role names no network from which its callers come",
		}}
	}
}

test_entity_is_not_applicable if not applies({"principal_type": "entity"})

test_unknown_networks_prove_nothing if {
	not proven({"principal_type": "auth_role"})
	count(found({"principal_type": "auth_role"})) == 0
}
