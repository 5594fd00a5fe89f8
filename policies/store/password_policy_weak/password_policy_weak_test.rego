package countersign.store.password_policy_weak_test

import data.countersign.store.password_policy_weak

applies(subject) if password_policy_weak.applicable with input as {"subject": subject} with data.params as params

proven(subject) if password_policy_weak.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := password_policy_weak.violations with input as {"subject": subject} with data.params as params
}

params := {"password_policy_weak": {"min_bits": 80, "min_length": 15}}

making(lengths) := {
	"kind": "store",
	"password_policies": [{"path": sprintf("sys/policies/password/of-%d", [length]), "length": length, "bits": length * 6} | some length in lengths],
}

test_long_passwords_are_compliant if {
	applies(making([15, 32]))
	proven(making([15, 32]))
	count(found(making([15, 32]))) == 0
}

test_short_passwords_violate if {
	found(making([14, 32])) == {{
		"actual": 14,
		"expected": "at least 15 characters",
		"message": "makes passwords of 14 characters, the least is 15: sys/policies/password/of-14",
	}}
	not proven(making([14, 32]))
}

test_unknown_length_proves_nothing if {
	unknown := {"kind": "store", "password_policies": [{"path": "sys/policies/password/odd"}]}
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_few_characters_violate if {
	digits := {"kind": "store", "password_policies": [{"path": "sys/policies/password/pin", "length": 20, "bits": 66}]}
	found(digits) == {{
		"actual": 66,
		"expected": "at least 80 bits of entropy",
		"message": "makes passwords of 66 bits, the least is 80: sys/policies/password/pin",
	}}
	not proven(digits)
}

test_unknown_characters_prove_nothing if {
	unknown := {"kind": "store", "password_policies": [{"path": "sys/policies/password/odd", "length": 20}]}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_a_short_password_is_told_once if {
	short := {"kind": "store", "password_policies": [{"path": "sys/policies/password/pin", "length": 4, "bits": 13}]}
	count(found(short)) == 1
}

test_store_without_policies_is_not_applicable if not applies(making([]))
