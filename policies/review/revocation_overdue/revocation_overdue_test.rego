package countersign.review.revocation_overdue_test

import data.countersign.review.revocation_overdue

applies(subject) if revocation_overdue.applicable with input as {"subject": subject} with data.params as params

proven(subject) if revocation_overdue.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in revocation_overdue.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {}

of(more) := {"revocations": object.union(
	{
		"count": 9,
		"overdue_count": 0,
		"unverifiable_overdue_count": 0,
		"sample": [],
	},
	more,
)}

left(state, due) := {"principal_id": "prod:ada", "state": state, "due": due, "overdue_days": 5}

late := of({"overdue_count": 2, "oldest_overdue_days": 5, "sample": [left("open", true), left("unverifiable", true), left("open", false)]})

test_nothing_overdue_is_compliant if {
	applies(of({}))
	proven(of({}))
	messages(of({})) == set()
}

test_overdue_violates if {
	messages(late) == {"past their due date and not known to be gone: 2 of 9 revocations, the oldest for 5 days: prod:ada and 1 more"}
	not proven(late)
}

test_what_cannot_be_verified_proves_nothing if silent(of({"unverifiable_overdue_count": 1}))

test_without_revocations_is_not_applicable if not applies(of({"count": 0}))
