package countersign.store.restore_untested_test

import data.countersign.store.restore_untested

applies(subject) if restore_untested.applicable with input as {"subject": subject} with data.params as params

proven(subject) if restore_untested.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := restore_untested.violations with input as {"subject": subject} with data.params as params
}

params := {"restore_untested": {"limit_days": 365, "grace_days": 30}}

kept(store_age, age) := {"own_records": ["upkeep"], "upkeep": {"store_age_days": store_age, "restore_test_age_days": age}}

never(store_age) := {"own_records": ["upkeep"], "upkeep": {"store_age_days": store_age}}

test_recent_is_compliant if {
	applies(kept(400, 365))
	proven(kept(400, 365))
	count(found(kept(400, 365))) == 0
}

test_old_violates if {
	found(kept(400, 366)) == {{
		"actual": 366,
		"expected": "at most 365 days",
		"message": "the last restore test is 366 days old, the limit is 365 days",
	}}
	not proven(kept(400, 366))
}

test_never_violates if {
	{violation.actual | some violation in found(never(31))} == {"never"}
	not proven(never(31))
}

test_new_store_has_failed_nothing if {
	proven(never(30))
	count(found(never(30))) == 0
}

test_store_that_tells_nothing_is_not_applicable if not applies({"own_records": []})

test_unknown_upkeep_proves_nothing if {
	not proven({"own_records": ["upkeep"]})
	count(found({"own_records": ["upkeep"]})) == 0
}
