package countersign.store.directory_connection_insecure_test

import data.countersign.store.directory_connection_insecure

applies(subject) if directory_connection_insecure.applicable with input as {"subject": subject}

proven(subject) if directory_connection_insecure.compliant with input as {"subject": subject}

found(subject) := violations if {
	violations := directory_connection_insecure.violations with input as {"subject": subject}
}

asking(protections) := {"kind": "store", "directories": [
{"path": "auth/ldap/config", "addresses": ["ldap://ldap.example.com"], "protection": protection} |
	some protection in protections
]}

test_safe_directories_are_compliant if {
	safe := asking(["verified", "local"])
	applies(safe)
	proven(safe)
	count(found(safe)) == 0
}

test_passwords_in_the_clear_violate if {
	open := asking(["plain", "verified"])
	found(open) == {{
		"actual": "plain",
		"expected": "encrypted, to whom a checked certificate names",
		"message": "logins are checked with ldap://ldap.example.com in the clear, by auth/ldap/config",
	}}
	not proven(open)
}

test_unchecked_certificate_violates if {
	messages := {violation.message | some violation in found(asking(["unverified"]))}
	messages == {"logins are checked with ldap://ldap.example.com without a look at its certificate, by auth/ldap/config"}
	not proven(asking(["unverified"]))
}

test_unknown_connection_proves_nothing if {
	unknown := {"kind": "store", "directories": [{"path": "auth/ldap/config", "addresses": []}]}
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_store_without_a_directory_is_not_applicable if not applies(asking([]))
