package countersign.deployment.vault_purge_unprotected_test

import data.countersign.deployment.vault_purge_unprotected

vault(own) := object.union({"deployment_type": "key_vault"}, own)

test_protected_vault_is_compliant if {
	vault_purge_unprotected.applicable with input.subject as vault({"purge_protected": true})
	vault_purge_unprotected.compliant with input.subject as vault({"purge_protected": true})
	count(vault_purge_unprotected.violations) == 0 with input.subject as vault({"purge_protected": true})
}

test_vault_without_protection_violates if {
	not vault_purge_unprotected.compliant with input.subject as vault({"purge_protected": false})
	count(vault_purge_unprotected.violations) == 1 with input.subject as vault({"purge_protected": false})
}

test_unknown_proves_nothing if {
	not vault_purge_unprotected.compliant with input.subject as vault({})
	count(vault_purge_unprotected.violations) == 0 with input.subject as vault({})
}

test_only_vaults_are_judged if not vault_purge_unprotected.applicable with input.subject as {"deployment_type": "template"}
