package countersign.pipeline.removed_job_token_test

import data.countersign.pipeline.removed_job_token

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

gitlab := object.union(job, {"pipeline_type": "gitlab_ci"})

test_removed_token_is_a_violation if {
	old := object.union(gitlab, {"removed_tokens": [{"thing": "a", "name": "CI_JOB_JWT"}]})
	found := removed_job_token.violations with input.subject as old
	count(found) == 1
	not removed_job_token.compliant with input.subject as old
}

test_without_is_compliant if {
	removed_job_token.compliant with input.subject as gitlab
	removed_job_token.applicable with input.subject as gitlab
	not removed_job_token.applicable with input.subject as job
}
