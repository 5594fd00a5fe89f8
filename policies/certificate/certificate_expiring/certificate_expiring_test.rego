package countersign.certificate.certificate_expiring_test

import data.countersign.certificate.certificate_expiring

applies(subject) if certificate_expiring.applicable with input as {"subject": subject} with data.params as params

proven(subject) if certificate_expiring.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := certificate_expiring.violations with input as {"subject": subject} with data.params as params
}

params := {"certificate_expiring": {"removed_within_days": 3, "renew_before_days": 30}}

ending(days, lifetime) := {"revoked": false, "expires_in_days": days, "lifetime_days": lifetime}

test_time_to_spare_is_compliant if {
	applies(ending(30, 365))
	proven(ending(30, 365))
	count(found(ending(30, 365))) == 0
}

test_short_life_needs_a_third if {
	proven(ending(3, 9))
	not proven(ending(2, 9))
}

test_end_in_sight_violates if {
	found(ending(29, 365)) == {{
		"actual": 29,
		"expected": "at least 30 days left",
		"message": "days left: 29, asked for: 30",
	}}
	not proven(ending(29, 365))
}

test_expired_certificate_violates if {
	past(0, 365) == {"expired and still in the store, days past its end: 0"}
	past(1, 8) == {"expired and still in the store, days past its end: 1"}
	not proven(ending(-1, 365))
}

past(days, lifetime) := {violation.message | some violation in found(ending(0 - (days + 1), lifetime))}

test_short_lived_certificate_may_end if {
	past(0, 0) == set()
	past(2, 7) == set()
	proven(ending(-1, 0))
	past(3, 7) == {"expired and still in the store, days past its end: 3"}
	not proven(ending(-4, 7))
}

test_unknown_life_has_no_grace if {
	unknown := {"revoked": false, "expires_in_days": -1}
	count(found(unknown)) == 1
	not proven(unknown)
}

test_revoked_certificate_is_not_applicable if not applies({"revoked": true})
