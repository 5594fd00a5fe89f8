package countersign.workload.secret_in_environment_test

import data.countersign.workload.secret_in_environment

with_variables(variables) := {"aspects": ["environment"], "environment": {
	"variable_count": 7,
	"secret_variable_count": count(variables),
	"secret_variables": variables,
}}

test_no_secret_among_them_is_compliant if {
	secret_in_environment.applicable with input.subject as with_variables([])
	secret_in_environment.compliant with input.subject as with_variables([])
	count(secret_in_environment.violations) == 0 with input.subject as with_variables([])
}

test_secrets_violate if {
	found := secret_in_environment.violations with input.subject as with_variables(["api: DB_PASSWORD", "api: TOKEN"])
	{one.message | some one in found} == {"variables that hold secrets: 2 (api: DB_PASSWORD, api: TOKEN)"}
	not secret_in_environment.compliant with input.subject as with_variables(["api: TOKEN"])
}

test_unread_variables_prove_nothing if {
	not secret_in_environment.compliant with input.subject as {"aspects": ["environment"]}
	count(secret_in_environment.violations) == 0 with input.subject as {"aspects": ["environment"]}
}

test_what_runs_nothing_is_another_matter if {
	not secret_in_environment.applicable with input.subject as {"aspects": ["copy"]}
}
