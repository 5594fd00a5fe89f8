package countersign.change.guard_loosened_test

import data.countersign.change.guard_loosened

guard(loosens) := {
	"kind": "change",
	"id": "guard:1",
	"name": "waiver public_access",
	"change_type": "guard",
	"gaps": [],
	"guard": {
		"guard": "waiver",
		"action": "added",
		"loosens": loosens,
		"detail": "waiver of public_access until 2026-12-31 added: a test",
	},
}

test_loosening_is_a_violation if {
	found := guard_loosened.violations with input.subject as guard(true)
	some one in found
	one.message == "waiver of public_access until 2026-12-31 added: a test"
	not guard_loosened.compliant with input.subject as guard(true)
}

test_tightening_is_compliant if {
	guard_loosened.compliant with input.subject as guard(false)
	found := guard_loosened.violations with input.subject as guard(false)
	count(found) == 0
}

test_a_credential_is_another_matter if {
	guard_loosened.applicable with input.subject as guard(true)
	not guard_loosened.applicable with input.subject as object.union(guard(true), {"change_type": "credential"})
}
