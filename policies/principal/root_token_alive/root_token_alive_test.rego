package countersign.principal.root_token_alive_test

import data.countersign.principal.root_token_alive

applies(subject) if root_token_alive.applicable with input as {"subject": subject} with data.params as params

proven(subject) if root_token_alive.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := root_token_alive.violations with input as {"subject": subject} with data.params as params
}

params := {}

test_ordinary_token_is_compliant if {
	ordinary := {"principal_type": "token", "root": false}
	applies(ordinary)
	proven(ordinary)
	count(found(ordinary)) == 0
}

test_root_token_violates if {
	root := {"principal_type": "token", "root": true, "created_age_days": 400}
	{violation.message | some violation in found(root)} == {"a live token has the root policy, days since it was made: 400"}
	not proven(root)
}

test_root_token_for_emergencies_violates if {
	root := {"principal_type": "token", "root": true, "break_glass": true}
	{violation.actual | some violation in found(root)} == {"root"}
	not proven(root)
}

test_root_token_of_unknown_age_violates if {
	root := {"principal_type": "token", "root": true}
	{violation.message | some violation in found(root)} == {"a live token has the root policy"}
}

test_role_is_not_applicable if not applies({"principal_type": "auth_role"})

test_unknown_policies_prove_nothing if {
	not proven({"principal_type": "token"})
	count(found({"principal_type": "token"})) == 0
}
