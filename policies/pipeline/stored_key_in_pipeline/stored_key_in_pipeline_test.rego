package countersign.pipeline.stored_key_in_pipeline_test

import data.countersign.pipeline.stored_key_in_pipeline

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

with_keys := object.union(job, {"stored_keys": [
	{"thing": "a", "system": "aws", "name": "AWS_KEY"},
	{"thing": "b", "system": "vault"},
]})

test_stored_keys_are_violations if {
	messages := {one.message | some one in stored_key_in_pipeline.violations} with input.subject as with_keys
	messages == {"uses a stored key for AWS (AWS_KEY)", "uses a stored key for Vault"}
	not stored_key_in_pipeline.compliant with input.subject as with_keys
}

test_without_keys_is_compliant if {
	stored_key_in_pipeline.applicable with input.subject as job
	stored_key_in_pipeline.compliant with input.subject as job
}
