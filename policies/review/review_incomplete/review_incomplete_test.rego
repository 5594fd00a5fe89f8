package countersign.review.review_incomplete_test

import data.countersign.review.review_incomplete

applies(subject) if review_incomplete.applicable with input as {"subject": subject} with data.params as params

proven(subject) if review_incomplete.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in review_incomplete.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"review_incomplete": {"sign_off_days": 14}}

of(more) := object.union(
	{
		"state": "closed",
		"superseded": false,
		"item_count": 9,
		"undecided_count": 0,
		"unassigned_count": 0,
		"kept_count": 0,
		"population_complete": true,
		"population_gap_count": 0,
		"journal_verified": true,
		"signed_off": true,
		"acknowledged": true,
		"remediation_overdue_days": 0,
	},
	more,
)

running(more) := of(object.union({"state": "in_remediation", "signed_off": false, "acknowledged": false}, more))

test_closed_and_whole_is_compliant if {
	applies(of({}))
	proven(of({}))
	messages(of({})) == set()
}

test_undecided_violates if {
	messages(of({"undecided_count": 2})) == {"the review ended, and 2 of 9 items are decided by nobody"}
	not proven(of({"undecided_count": 2}))
}

test_kept_violates if {
	messages(of({"kept_count": 2})) == {"nobody answered, and a rule let the access be: 2 of 9 items"}
	not proven(of({"kept_count": 2}))
}

test_nobody_who_decides_violates if {
	open := of({"state": "in_review", "unassigned_count": 2, "undecided_count": 4})
	applies(open)
	messages(open) == {"items for which nobody could be found who decides: 2 of 9"}
	not proven(open)
}

test_a_population_with_gaps_violates if {
	short := of({"population_complete": false, "population_gap_count": 3})
	messages(short) == {"the population may lack access: gaps in what it was made of: 3"}
	not proven(short)
}

test_nobody_stands_for_it_violates if {
	messages(of({"signed_off": false})) == {"nobody signed the result off"}
	messages(of({"acknowledged": false})) == {"management did not acknowledge the result"}
	count(messages(running({"remediation_overdue_days": 15}))) == 2
	not proven(of({"signed_off": false}))
	not proven(of({"acknowledged": false}))
}

test_before_the_end_of_grace_nothing_is_said if {
	applies(running({}))
	silent(running({"remediation_overdue_days": 14}))
}

test_without_a_verified_journal_nothing_is_proven if silent(of({"journal_verified": false}))

test_a_review_of_nothing_proves_nothing if {
	applies(of({"item_count": 0}))
	silent(of({"item_count": 0}))
}

test_not_while_decisions_run if not applies(of({"state": "in_review"}))

test_not_of_what_a_later_campaign_replaced if not applies(of({"superseded": true}))
