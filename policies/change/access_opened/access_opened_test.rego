package countersign.change.access_opened_test

import data.countersign.change.access_opened

subject(access) := {
	"kind": "change",
	"id": "access:1",
	"name": "deploy on prod/db",
	"change_type": "access",
	"gaps": [],
	"access": object.union(
		{
			"direction": "gained",
			"principal": {"id": "p", "name": "deploy", "public": false, "external": false},
			"target": {"id": "t", "name": "prod/db", "tier": "critical"},
			"actions": ["read"],
			"certainty": "certain",
			"statements": ["reads"],
			"statement_count": 1,
		},
		access,
	),
}

guard := {"kind": "change", "id": "guard:1", "name": "waiver", "change_type": "guard", "gaps": []}

test_anyone_and_outsiders_are_violations if {
	every flag in ["public", "external"] {
		found := access_opened.violations with input.subject as subject({"principal": {flag: true}})
		some one in found
		one.message == "deploy gains access from outside to prod/db: read"
	}
}

test_only_possible_proves_neither if {
	opened := subject({"principal": {"public": true}, "certainty": "possible"})
	found := access_opened.violations with input.subject as opened
	count(found) == 0
	not access_opened.compliant with input.subject as opened
}

test_insiders_are_compliant if {
	access_opened.compliant with input.subject as subject({})
	access_opened.applicable with input.subject as subject({})
	not access_opened.compliant with input.subject as object.remove(subject({}), ["access"])
}

test_losses_are_compliant_and_guards_another_matter if {
	lost := subject({"direction": "lost", "principal": {"public": true}})
	access_opened.compliant with input.subject as lost
	found := access_opened.violations with input.subject as lost
	count(found) == 0
	not access_opened.applicable with input.subject as guard
}
