package countersign.change.critical_access_unrequested_test

import data.countersign.change.critical_access_unrequested

subject(access) := {
	"kind": "change",
	"id": "access:1",
	"name": "deploy on prod/db",
	"change_type": "requested_access",
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

params := {"tiers": ["critical", "high"]}

test_without_a_request_is_a_violation if {
	asked := subject({"requested": false})
	found := critical_access_unrequested.violations with input.subject as asked with data.params.critical_access_unrequested as params
	some one in found
	one.message == "deploy gains access to prod/db without an approved request: read"
	critical_access_unrequested.applicable with input.subject as asked with data.params.critical_access_unrequested as params
}

test_with_a_request_is_compliant if {
	critical_access_unrequested.compliant with input.subject as subject({"requested": true}) with data.params.critical_access_unrequested as params
}

test_only_possible_proves_neither if {
	perhaps := subject({"requested": false, "certainty": "possible"})
	found := critical_access_unrequested.violations with input.subject as perhaps with data.params.critical_access_unrequested as params
	count(found) == 0
	not critical_access_unrequested.compliant with input.subject as perhaps with data.params.critical_access_unrequested as params
}

test_without_register_or_tier_nothing_is_proven if {
	untiered := json.remove(subject({"requested": false}), ["/access/target/tier"])
	every open in [subject({}), untiered] {
		not critical_access_unrequested.compliant with input.subject as open with data.params.critical_access_unrequested as params
		found := critical_access_unrequested.violations with input.subject as open with data.params.critical_access_unrequested as params
		count(found) == 0
	}
}

test_other_tiers_losses_and_listing_are_compliant if {
	every other in [
		subject({"requested": false, "target": {"tier": "low"}}),
		subject({"requested": false, "direction": "lost"}),
		subject({"requested": false, "actions": ["list"]}),
	] {
		critical_access_unrequested.compliant with input.subject as other with data.params.critical_access_unrequested as params
		found := critical_access_unrequested.violations with input.subject as other with data.params.critical_access_unrequested as params
		count(found) == 0
	}
	not critical_access_unrequested.applicable with input.subject as guard
}
