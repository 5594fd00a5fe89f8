package countersign.pipeline.secret_to_unpinned_action_test

import data.countersign.pipeline.secret_to_unpinned_action

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

action := {"thing": "a", "action": "acme/deploy@v1", "owner": "acme", "pinned": false, "secrets": ["KEY"]}

test_unpinned_action_with_a_secret_is_a_violation if {
	given := object.union(job, {"actions": [action]})
	found := secret_to_unpinned_action.violations with input.subject as given
		with data.params.secret_to_unpinned_action.trusted_owners as []
	{one.message | some one in found} == {"KEY is given to acme/deploy@v1, which is not pinned to a commit"}
	not secret_to_unpinned_action.compliant with input.subject as given
		with data.params.secret_to_unpinned_action.trusted_owners as []
}

test_trusted_owner_and_commit_are_compliant if {
	secret_to_unpinned_action.compliant with input.subject as object.union(job, {"actions": [action]})
		with data.params.secret_to_unpinned_action.trusted_owners as ["acme"]
	pinned := object.union(action, {"pinned": true})
	secret_to_unpinned_action.compliant with input.subject as object.union(job, {"actions": [pinned]})
		with data.params.secret_to_unpinned_action.trusted_owners as []
	secret_to_unpinned_action.applicable with input.subject as job
}
