package countersign.review.revoked_still_reachable_test

import data.countersign.review.revoked_still_reachable

applies(subject) if revoked_still_reachable.applicable with input as {"subject": subject} with data.params as params

proven(subject) if revoked_still_reachable.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in revoked_still_reachable.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {}

of(more) := {"revocations": object.union(
	{
		"count": 9,
		"removed_count": 9,
		"still_reachable_count": 0,
		"still_reachable_overdue_count": 0,
		"unverifiable_count": 0,
		"overdue_count": 0,
		"sample": [],
	},
	more,
)}

left(paths, due) := {"principal_id": "prod:ada", "state": "still_reachable", "due": due, "remaining": paths}

kept := of({
	"still_reachable_count": 2,
	"still_reachable_overdue_count": 1,
	"overdue_count": 1,
	"sample": [left(["the group ops"], true), left(["another"], false)],
})

test_gone_is_compliant if {
	applies(of({}))
	proven(of({}))
	messages(of({})) == set()
}

test_a_path_that_is_left_violates if {
	messages(kept) == {"revoked, and still there after the due date: 1 of 9 revocations: prod:ada through the group ops"}
	not proven(kept)
}

test_a_path_without_a_name_violates if {
	unnamed := of({"still_reachable_count": 1, "still_reachable_overdue_count": 1, "sample": [left([], true)]})
	messages(unnamed) == {"revoked, and still there after the due date: 1 of 9 revocations: prod:ada through a path that is not named"}
}

test_before_the_due_date_nothing_is_said if silent(of({"still_reachable_count": 1, "sample": [left(["the group ops"], false)]}))

test_what_is_not_known_proves_nothing if {
	silent(of({"unverifiable_count": 1}))
	silent(of({"removed_count": 0, "overdue_count": 1}))
	applies(of({"removed_count": 0, "overdue_count": 1}))
}

test_before_any_comparison_is_not_applicable if not applies(of({"removed_count": 0}))
