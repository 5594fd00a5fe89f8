package countersign.certificate.certificate_life_long_test

import data.countersign.certificate.certificate_life_long

applies(subject) if certificate_life_long.applicable with input as {"subject": subject} with data.params as params

proven(subject) if certificate_life_long.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := certificate_life_long.violations with input as {"subject": subject} with data.params as params
}

params := {"certificate_life_long": {"limit_days": 398}}

lasting(days) := {"is_ca": false, "revoked": false, "expires_in_days": 3, "lifetime_days": days}

test_life_within_the_limit_is_compliant if {
	applies(lasting(398))
	proven(lasting(398))
	count(found(lasting(398))) == 0
}

test_longer_life_violates if {
	{violation.message | some violation in found(lasting(1825))} == {"issued for 1825 days, the limit is 398"}
	not proven(lasting(1825))
}

test_authority_revoked_or_ended_is_not_applicable if {
	every own in [{"is_ca": true}, {"revoked": true}, {"expires_in_days": -1}] {
		not applies(object.union(lasting(1825), own))
	}
}
