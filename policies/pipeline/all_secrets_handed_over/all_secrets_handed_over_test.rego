package countersign.pipeline.all_secrets_handed_over_test

import data.countersign.pipeline.all_secrets_handed_over

job := {
	"kind": "pipeline",
	"id": "pipeline:.github/workflows/ci.yml job deploy",
	"name": ".github/workflows/ci.yml job deploy",
	"pipeline_type": "github_actions",
	"gaps": [],
	"untrusted_events": [],
	"untrusted_code": [],
	"secret_names": [],
	"stored_keys": [],
	"handed_over": [],
	"logged": [],
	"actions": [],
	"identity_asks": [],
	"removed_tokens": [],
}

test_each_way_is_a_violation if {
	all := object.union(job, {"handed_over": [
		{"thing": "a", "how": "inherit"},
		{"thing": "b", "how": "to_json"},
		{"thing": "c", "how": "dynamic"},
	]})
	found := all_secrets_handed_over.violations with input.subject as all
	count(found) == 3
	not all_secrets_handed_over.compliant with input.subject as all
}

test_named_secrets_are_compliant if {
	all_secrets_handed_over.applicable with input.subject as job
	all_secrets_handed_over.compliant with input.subject as job
}
