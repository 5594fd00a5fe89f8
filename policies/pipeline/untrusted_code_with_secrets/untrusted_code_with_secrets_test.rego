package countersign.pipeline.untrusted_code_with_secrets_test

import data.countersign.pipeline.untrusted_code_with_secrets

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

open := object.union(job, {
	"untrusted_events": ["pull_request_target"],
	"untrusted_code": [{"thing": "a", "how": "checkout"}, {"thing": "b", "how": "expression"}],
	"secret_names": ["NPM_TOKEN"],
})

test_code_of_others_with_secrets_is_a_violation if {
	found := untrusted_code_with_secrets.violations with input.subject as open
	count(found) == 2
	not untrusted_code_with_secrets.compliant with input.subject as open
}

test_all_secrets_count_as_well if {
	all := object.union(open, {"secret_names": [], "handed_over": [{"thing": "c", "how": "inherit"}]})
	found := untrusted_code_with_secrets.violations with input.subject as all
	count(found) == 2
}

test_one_of_the_three_alone_is_compliant if {
	untrusted_code_with_secrets.compliant with input.subject as object.union(open, {"untrusted_events": []})
	untrusted_code_with_secrets.compliant with input.subject as object.union(open, {"secret_names": []})
	untrusted_code_with_secrets.compliant with input.subject as object.union(open, {"untrusted_code": []})
	found := untrusted_code_with_secrets.violations with input.subject as object.union(open, {"untrusted_events": []})
	count(found) == 0
}

test_gitlab_has_no_such_events if {
	untrusted_code_with_secrets.applicable with input.subject as job
	not untrusted_code_with_secrets.applicable with input.subject as object.union(job, {"pipeline_type": "gitlab_ci"})
}
