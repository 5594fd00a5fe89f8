package countersign.estate.rotation_risk_inverted_test

import data.countersign.estate.rotation_risk_inverted

applies(subject) if rotation_risk_inverted.applicable with input as {"subject": subject} with data.params as params

proven(subject) if rotation_risk_inverted.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := rotation_risk_inverted.violations with input as {"subject": subject} with data.params as params
}

params := {}

medians(by_tier) := {"median_value_age_days_by_tier": by_tier}

test_riskiest_rotated_best_is_compliant if {
	calm := medians({"critical": 20, "standard": 400, "low": 200})
	applies(calm)
	proven(calm)
	count(found(calm)) == 0
}

test_equal_ages_are_compliant if proven(medians({"high": 60, "low": 60}))

test_inverted_ages_violate if {
	inverted := medians({"high": 300, "standard": 10, "low": 40.5})
	{violation.message | some violation in found(inverted)} == {"the median age of high values is 300 days, that of low values 40.5 days"}
	not proven(inverted)
}

test_one_tier_is_not_applicable if not applies(medians({"critical": 20}))

test_unknown_tiers_prove_nothing if {
	strange := medians({"gold": 1, "silver": 2})
	not proven(strange)
	count(found(strange)) == 0
}
