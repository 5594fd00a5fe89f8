package countersign.workload.service_account_token_mounted_test

import data.countersign.workload.service_account_token_mounted

running(mounted, bound) := {"aspects": ["environment", "identity"], "identity": {
	"service_account": "api",
	"token_mounted": mounted,
	"bound": bound,
}}

test_no_token_is_compliant if {
	service_account_token_mounted.applicable with input.subject as running(false, false)
	service_account_token_mounted.compliant with input.subject as running(false, false)
	count(service_account_token_mounted.violations) == 0 with input.subject as running(false, false)
}

test_token_with_a_use_is_compliant if {
	service_account_token_mounted.compliant with input.subject as running(true, true)
	count(service_account_token_mounted.violations) == 0 with input.subject as running(true, true)
}

test_token_without_a_use_violates if {
	found := service_account_token_mounted.violations with input.subject as running(true, false)
	{one.message | some one in found} == {"the token of service account api is mounted, and no role in these files is bound to it"}
	not service_account_token_mounted.compliant with input.subject as running(true, false)
}

test_unknown_identity_proves_nothing if {
	not service_account_token_mounted.compliant with input.subject as {"aspects": ["identity"]}
	count(service_account_token_mounted.violations) == 0 with input.subject as {"aspects": ["identity"]}
}

test_without_a_cluster_it_is_another_matter if {
	not service_account_token_mounted.applicable with input.subject as {"aspects": ["environment"]}
}
