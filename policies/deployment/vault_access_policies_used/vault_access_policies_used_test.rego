package countersign.deployment.vault_access_policies_used_test

import data.countersign.deployment.vault_access_policies_used

vault(own) := object.union({"deployment_type": "key_vault"}, own)

test_vault_with_roles_is_compliant if {
	vault_access_policies_used.applicable with input.subject as vault({"access_model": "roles"})
	vault_access_policies_used.compliant with input.subject as vault({"access_model": "roles"})
	count(vault_access_policies_used.violations) == 0 with input.subject as vault({"access_model": "roles"})
}

test_vault_with_access_policies_violates if {
	not vault_access_policies_used.compliant with input.subject as vault({"access_model": "access_policies"})
	count(vault_access_policies_used.violations) == 1 with input.subject as vault({"access_model": "access_policies"})
}

test_unknown_proves_nothing if {
	not vault_access_policies_used.compliant with input.subject as vault({})
	count(vault_access_policies_used.violations) == 0 with input.subject as vault({})
}

test_only_vaults_are_judged if {
	not vault_access_policies_used.applicable with input.subject as {"deployment_type": "vault_grant"}
}
