package countersign.principal.disabled_still_granted_test

import data.countersign.principal.disabled_still_granted

applies(subject) if disabled_still_granted.applicable with input as {"subject": subject} with data.params as params

proven(subject) if disabled_still_granted.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := disabled_still_granted.violations with input as {"subject": subject} with data.params as params
}

params := {}

entity(disabled, policies, tokens) := {
	"principal_type": "entity",
	"disabled": disabled,
	"policies": policies,
	"login_policies": [],
	"group_policies": [],
	"live_token_count": tokens,
}

test_enabled_principal_is_compliant if {
	applies(entity(false, ["app"], 3))
	proven(entity(false, ["app"], 3))
	count(found(entity(false, ["app"], 3))) == 0
}

test_disabled_and_empty_is_compliant if {
	proven(entity(true, [], 0))
	count(found(entity(true, [], 0))) == 0
}

test_disabled_with_policies_violates if {
	found(entity(true, ["app"], 0)) == {{
		"actual": "app",
		"expected": "no policies",
		"message": "disabled, and still has 1 policy: app",
	}}
	not proven(entity(true, ["app"], 0))
}

test_disabled_with_tokens_violates if {
	{violation.expected | some violation in found(entity(true, [], 2))} == {"no live token"}
	not proven(entity(true, [], 2))
}

test_disabled_with_a_user_that_has_policies_violates if {
	user := object.union(entity(true, [], 0), {"login_policies": ["app", "db"]})
	found(user) == {{
		"actual": "app, db",
		"expected": "no policies of its users and roles",
		"message": "disabled, and its users or roles still have 2 policies: app, db",
	}}
	not proven(user)
}

test_disabled_in_a_group_that_has_policies_violates if {
	member := object.union(entity(true, [], 0), {"group_policies": ["ops"]})
	found(member) == {{
		"actual": "ops",
		"expected": "no policies of its groups",
		"message": "disabled, and its groups still give it 1 policy: ops",
	}}
	not proven(member)
}

test_unknown_users_and_groups_prove_nothing if {
	every field in ["login_policies", "group_policies"] {
		unknown := object.remove(entity(true, [], 0), [field])
		not proven(unknown)
		count(found(unknown)) == 0
	}
}

test_role_is_not_applicable if not applies({"principal_type": "auth_role"})

test_unknown_state_proves_nothing if {
	unknown := {"principal_type": "entity", "policies": ["app"]}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_unknown_tokens_prove_nothing if {
	unknown := object.remove(entity(true, [], 0), ["live_token_count"])
	not proven(unknown)
	count(found(unknown)) == 0
}
