package countersign.deployment.everyone_let_in_test

import data.countersign.deployment.everyone_let_in

given(is_conditional) := {
	"deployment_type": "public_grant",
	"grant": {"role": "roles/secretmanager.secretAccessor", "is_conditional": is_conditional},
}

test_everyone_violates if {
	everyone_let_in.applicable with input.subject as given(false)
	not everyone_let_in.compliant with input.subject as given(false)
	found := everyone_let_in.violations with input.subject as given(false)
	{one.message | some one in found} == {"everyone is given roles/secretmanager.secretAccessor"}
}

test_condition_leaves_it_open if {
	not everyone_let_in.compliant with input.subject as given(true)
	count(everyone_let_in.violations) == 0 with input.subject as given(true)
}

test_nobody_is_compliant if {
	everyone_let_in.compliant with input.subject as {"deployment_type": "public_grant"}
	count(everyone_let_in.violations) == 0 with input.subject as {"deployment_type": "public_grant"}
}

test_nothing_else_is_judged if not everyone_let_in.applicable with input.subject as {"deployment_type": "vault_grant"}
