package countersign.store.mfa_missing_test

import data.countersign.store.mfa_missing

applies(subject) if mfa_missing.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if mfa_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := mfa_missing.violations with input as {"subject": subject} with data.params as params
}

params := {}

methods(all, bare) := {"password_auth_methods": all, "password_auth_methods_without_mfa": bare}

test_enforced_mfa_is_compliant if {
	applies(methods(["userpass/"], []))
	proven(methods(["userpass/"], []))
	count(found(methods(["userpass/"], []))) == 0
}

test_password_alone_violates if {
	{violation.message | some violation in found(methods(["userpass/"], ["userpass/"]))} == {"no MFA is enforced on userpass/"}
	not proven(methods(["userpass/"], ["userpass/"]))
}

test_store_without_passwords_is_not_applicable if not applies(methods([], []))

test_unknown_enforcement_proves_nothing if {
	unknown := {"password_auth_methods": ["userpass/"]}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_not_of_a_store_without_it_by_design if {
	applies({"password_auth_methods": ["userpass/"], "absent_features": []})
	not applies({"password_auth_methods": ["userpass/"], "absent_features": ["login"]})
}
