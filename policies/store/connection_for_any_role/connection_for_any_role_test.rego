package countersign.store.connection_for_any_role_test

import data.countersign.store.connection_for_any_role

applies(subject) if connection_for_any_role.applicable with input as {"subject": subject}

proven(subject) if connection_for_any_role.compliant with input as {"subject": subject}

found(subject) := violations if {
	violations := connection_for_any_role.violations with input as {"subject": subject}
}

store(total, open_count, open) := {
	"kind": "store",
	"connection_count": total,
	"connection_for_any_role_count": open_count,
	"connections_for_any_role": open,
}

test_connections_for_named_roles_are_compliant if {
	applies(store(2, 0, []))
	proven(store(2, 0, []))
	count(found(store(2, 0, []))) == 0
}

test_connection_for_any_role_violates if {
	open := store(2, 1, ["database/config/risk"])
	found(open) == {{
		"actual": "database/config/risk",
		"expected": "named roles",
		"message": "any role of the engine may use 1 connection: database/config/risk",
	}}
	not proven(open)
}

test_more_than_are_named_are_counted if {
	messages := {violation.message | some violation in found(store(30, 20, ["a", "b"]))}
	messages == {"any role of the engine may use 20 connections: a, b and 18 more"}
}

test_store_without_connections_is_not_applicable if not applies(store(0, 0, []))

test_unknown_connections_prove_nothing if {
	not proven({"kind": "store"})
	count(found({"kind": "store"})) == 0
}
