package countersign.store.key_slots_dependent_test

import data.countersign.store.key_slots_dependent

applies(subject) if key_slots_dependent.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_slots_dependent.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_slots_dependent.violations with input as {"subject": subject} with data.params as params
}

params := {"key_slots_dependent": {"min_kinds": 2}}

opened_by(count, types) := {"own_records": ["key_slot"], "key_slots": {"count": count, "recovery_count": 0, "shut_count": 0, "types": types, "proven_types": types}}

with_slots(own) := object.union(opened_by(2, ["key-file", "passphrase"]), {"key_slots": own})

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

test_a_key_that_does_not_open_its_slot_is_none if {
	found(with_slots({"count": 1, "shut_count": 1, "types": ["passphrase"], "proven_types": ["passphrase"]})) == {{
		"actual": "passphrase",
		"expected": "keys of at least 2 kinds",
		"message": "keys that open the store: 1, of kinds: passphrase; slots that their own key does not open: 1",
	}}
}

test_a_key_that_was_not_seen_to_open_proves_nothing if {
	unseen := with_slots({"proven_types": ["key-file"]})
	not proven(unseen)
	count(found(unseen)) == 0
}

test_store_without_such_keys_is_not_applicable if not applies({"own_records": []})

test_unknown_keys_prove_nothing if {
	unknown := {"own_records": ["key_slot"]}
	not proven(unknown)
	count(found(unknown)) == 0
}
