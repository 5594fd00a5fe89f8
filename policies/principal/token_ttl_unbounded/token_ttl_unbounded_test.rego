package countersign.principal.token_ttl_unbounded_test

import data.countersign.principal.token_ttl_unbounded

applies(subject) if token_ttl_unbounded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if token_ttl_unbounded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := token_ttl_unbounded.violations with input as {"subject": subject} with data.params as params
}

params := {"token_ttl_unbounded": {"limit_s": 86400}}

living(seconds) := {"principal_type": "auth_role", "token_max_ttl_s": seconds}

ending(seconds, end) := object.union(living(seconds), {"token_explicit_max_ttl_s": end})

test_bounded_token_is_compliant if {
	applies(living(86400))
	proven(living(86400))
	count(found(living(86400))) == 0
}

test_long_life_violates if {
	{violation.actual | some violation in found(living(86401))} == {86401}
	not proven(living(86401))
}

test_long_life_with_an_early_end_is_compliant if {
	proven(ending(86401, 3600))
	count(found(ending(86401, 3600))) == 0
}

test_endless_life_violates if {
	{violation.actual | some violation in found(living(0))} == {"no limit"}
	{violation.actual | some violation in found(ending(0, 0))} == {"no limit"}
	not proven(living(0))
}

test_periodic_token_with_an_end_is_compliant if {
	proven(ending(0, 86400))
	count(found(ending(0, 86400))) == 0
}

test_periodic_token_with_a_late_end_violates if {
	{violation.actual | some violation in found(ending(0, 90000))} == {90000}
	not proven(ending(0, 90000))
}

test_entity_is_not_applicable if not applies({"principal_type": "entity"})

test_unknown_limits_prove_nothing if {
	not proven({"principal_type": "auth_role"})
	count(found({"principal_type": "auth_role"})) == 0
}
