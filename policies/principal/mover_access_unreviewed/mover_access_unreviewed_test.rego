package countersign.principal.mover_access_unreviewed_test

import data.countersign.principal.mover_access_unreviewed

applies(subject) if mover_access_unreviewed.applicable with input as {"subject": subject} with data.params as params

proven(subject) if mover_access_unreviewed.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in mover_access_unreviewed.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"mover_access_unreviewed": {"review_days": 14, "window_days": 365, "roster_days": 7}}

of(person) := {
	"traits": ["person_expected"],
	"person": object.union(
		{
			"person_id": "E-1",
			"email": "ada@example.com",
			"rule": "email",
			"status_from": "hr",
			"moves_told": true,
			"roster_age_days": 1,
		},
		person,
	),
}

moved(days, more) := object.union({"moved_age_days": days}, more)

test_whoever_stayed_is_compliant if {
	applies(of({}))
	proven(of({}))
	proven(of(moved(366, {})))
	messages(of(moved(366, {"reviews_told": true}))) == set()
}

test_a_reviewed_move_is_compliant if {
	proven(of(moved(20, {"reviewed_age_days": 19, "reviews_told": true})))
	messages(of(moved(20, {"reviewed_age_days": 19, "reviews_told": true}))) == set()
	proven(of(moved(5, {"reviewed_age_days": 4})))
}

test_an_unreviewed_move_violates if {
	expected := {"whoever is behind it (ada@example.com, by email) changed job or manager 20 days ago, and nobody reviewed its access since"}
	messages(of(moved(20, {"reviews_told": true}))) == expected
	messages(of(moved(20, {"reviewed_age_days": 20, "reviews_told": true}))) == expected
	not proven(of(moved(20, {"reviewed_age_days": 20, "reviews_told": true})))
}

test_what_is_not_known_proves_nothing if {
	silent(of(moved(14, {"reviews_told": true})))
	silent(of(moved(20, {})))
	silent(object.remove(of({}), ["person"]))
	silent(of({"moves_told": false}))
	silent(of({"status_from": "idp"}))
	silent(of(moved(20, {"status_from": "idp", "reviews_told": true})))
	silent(of({"roster_age_days": 8}))
}

test_not_of_what_nobody_is_expected_behind if {
	not applies(object.union(of({}), {"traits": []}))
}
