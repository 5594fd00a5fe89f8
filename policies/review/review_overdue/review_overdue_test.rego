package countersign.review.review_overdue_test

import data.countersign.review.review_overdue

applies(subject) if review_overdue.applicable with input as {"subject": subject} with data.params as params

proven(subject) if review_overdue.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in review_overdue.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"review_overdue": {"grace_days": 0, "open_days": 14}}

of(more) := object.union(
	{"state": "in_review", "overdue": false, "overdue_days": 0, "ended_late": false, "ended_late_days": 0, "undecided_count": 3, "item_count": 9},
	more,
)

graced(subject) if {
	review_overdue.compliant with input as {"subject": subject}
		with data.params as {"review_overdue": {"grace_days": 3, "open_days": 14}}
}

test_in_time_is_compliant if {
	applies(of({"due_in_days": 0}))
	proven(of({"due_in_days": 0}))
	proven(of({"state": "created", "created_age_days": 14}))
	proven(of({"state": "in_remediation", "due_in_days": -9}))
	graced(of({"due_in_days": -2, "overdue": true, "overdue_days": 2}))
	not graced(of({"due_in_days": -3, "overdue": true, "overdue_days": 3}))
}

test_late_decisions_violate if {
	late := of({"due_in_days": -3, "overdue": true, "overdue_days": 2})
	messages(late) == {"decisions were due 2 days ago, and 3 of 9 items are not decided"}
	not proven(late)
}

test_hours_late_violates if count(messages(of({"due_in_days": -1, "overdue": true, "overdue_days": 0}))) == 1

test_never_opened_violates if {
	messages(of({"state": "created", "created_age_days": 15})) == {"made 15 days ago, and never opened: nobody is asked"}
	not proven(of({"state": "created", "created_age_days": 15}))
}

test_ended_late_violates if {
	late := of({"state": "in_remediation", "due_in_days": -9, "ended_late": true, "ended_late_days": 4})
	messages(late) == {"the review ended 4 days after its due date"}
	not proven(late)
}

test_without_dates_nothing_is_proven if {
	silent(of({}))
	silent(of({"state": "created"}))
	silent(of({"state": "in_remediation"}))
}

test_closed_is_not_applicable if not applies(of({"state": "closed"}))
