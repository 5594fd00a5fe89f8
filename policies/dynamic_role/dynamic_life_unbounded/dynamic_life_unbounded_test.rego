package countersign.dynamic_role.dynamic_life_unbounded_test

import data.countersign.dynamic_role.dynamic_life_unbounded

applies(subject) if dynamic_life_unbounded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if dynamic_life_unbounded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := dynamic_life_unbounded.violations with input as {"subject": subject} with data.params as params
}

params := {"dynamic_life_unbounded": {"limit_hours": 24}}

lasting(seconds) := {"kind": "dynamic_role", "max_life_s": seconds, "max_life_source": "server"}

of_the_role_alone(seconds) := object.remove(lasting(seconds), ["max_life_source"])

test_short_life_is_compliant if {
	every one in [lasting(86400), lasting(60), of_the_role_alone(86400)] {
		applies(one)
		proven(one)
		count(found(one)) == 0
	}
}

test_long_life_violates if {
	found(lasting(86401)) == {{
		"actual": 25,
		"expected": "at most 24 hours",
		"message": "credentials may live for 25 hours by the limit of the server, the limit is 24",
	}}
	not proven(lasting(86401))
}

test_limit_below_which_another_may_lie_proves_nothing if {
	perhaps := of_the_role_alone(86401)
	not proven(perhaps)
	count(found(perhaps)) == 0
}

test_unread_limit_proves_nothing if {
	every unknown in [{"kind": "dynamic_role"}, lasting(0)] {
		applies(unknown)
		not proven(unknown)
		count(found(unknown)) == 0
	}
}
