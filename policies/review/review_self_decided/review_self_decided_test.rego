package countersign.review.review_self_decided_test

import data.countersign.review.review_self_decided

applies(subject) if review_self_decided.applicable with input as {"subject": subject} with data.params as params

proven(subject) if review_self_decided.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in review_self_decided.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {}

of(more) := object.union(
	{
		"superseded": false,
		"decision_count": 9,
		"self_decided_count": 0,
		"same_person_twice_count": 0,
		"journal_verified": true,
	},
	more,
)

test_decisions_of_others_are_compliant if {
	applies(of({}))
	proven(of({}))
	messages(of({})) == set()
}

test_own_access_violates if {
	messages(of({"self_decided_count": 1})) == {"decisions by whoever has the access: 1 of 9"}
	not proven(of({"self_decided_count": 1}))
}

test_one_person_twice_violates if {
	messages(of({"same_person_twice_count": 2})) == {"items on which one person decided twice: 2"}
	not proven(of({"same_person_twice_count": 2}))
}

test_without_a_verified_journal_nothing_is_proven if silent(of({"journal_verified": false}))

test_without_decisions_or_replaced_is_not_applicable if {
	not applies(of({"decision_count": 0}))
	not applies(of({"superseded": true}))
}
