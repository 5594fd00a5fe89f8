package countersign.key.key_deletion_allowed_test

import data.countersign.key.key_deletion_allowed

applies(subject) if key_deletion_allowed.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_deletion_allowed.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_deletion_allowed.violations with input as {"subject": subject} with data.params as params
}

params := {}

key(deletable) := {"kind": "key", "deletion_allowed": deletable}

test_protected_key_is_compliant if {
	applies(key(false))
	proven(key(false))
	count(found(key(false))) == 0
}

test_deletable_key_violates if {
	count(found(key(true))) == 1
	not proven(key(true))
}

test_unknown_setting_proves_nothing if {
	not proven({"kind": "key"})
	count(found({"kind": "key"})) == 0
}

test_store_that_waits_before_it_deletes_is_compliant if {
	proven({"kind": "key", "traits": ["deletion_delayed"]})
	count(found({"kind": "key", "traits": ["deletion_delayed"]})) == 0
}
