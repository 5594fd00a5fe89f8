package countersign.workload.store_login_stored_credential_test

import data.countersign.workload.store_login_stored_credential

by(fields) := {"aspects": ["store_login"], "store_login": {"stored_credentials": fields}}

test_identity_is_compliant if {
	store_login_stored_credential.applicable with input.subject as by([])
	store_login_stored_credential.compliant with input.subject as by([])
	count(store_login_stored_credential.violations) == 0 with input.subject as by([])
}

test_stored_key_violates if {
	found := store_login_stored_credential.violations with input.subject as by(["aws.auth.secretRef"])
	{one.message | some one in found} == {"the store is logged in to with a stored credential: aws.auth.secretRef"}
	not store_login_stored_credential.compliant with input.subject as by(["aws.auth.secretRef"])
}

test_unknown_login_proves_nothing if {
	not store_login_stored_credential.compliant with input.subject as {"aspects": ["store_login"]}
	count(store_login_stored_credential.violations) == 0 with input.subject as {"aspects": ["store_login"]}
}

test_what_is_no_store_is_another_matter if {
	not store_login_stored_credential.applicable with input.subject as {"aspects": ["copy"]}
}
