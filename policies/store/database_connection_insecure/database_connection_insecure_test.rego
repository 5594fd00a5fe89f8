package countersign.store.database_connection_insecure_test

import data.countersign.store.database_connection_insecure

applies(subject) if database_connection_insecure.applicable with input as {"subject": subject}

proven(subject) if database_connection_insecure.compliant with input as {"subject": subject}

found(subject) := violations if {
	violations := database_connection_insecure.violations with input as {"subject": subject}
}

connecting(protections) := {"kind": "store", "connections": [
{"path": "db/config/shop", "plugin": "mysql-database-plugin", "protection": protection} |
	some protection in protections
]}

test_safe_connections_are_compliant if {
	safe := connecting(["verified", "local"])
	applies(safe)
	proven(safe)
	count(found(safe)) == 0
}

test_connection_in_the_clear_violates if {
	open := connecting(["plain", "verified"])
	found(open) == {{
		"actual": "plain",
		"expected": "encrypted, to whom a checked certificate names",
		"message": "credentials of a database are set in the clear, by db/config/shop",
	}}
	not proven(open)
}

test_unchecked_certificate_violates if {
	messages := {violation.message | some violation in found(connecting(["unverified"]))}
	messages == {"credentials of a database are set without a look at its certificate, by db/config/shop"}
	not proven(connecting(["unverified"]))
}

test_unknown_connection_proves_nothing if {
	unknown := {"kind": "store", "connections": [{"path": "db/config/shop", "plugin": "custom"}]}
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_store_without_connections_is_not_applicable if not applies(connecting([]))
