package countersign.estate.inventory_unclassified_test

import data.countersign.estate.inventory_unclassified

applies(subject) if inventory_unclassified.applicable with input as {"subject": subject} with data.params as params

proven(subject) if inventory_unclassified.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := inventory_unclassified.violations with input as {"subject": subject} with data.params as params
}

params := {"inventory_unclassified": {"limit_percent": 5}}

inventory(unowned, untiered) := {
	"secret_count": 200,
	"unowned_secret_count": unowned,
	"untiered_secret_count": untiered,
	"owner_undecided_secret_count": 0,
	"tier_undecided_secret_count": 0,
}

test_what_could_not_be_decided_proves_nothing if {
	some name in ["owner_undecided_secret_count", "tier_undecided_secret_count"]
	unknown := object.union(inventory(0, 0), {name: 11})
	not proven(unknown)
	count(found(unknown)) == 0
}

test_share_at_the_bound_is_compliant if {
	applies(inventory(10, 10))
	proven(inventory(10, 10))
	count(found(inventory(10, 10))) == 0
}

test_too_many_without_an_owner_violate if {
	{violation.message | some violation in found(inventory(11, 0))} == {"secrets without an owner: 11 of 200"}
	not proven(inventory(11, 0))
}

test_too_many_without_a_tier_violate if {
	{violation.message | some violation in found(inventory(0, 200))} == {"secrets without a tier: 200 of 200"}
	not proven(inventory(0, 200))
}

test_estate_without_secrets_is_not_applicable if not applies({"secret_count": 0})
