package countersign.principal.key_slot_weak_test

import data.countersign.principal.key_slot_weak

applies(subject) if key_slot_weak.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_slot_weak.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_slot_weak.violations with input as {"subject": subject} with data.params as params
}

params := {}

slot(custody, authenticated, pinned) := {"principal_type": "key_slot", "key_slot": {
	"slot_type": "some-kind",
	"purpose": "daily",
	"custody": custody,
	"authenticated_wrap": authenticated,
	"fingerprint_pinned": pinned,
}}

test_key_service_is_compliant if {
	applies(slot("service", true, false))
	proven(slot("service", true, false))
	count(found(slot("service", true, false))) == 0
}

test_public_key_with_a_pin_is_compliant if {
	proven(slot("identity_file", false, true))
	count(found(slot("identity_file", false, true))) == 0
}

test_environment_violates if {
	{violation.actual | some violation in found(slot("environment", true, true))} == {"an environment variable"}
	not proven(slot("environment", true, true))
}

test_public_key_without_a_pin_violates if {
	{violation.expected | some violation in found(slot("identity_file", false, false))} == {"a fingerprint in the configuration"}
	not proven(slot("identity_file", false, false))
}

test_unknown_binding_proves_nothing if {
	unknown := {"principal_type": "key_slot", "key_slot": {"custody": "service", "fingerprint_pinned": false}}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_unknown_custody_proves_nothing if {
	unknown := {"principal_type": "key_slot", "key_slot": {"authenticated_wrap": true, "fingerprint_pinned": true}}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_other_principals_are_not_judged if not applies({"principal_type": "token"})
