package countersign.store.access_log_incomplete_test

import data.countersign.store.access_log_incomplete

applies(subject) if access_log_incomplete.applicable with input as {"subject": subject} with data.params as params

proven(subject) if access_log_incomplete.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := access_log_incomplete.violations with input as {"subject": subject} with data.params as params
}

params := {"access_log_incomplete": {"grace_days": 1, "lookback_days": 90}}

ended(count, ends) := {"own_records": ["access_log"], "access_log": {"loose_end_count": count, "loose_ends": ends}}

end(days) := {"path": "vault/log/a.jsonl", "code": "unledgered", "age_days": days}

test_whole_log_is_compliant if {
	applies(ended(0, []))
	proven(ended(0, []))
	count(found(ended(0, []))) == 0
}

test_open_session_and_what_is_long_ago_are_compliant if {
	proven(ended(2, [end(0), end(91)]))
	count(found(ended(2, [end(0), end(91)]))) == 0
}

test_recent_loose_end_violates if {
	found(ended(1, [end(1)])) == {{
		"actual": "unledgered",
		"expected": "known to the ledger, and there",
		"message": "vault/log/a.jsonl: unledgered, 1 day ago",
	}}
	not proven(ended(1, [end(1)]))
}

test_more_than_are_named_prove_nothing if not proven(ended(2, [end(0)]))

test_end_without_an_age_proves_nothing if {
	undated := {"path": "vault/log/a.jsonl", "code": "lost"}
	not proven(ended(1, [undated]))
	count(found(ended(1, [undated]))) == 0
}

test_store_without_a_log_is_not_applicable if not applies({"own_records": []})

test_unknown_ends_prove_nothing if {
	unknown := {"own_records": ["access_log"], "access_log": {"loose_ends": []}}
	not proven(unknown)
	count(found(unknown)) == 0
}
