package countersign.review.review_rubber_stamped_test

import data.countersign.review.review_rubber_stamped

applies(subject) if review_rubber_stamped.applicable with input as {"subject": subject} with data.params as params

proven(subject) if review_rubber_stamped.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in review_rubber_stamped.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {}

of(more) := {
	"decision_count": 90,
	"superseded": false,
	"reviewers": object.union({"count": 3, "decided_count": 3, "flagged_count": 0, "sample": []}, more),
}

stamped := of({"flagged_count": 1, "sample": [{"reviewer": "mia@example.com", "why": "60 decisions, 100 % of them certify"}]})

test_considered_decisions_are_compliant if {
	applies(of({}))
	proven(of({}))
	messages(of({})) == set()
}

test_rubber_stamping_violates if {
	messages(stamped) == {"reviewers who certified as if by rubber stamp: 1 of 3: mia@example.com (60 decisions, 100 % of them certify)"}
	not proven(stamped)
}

test_without_reviewers_nothing_is_proven if silent(of({"count": 0, "decided_count": 0}))

test_without_decisions_or_replaced_is_not_applicable if {
	not applies(object.union(of({}), {"decision_count": 0}))
	not applies(object.union(of({}), {"superseded": true}))
}
