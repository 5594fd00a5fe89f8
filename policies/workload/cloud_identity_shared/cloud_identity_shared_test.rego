package countersign.workload.cloud_identity_shared_test

import data.countersign.workload.cloud_identity_shared

standing(shared, identities) := {"aspects": ["cloud_identity"], "cloud_identity": {
	"identities": identities,
	"shared": shared,
}}

role := {"system": "aws", "name": "arn:aws:iam::111122223333:role/api"}

test_account_of_one_workload_is_compliant if {
	cloud_identity_shared.applicable with input.subject as standing(false, [role])
	cloud_identity_shared.compliant with input.subject as standing(false, [role])
	count(cloud_identity_shared.violations) == 0 with input.subject as standing(false, [role])
}

test_default_account_violates if {
	found := cloud_identity_shared.violations with input.subject as standing(true, [role])
	{one.message | some one in found} == {"every pod of the namespace that names no service account is arn:aws:iam::111122223333:role/api"}
	not cloud_identity_shared.compliant with input.subject as standing(true, [role])
}

test_default_account_violates_whoever_it_is if {
	found := cloud_identity_shared.violations with input.subject as standing(true, [{"system": "gcp"}])
	{one.actual | some one in found} == {"a role that is filled in elsewhere"}
}

test_unknown_account_proves_nothing if {
	not cloud_identity_shared.compliant with input.subject as {"aspects": ["cloud_identity"]}
	count(cloud_identity_shared.violations) == 0 with input.subject as {"aspects": ["cloud_identity"]}
}
