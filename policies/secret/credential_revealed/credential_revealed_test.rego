package countersign.secret.credential_revealed_test

import data.countersign.secret.credential_revealed

applies(subject) if credential_revealed.applicable with input as {"subject": subject} with data.params as params

proven(subject) if credential_revealed.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := credential_revealed.violations with input as {"subject": subject} with data.params as params
}

params := {"credential_revealed": {"lookback_days": 30}}

used(use) := {"value_age_days": 200, "store": {"own_records": ["access_log"]}, "use": use}

shown(days) := used({"read_count": 9, "reveal_count": 1, "last_revealed_age_days": days, "last_revealed_by": "ada@build-7"})

test_never_shown_is_compliant if {
	applies(used({"read_count": 9, "reveal_count": 0}))
	proven(used({"read_count": 9, "reveal_count": 0}))
	count(found(used({"read_count": 9, "reveal_count": 0}))) == 0
}

test_shown_long_ago_is_compliant if {
	proven(shown(31))
	count(found(shown(31))) == 0
}

test_shown_lately_violates if {
	found(shown(30)) == {{
		"actual": 30,
		"expected": "not within 30 days, or a new value since",
		"message": "shown to ada@build-7, 30 days ago; times in all: 1",
	}}
	not proven(shown(30))
}

test_new_value_since_is_compliant if {
	renewed := object.union(shown(10), {"value_age_days": 9})
	proven(renewed)
	count(found(renewed)) == 0
}

test_store_without_a_log_is_not_applicable if not applies({"store": {"own_records": []}})

test_unknown_use_proves_nothing if {
	unknown := {"store": {"own_records": ["access_log"]}}
	not proven(unknown)
	count(found(unknown)) == 0
}
