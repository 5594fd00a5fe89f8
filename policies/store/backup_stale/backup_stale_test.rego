package countersign.store.backup_stale_test

import data.countersign.store.backup_stale

applies(subject) if backup_stale.applicable with input as {"subject": subject} with data.params as params

proven(subject) if backup_stale.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := backup_stale.violations with input as {"subject": subject} with data.params as params
}

params := {"backup_stale": {"limit_days": 30, "grace_days": 7}}

kept(store_age, age) := {"own_records": ["upkeep"], "upkeep": {"store_age_days": store_age, "backup_age_days": age}}

never(store_age) := {"own_records": ["upkeep"], "upkeep": {"store_age_days": store_age}}

test_recent_is_compliant if {
	applies(kept(400, 30))
	proven(kept(400, 30))
	count(found(kept(400, 30))) == 0
}

test_old_violates if {
	found(kept(400, 31)) == {{
		"actual": 31,
		"expected": "at most 30 days",
		"message": "the last backup is 31 days old, the limit is 30 days",
	}}
	not proven(kept(400, 31))
}

test_never_violates if {
	{violation.actual | some violation in found(never(8))} == {"never"}
	not proven(never(8))
}

test_new_store_has_failed_nothing if {
	proven(never(7))
	count(found(never(7))) == 0
}

test_store_that_tells_nothing_is_not_applicable if not applies({"own_records": []})

test_unknown_upkeep_proves_nothing if {
	not proven({"own_records": ["upkeep"]})
	count(found({"own_records": ["upkeep"]})) == 0
}
