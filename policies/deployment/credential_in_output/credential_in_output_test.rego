package countersign.deployment.credential_in_output_test

import data.countersign.deployment.credential_in_output

told(outputs) := {"deployment_type": "template", "outputs": outputs}

test_no_such_output_is_compliant if {
	credential_in_output.applicable with input.subject as told([])
	credential_in_output.compliant with input.subject as told([])
	count(credential_in_output.violations) == 0 with input.subject as told([])
}

test_each_such_output_violates if {
	some_outputs := [
		{"thing": "output a", "name": "a", "how": "list_function"},
		{"thing": "output b", "name": "b", "how": "secure_parameter"},
	]
	found := credential_in_output.violations with input.subject as told(some_outputs)
	{one.message | some one in found} == {
		"output a tells what a list function answers, and stays in the history of deployments",
		"output b tells the value of a secure parameter, and stays in the history of deployments",
	}
	not credential_in_output.compliant with input.subject as told(some_outputs)
}

test_script_that_is_given_one_violates if {
	some_outputs := [{"thing": "seed arguments", "name": "arguments", "how": "secure_parameter", "of": "seed"}]
	found := credential_in_output.violations with input.subject as told(some_outputs)
	{one.message | some one in found} == {"arguments of seed tells the value of a secure parameter to whoever may read that"}
}

test_nothing_else_is_judged if not credential_in_output.applicable with input.subject as {"deployment_type": "key_vault"}
