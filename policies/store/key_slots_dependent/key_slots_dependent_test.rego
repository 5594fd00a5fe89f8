package countersign.store.key_slots_dependent_test

import data.countersign.store.key_slots_dependent

applies(subject) if key_slots_dependent.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_slots_dependent.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_slots_dependent.violations with input as {"subject": subject} with data.params as params
}

params := {"key_slots_dependent": {"min_kinds": 2}}

opened_by(count, types) := {"own_records": ["key_slot"], "key_slots": {"count": count, "recovery_count": 0, "types": types}}

test_two_kinds_are_compliant if {
	applies(opened_by(2, ["aws-kms", "passphrase"]))
	proven(opened_by(2, ["aws-kms", "passphrase"]))
	count(found(opened_by(2, ["aws-kms", "passphrase"]))) == 0
}

test_one_key_violates if {
	found(opened_by(1, ["passphrase"])) == {{
		"actual": "passphrase",
		"expected": "keys of at least 2 kinds",
		"message": "keys that open the store: 1, of kinds: passphrase",
	}}
	not proven(opened_by(1, ["passphrase"]))
}

test_two_keys_of_one_kind_violate if {
	count(found(opened_by(2, ["key-file"]))) == 1
	not proven(opened_by(2, ["key-file"]))
}

test_store_without_such_keys_is_not_applicable if not applies({"own_records": []})

test_unknown_keys_prove_nothing if {
	unknown := {"own_records": ["key_slot"]}
	not proven(unknown)
	count(found(unknown)) == 0
}
