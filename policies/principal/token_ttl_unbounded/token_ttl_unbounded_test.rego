package countersign.principal.token_ttl_unbounded_test

import data.countersign.principal.token_ttl_unbounded

applies(subject) if token_ttl_unbounded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if token_ttl_unbounded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := token_ttl_unbounded.violations with input as {"subject": subject} with data.params as params
}

params := {"token_ttl_unbounded": {"limit_s": 86400}}

living(seconds) := {
	"principal_type": "auth_role",
	"token_max_ttl_s": seconds,
	"token_max_ttl_source": "role",
	"held_token_count": 0,
}

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

test_long_life_that_something_unread_may_cut_proves_nothing if {
	perhaps := object.remove(living(86401), ["token_max_ttl_source"])
	not proven(perhaps)
	count(found(perhaps)) == 0
	proven(object.remove(living(86400), ["token_max_ttl_source"]))
}

test_entity_without_tokens_is_not_applicable if not applies({"principal_type": "entity", "held_token_count": 0})

holding(own) := {
	"principal_type": "entity",
	"held_token_count": 12,
	"held_tokens": object.union(
		{
			"endless_count": 0,
			"unknown_life_count": 0,
			"longest_life_s": 86400,
			"sample": [{"accessor": "a1", "life_s": 86400}],
		},
		own,
	),
}

test_entity_with_bounded_tokens_is_compliant if {
	applies(holding({}))
	proven(holding({}))
	count(found(holding({}))) == 0
}

test_entity_with_endless_tokens_violates if {
	endless := holding({
		"endless_count": 2,
		"sample": [{"accessor": "p1", "life_s": 0}, {"accessor": "p2", "life_s": 0}, {"accessor": "a1", "life_s": 86400}],
	})
	found(endless) == {{
		"actual": "2 of 12 live tokens without end",
		"expected": "at most 86400 seconds",
		"message": "live tokens that may be renewed for ever: 2 of 12, by accessor p1, p2",
	}}
	not proven(endless)
}

test_entity_with_long_tokens_violates if {
	{violation.actual | some violation in found(holding({"longest_life_s": 86401}))} == {86401}
	not proven(holding({"longest_life_s": 86401}))
}

test_tokens_of_unknown_life_prove_nothing if {
	unknown := holding({"unknown_life_count": 1})
	not proven(unknown)
	count(found(unknown)) == 0
	{violation.actual | some violation in found(holding({"unknown_life_count": 1, "endless_count": 1}))} == {"1 of 12 live tokens without end"}
}

test_unknown_limits_prove_nothing if {
	not proven({"principal_type": "auth_role"})
	count(found({"principal_type": "auth_role"})) == 0
}
