package countersign.pipeline.identity_not_permitted_test

import data.countersign.pipeline.identity_not_permitted

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

asks := object.union(job, {"identity_asks": [{"thing": "a", "system": "aws"}]})

test_without_permission_is_a_violation if {
	found := identity_not_permitted.violations with input.subject as object.union(asks, {"may_ask_identity": false})
	count(found) == 1
	not identity_not_permitted.compliant with input.subject as object.union(asks, {"may_ask_identity": false})
}

test_with_permission_is_compliant if {
	identity_not_permitted.compliant with input.subject as object.union(asks, {"may_ask_identity": true})
	found := identity_not_permitted.violations with input.subject as object.union(asks, {"may_ask_identity": true})
	count(found) == 0
}

test_of_a_called_workflow_its_caller_decides if {
	not identity_not_permitted.compliant with input.subject as asks
	found := identity_not_permitted.violations with input.subject as asks
	count(found) == 0
}

test_who_does_not_ask_is_compliant if {
	identity_not_permitted.applicable with input.subject as job
	identity_not_permitted.compliant with input.subject as job
}
