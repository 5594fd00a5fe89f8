package countersign.change.credential_written_test

import data.countersign.change.credential_written

credential(in_history) := {
	"kind": "change",
	"id": "credential:1",
	"name": "npm in .npmrc",
	"change_type": "credential",
	"gaps": [],
	"credential": {"rule": "npm", "file": ".npmrc", "in_history": in_history},
}

access := {
	"kind": "change",
	"id": "access:1",
	"name": "deploy → prod/db",
	"change_type": "access",
	"gaps": [],
}

test_credential_is_a_violation if {
	found := credential_written.violations with input.subject as credential(false)
	count(found) == 1
	some one in found
	one.message == "what looks like a credential (npm) is written in .npmrc"
}

test_credential_of_history_says_so if {
	past := json.patch(credential(true), [{"op": "add", "path": "/credential/commit", "value": "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"}])
	found := credential_written.violations with input.subject as past
	some one in found
	endswith(one.message, "in commit a94a8fe5ccb1")
}

test_nothing_written_is_compliant if {
	credential_written.compliant with input.subject as object.remove(credential(false), ["credential"])
	not credential_written.compliant with input.subject as credential(false)
}

test_access_is_another_matter if {
	not credential_written.applicable with input.subject as access
	credential_written.applicable with input.subject as credential(false)
}
