package countersign.pipeline.secret_written_to_log_test

import data.countersign.pipeline.secret_written_to_log

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

test_written_secret_is_a_violation if {
	noisy := object.union(job, {"logged": [{"thing": "a", "name": "NPM_TOKEN"}]})
	found := secret_written_to_log.violations with input.subject as noisy
	count(found) == 1
	not secret_written_to_log.compliant with input.subject as noisy
}

test_quiet_job_is_compliant if {
	secret_written_to_log.applicable with input.subject as job
	secret_written_to_log.compliant with input.subject as job
}
