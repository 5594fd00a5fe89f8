package countersign.deployment.identity_key_made_test

import data.countersign.deployment.identity_key_made

made := {"deployment_type": "identity_key", "name": "ci@project"}

test_key_violates if {
	identity_key_made.applicable with input.subject as made
	not identity_key_made.compliant with input.subject as made
	found := identity_key_made.violations with input.subject as made
	{one.message | some one in found} == {"a key of ci@project is made that has no end"}
}

test_no_key_is_compliant if {
	identity_key_made.compliant with input.subject as {"deployment_type": "identity_key"}
	count(identity_key_made.violations) == 0 with input.subject as {"deployment_type": "identity_key"}
}

test_nothing_else_is_judged if not identity_key_made.applicable with input.subject as {"deployment_type": "template"}
