package countersign.change.guard_changed_test

import data.countersign.change.guard_changed

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

test_tightening_is_a_violation if {
	found := guard_changed.violations with input.subject as guard(false)
	some one in found
	one.message == "waiver of public_access until 2026-12-31 added: a test"
	not guard_changed.compliant with input.subject as guard(false)
}

test_loosening_is_compliant if {
	guard_changed.compliant with input.subject as guard(true)
	found := guard_changed.violations with input.subject as guard(true)
	count(found) == 0
}

test_a_credential_is_another_matter if {
	guard_changed.applicable with input.subject as guard(true)
	not guard_changed.applicable with input.subject as object.union(guard(true), {"change_type": "credential"})
}
