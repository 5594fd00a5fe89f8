package countersign.secret.owner_or_tier_missing_test

import data.countersign.secret.owner_or_tier_missing

applies(subject) if owner_or_tier_missing.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if owner_or_tier_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := owner_or_tier_missing.violations with input as {"subject": subject} with data.params as params
}

params := {}

complete := {"kind": "secret", "owner": "payments", "tier": "high"}

test_owned_and_tiered_is_compliant if {
	applies(complete)
	proven(complete)
	count(found(complete)) == 0
}

test_missing_owner_violates if {
	unowned := object.remove(complete, ["owner"])
	{violation.expected | some violation in found(unowned)} == {"an owner"}
	not proven(unowned)
}

test_empty_owner_is_no_owner if {
	unowned := object.union(complete, {"owner": ""})
	count(found(unowned)) == 1
	not proven(unowned)
}

test_missing_tier_violates if {
	untiered := object.remove(complete, ["tier"])
	count(found(untiered)) == 1
	not proven(untiered)
}

test_a_label_that_is_no_tier_is_named if {
	untiered := object.union(object.remove(complete, ["tier"]), {"unusable_labels": {"tier": "tier=1"}})
	found(untiered) == {{
		"actual": "label: tier=1",
		"expected": "a tier: critical, high, standard or low",
		"message": "its label tier=1 names no tier (known: critical, high, standard, low), and no rule gives the secret one of the tiers critical, high, standard and low; `tiers: [{ tier: high, when: { label: { tier: \"1\" } } }]` in countersign.yaml says which one it is",
	}}
}

test_no_label_is_told_so if {
	{violation.actual | some violation in found({"kind": "secret"})} == {"none"}
}

test_a_label_that_is_no_owner_is_named if {
	unowned := object.union(object.remove(complete, ["owner"]), {"unusable_labels": {"owner": "team=tbd"}})
	{violation.actual | some violation in found(unowned)} == {"label: team=tbd"}
}

test_undecided_is_neither_there_nor_missing if {
	some name in ["owner", "tier"]
	unknown := object.union(complete, {"undecided": [name]})
	not proven(unknown)
	count(found(unknown)) == 0
	count(found(object.remove(unknown, [name]))) == 0
}

test_both_are_reported if count(found({"kind": "secret"})) == 2

test_traits_that_leave_it_out if {
	applies({"kind": "secret"})
	not applies(object.union({"kind": "secret"}, {"traits": ["configuration"]}))
}
