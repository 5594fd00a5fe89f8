package countersign.deployment.vault_open_to_networks_test

import data.countersign.deployment.vault_open_to_networks

vault(own) := object.union({"deployment_type": "key_vault"}, own)

test_bounded_vault_is_compliant if {
	vault_open_to_networks.applicable with input.subject as vault({"any_network": false})
	vault_open_to_networks.compliant with input.subject as vault({"any_network": false})
	count(vault_open_to_networks.violations) == 0 with input.subject as vault({"any_network": false})
}

test_open_vault_violates if {
	not vault_open_to_networks.compliant with input.subject as vault({"any_network": true})
	count(vault_open_to_networks.violations) == 1 with input.subject as vault({"any_network": true})
}

test_unknown_proves_nothing if {
	not vault_open_to_networks.compliant with input.subject as vault({})
	count(vault_open_to_networks.violations) == 0 with input.subject as vault({})
}

test_only_vaults_are_judged if not vault_open_to_networks.applicable with input.subject as {"deployment_type": "template"}
