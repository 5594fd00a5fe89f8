package countersign.workload.cluster_secrets_in_clear_test

import data.countersign.workload.cluster_secrets_in_clear

written(provider) := {"aspects": ["encryption"], "encryption": {"written_with": provider}}

test_kms_is_compliant if {
	cluster_secrets_in_clear.applicable with input.subject as written("kms")
	cluster_secrets_in_clear.compliant with input.subject as written("kms")
	count(cluster_secrets_in_clear.violations) == 0 with input.subject as written("kms")
}

test_in_clear_violates if {
	every provider in ["identity", "none"] {
		found := cluster_secrets_in_clear.violations with input.subject as written(provider)
		{one.actual | some one in found} == {provider}
		not cluster_secrets_in_clear.compliant with input.subject as written(provider)
	}
}

test_unknown_provider_proves_nothing if {
	not cluster_secrets_in_clear.compliant with input.subject as written("rot13")
	not cluster_secrets_in_clear.compliant with input.subject as {"aspects": ["encryption"]}
	count(cluster_secrets_in_clear.violations) == 0 with input.subject as {"aspects": ["encryption"]}
}

test_what_configures_nothing_is_another_matter if {
	not cluster_secrets_in_clear.applicable with input.subject as {"aspects": ["copy"]}
}
