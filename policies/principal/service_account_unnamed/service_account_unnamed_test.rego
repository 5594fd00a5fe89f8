package countersign.principal.service_account_unnamed_test

import data.countersign.principal.service_account_unnamed

applies(subject) if service_account_unnamed.applicable with input as {"subject": subject} with data.params as params

proven(subject) if service_account_unnamed.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := service_account_unnamed.violations with input as {"subject": subject} with data.params as params
}

params := {}

role(takes_any) := {"vouched_by": "cluster", "takes_any": takes_any, "policies": ["default", "pay"]}

test_role_with_both_halves_is_compliant if {
	applies(role([]))
	proven(role([]))
	count(found(role([]))) == 0
}

test_either_half_violates if {
	expected := {
		"namespace": "a service account of the right name in any namespace gets a token with 1 policy: pay",
		"service_account_name": "any service account of the namespace gets a token with 1 policy: pay",
	}
	every half, message in expected {
		{violation.message | some violation in found(role([half]))} == {message}
		not proven(role([half]))
	}
}

test_role_that_gives_nothing_is_compliant if {
	empty := object.union(role(["namespace"]), {"policies": ["default"]})
	proven(empty)
	count(found(empty)) == 0
}

test_role_for_everyone_is_not_applicable if not applies(role(["namespace", "service_account_name"]))

test_other_methods_are_not_applicable if {
	every vouched_by in ["authority", "issuer", "other"] {
		not applies(object.union(role([]), {"vouched_by": vouched_by}))
	}
}
