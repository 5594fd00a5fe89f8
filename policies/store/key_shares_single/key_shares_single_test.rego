package countersign.store.key_shares_single_test

import data.countersign.store.key_shares_single

applies(subject) if key_shares_single.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if key_shares_single.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_shares_single.violations with input as {"subject": subject} with data.params as params
}

params := {"key_shares_single": {"min_threshold": 2}}

split_into(shares, threshold) := {
	"kind": "store",
	"auto_unseal": false,
	"key_shares": shares,
	"key_threshold": threshold,
}

test_several_shares_are_compliant if {
	applies(split_into(5, 3))
	proven(split_into(5, 3))
	count(found(split_into(5, 3))) == 0
}

test_auto_unseal_is_compliant if {
	automatic := {"kind": "store", "auto_unseal": true, "key_shares": 1, "key_threshold": 1}
	proven(automatic)
	count(found(automatic)) == 0
}

test_single_share_violates if {
	found(split_into(1, 1)) == {{
		"actual": "1 of 1",
		"expected": "a threshold of at least 2",
		"message": "shares that must come together: 1 of 1",
	}}
	not proven(split_into(1, 1))
}

test_threshold_of_one_violates if {
	count(found(split_into(5, 1))) == 1
	not proven(split_into(5, 1))
}

test_unknown_seal_proves_nothing if {
	unknown := object.remove(split_into(1, 1), ["auto_unseal"])
	not proven(unknown)
	count(found(unknown)) == 0
	not proven({"kind": "store", "auto_unseal": false})
	count(found({"kind": "store", "auto_unseal": false})) == 0
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "absent_features": []})
	not applies({"kind": "store", "absent_features": ["seal_shares"]})
}
