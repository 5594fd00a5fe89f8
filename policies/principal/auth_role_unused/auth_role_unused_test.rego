package countersign.principal.auth_role_unused_test

import data.countersign.principal.auth_role_unused

applies(subject) if auth_role_unused.applicable with input as {"subject": subject} with data.params as params

proven(subject) if auth_role_unused.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := auth_role_unused.violations with input as {"subject": subject} with data.params as params
}

params := {"auth_role_unused": {"grace_days": 90}}

role(tokens, seen, age) := {
	"principal_type": "auth_user",
	"live_token_count": tokens,
	"login_seen": seen,
	"created_age_days": age,
}

test_live_token_is_proof_of_use if {
	applies(role(1, true, 400))
	proven(role(1, true, 400))
	count(found(role(1, true, 400))) == 0
}

test_new_role_has_not_failed if {
	proven(role(0, false, 90))
	count(found(role(0, false, 90))) == 0
}

test_never_used_violates if {
	found(role(0, false, 91)) == {{
		"actual": "no login ever seen",
		"expected": "used within 90 days of being made",
		"message": "nobody ever came in through it, days since it was made: 91",
	}}
	not proven(role(0, false, 91))
}

test_login_at_some_time_proves_nothing if {
	not proven(role(0, true, 400))
	count(found(role(0, true, 400))) == 0
}

test_unknown_age_proves_nothing if {
	unknown := object.remove(role(0, false, 400), ["created_age_days"])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_unknown_logins_prove_nothing if {
	unknown := object.remove(role(0, false, 400), ["login_seen"])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_unknown_tokens_prove_nothing if {
	unknown := object.remove(role(0, false, 400), ["live_token_count"])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_entity_is_not_applicable if not applies({"principal_type": "entity"})
