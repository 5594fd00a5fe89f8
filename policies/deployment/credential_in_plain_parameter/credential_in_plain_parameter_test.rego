package countersign.deployment.credential_in_plain_parameter_test

import data.countersign.deployment.credential_in_plain_parameter

told(parameters) := {"deployment_type": "template", "plain_parameters": parameters}

test_no_such_parameter_is_compliant if {
	credential_in_plain_parameter.applicable with input.subject as told([])
	credential_in_plain_parameter.compliant with input.subject as told([])
	count(credential_in_plain_parameter.violations) == 0 with input.subject as told([])
}

test_each_such_parameter_violates if {
	parameters := [
		{"thing": "parameter a", "name": "a", "feeds": "db.value"},
		{"thing": "parameter b", "name": "b", "feeds": "web.password"},
	]
	found := credential_in_plain_parameter.violations with input.subject as told(parameters)
	{one.message | some one in found} == {
		"parameter a is kept in the clear, and feeds db.value",
		"parameter b is kept in the clear, and feeds web.password",
	}
	not credential_in_plain_parameter.compliant with input.subject as told(parameters)
}

test_nothing_else_is_judged if {
	not credential_in_plain_parameter.applicable with input.subject as {"deployment_type": "key_vault"}
}
