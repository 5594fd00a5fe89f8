package countersign.principal.secret_id_unbounded_test

import data.countersign.principal.secret_id_unbounded

applies(subject) if secret_id_unbounded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if secret_id_unbounded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := secret_id_unbounded.violations with input as {"subject": subject} with data.params as params
}

params := {"secret_id_unbounded": {"limit_s": 86400, "limit_uses": 1000}}

bound(seconds, uses) := {"bounds": ["bind_secret_id"], "secret_id_ttl_s": seconds, "secret_id_num_uses": uses}

test_bounded_life_is_compliant if {
	applies(bound(86400, 0))
	proven(bound(86400, 0))
	count(found(bound(86400, 0))) == 0
}

test_bounded_uses_are_compliant if {
	proven(bound(0, 1))
	count(found(bound(0, 1))) == 0
}

test_endless_secret_id_violates if {
	{violation.actual | some violation in found(bound(0, 0))} == {"no end and any number of uses"}
	not proven(bound(0, 0))
}

test_long_life_violates if {
	{violation.actual | some violation in found(bound(86401, 0))} == {86401}
	not proven(bound(86401, 0))
}

test_role_without_secret_ids_is_not_applicable if not applies({"bounds": ["bound_claims.aud"]})

test_unset_life_is_endless if {
	unset := {"bounds": ["bind_secret_id"], "secret_id_num_uses": 0}
	{violation.actual | some violation in found(unset)} == {"no end and any number of uses"}
}

test_unknown_limits_prove_nothing if {
	not proven({"bounds": ["bind_secret_id"]})
	count(found({"bounds": ["bind_secret_id"]})) == 0
}

test_more_uses_than_bound_anything_violate if {
	{violation.actual | some violation in found(bound(0, 1001))} == {1001}
	not proven(bound(0, 1001))
	{violation.actual | some violation in found(bound(86401, 1001))} == {1001}
}

test_many_uses_within_a_bounded_life_are_compliant if {
	proven(bound(86400, 1001))
	count(found(bound(86400, 1001))) == 0
}
