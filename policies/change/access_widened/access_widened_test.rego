package countersign.change.access_widened_test

import data.countersign.change.access_widened

subject(access) := {
	"kind": "change",
	"id": "access:1",
	"name": "deploy on prod/db",
	"change_type": "access",
	"gaps": [],
	"access": object.union(
		{
			"direction": "gained",
			"principal": {"id": "p", "name": "deploy"},
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

params := {"told_actions": ["read", "administer"]}

test_gain_is_told if {
	found := access_widened.violations with input.subject as subject({}) with data.params.access_widened as params
	some one in found
	one.message == "deploy may do more to prod/db: read"
}

test_gain_under_conditions_says_so if {
	bound := subject({"certainty": "conditional", "direction": "widened"})
	found := access_widened.violations with input.subject as bound with data.params.access_widened as params
	some one in found
	one.message == "deploy may do more to prod/db: read (conditional)"
}

test_only_possible_proves_neither if {
	perhaps := subject({"certainty": "possible", "direction": "widened"})
	found := access_widened.violations with input.subject as perhaps with data.params.access_widened as params
	count(found) == 0
	not access_widened.compliant with input.subject as perhaps with data.params.access_widened as params
}

test_other_actions_are_compliant if {
	listing := subject({"actions": ["list"]})
	access_widened.compliant with input.subject as listing with data.params.access_widened as params
	found := access_widened.violations with input.subject as listing with data.params.access_widened as params
	count(found) == 0
}

test_losses_are_compliant_and_guards_another_matter if {
	access_widened.applicable with input.subject as subject({})
	access_widened.compliant with input.subject as subject({"direction": "narrowed"}) with data.params.access_widened as params
	found := access_widened.violations with input.subject as subject({"direction": "narrowed"}) with data.params.access_widened as params
	count(found) == 0
	not access_widened.applicable with input.subject as guard
}
