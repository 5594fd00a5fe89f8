package countersign.certificate_role.certificate_life_unbounded_test

import data.countersign.certificate_role.certificate_life_unbounded

applies(subject) if certificate_life_unbounded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if certificate_life_unbounded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := certificate_life_unbounded.violations with input as {"subject": subject} with data.params as params
}

params := {"certificate_life_unbounded": {"limit_days": 100}}

lasting(seconds) := {"kind": "certificate_role", "max_life_s": seconds, "max_life_source": "mount"}

fixed(days) := object.union(lasting(86400), {"fixed_end_in_days": days})

test_limit_within_is_compliant if {
	every one in [lasting(8640000), lasting(3600), fixed(100), fixed(-5)] {
		applies(one)
		proven(one)
		count(found(one)) == 0
	}
}

test_longer_limit_violates if {
	messages := {violation.message | some violation in found(lasting(8640001))}
	messages == {"certificates may live for 101 days by the limit of the mount, the limit is 100"}
	not proven(lasting(8640001))
}

test_later_fixed_end_violates_whatever_the_limit if {
	messages := {violation.message | some violation in found(fixed(3000))}
	messages == {"every certificate ends in 3000 days, whenever it is issued, the limit is 100"}
	not proven(fixed(3000))
}

test_unread_limit_proves_nothing if {
	unknown := {"kind": "certificate_role"}
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}
