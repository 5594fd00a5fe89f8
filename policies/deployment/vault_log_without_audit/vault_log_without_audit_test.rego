package countersign.deployment.vault_log_without_audit_test

import data.countersign.deployment.vault_log_without_audit

setting(own) := object.union({"deployment_type": "vault_log"}, own)

test_audit_is_compliant if {
	vault_log_without_audit.applicable with input.subject as setting({"audit_logged": true})
	vault_log_without_audit.compliant with input.subject as setting({"audit_logged": true})
	count(vault_log_without_audit.violations) == 0 with input.subject as setting({"audit_logged": true})
}

test_without_audit_violates if {
	not vault_log_without_audit.compliant with input.subject as setting({"audit_logged": false})
	count(vault_log_without_audit.violations) == 1 with input.subject as setting({"audit_logged": false})
}

test_unknown_proves_nothing if {
	not vault_log_without_audit.compliant with input.subject as setting({})
	count(vault_log_without_audit.violations) == 0 with input.subject as setting({})
}

test_only_settings_are_judged if not vault_log_without_audit.applicable with input.subject as {"deployment_type": "key_vault"}
