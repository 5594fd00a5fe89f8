package countersign.deployment.vault_grant_too_wide_test

import data.countersign.deployment.vault_grant_too_wide

given(own) := {
	"deployment_type": "vault_grant",
	"grant": object.union(
		{
			"principal": "azurerm_user_assigned_identity.app",
			"role": "Some Role",
			"scope": "vault",
			"abilities": [],
			"is_conditional": false,
		},
		own,
	),
}

without(key) := {"deployment_type": "vault_grant", "grant": object.remove(given({}).grant, [key])}

messages(subject) := {one.message | some one in found} if {
	found := vault_grant_too_wide.violations with input.subject as subject
}

test_reading_one_vault_is_compliant if {
	every scope in ["certificate", "key", "secret", "vault"] {
		subject := given({"scope": scope, "abilities": ["list_secrets", "manage_vaults", "read_secrets"]})
		vault_grant_too_wide.applicable with input.subject as subject
		vault_grant_too_wide.compliant with input.subject as subject
		count(vault_grant_too_wide.violations) == 0 with input.subject as subject
	}
}

test_reading_all_of_a_group_violates if {
	subject := given({"scope": "resource_group", "abilities": ["read_secrets"]})
	not vault_grant_too_wide.compliant with input.subject as subject
	messages(subject) == {"azurerm_user_assigned_identity.app may read secrets at a resource group by Some Role"}
}

test_managing_all_of_a_subscription_violates if {
	subject := given({"scope": "subscription", "abilities": ["manage_vaults", "read_secrets"]})
	messages(subject) == {"azurerm_user_assigned_identity.app may manage vaults, read secrets at a subscription by Some Role"}
}

test_everything_violates_at_one_vault if {
	subject := given({"abilities": ["all_data"]})
	not vault_grant_too_wide.compliant with input.subject as subject
	found := messages(subject)
	some message in found
	contains(message, "do everything with secrets, keys and certificates at one vault")
}

test_giving_access_violates_wherever_and_to_whomever if {
	grant := {"role": "Owner", "abilities": ["grant_access"], "is_conditional": false}
	messages({"deployment_type": "vault_grant", "grant": grant}) == {"somebody may give access at what is not known by Owner"}
}

test_all_by_an_access_policy_violates if {
	grant := object.remove(given({"abilities": ["all_data"]}).grant, ["role"])
	found := messages({"deployment_type": "vault_grant", "grant": grant})
	some message in found
	endswith(message, "by an access policy")
}

test_keys_of_a_group_are_compliant if {
	subject := given({"scope": "management_group", "abilities": ["use_keys"]})
	vault_grant_too_wide.compliant with input.subject as subject
}

test_condition_leaves_it_open if {
	subject := given({"abilities": ["grant_access"], "is_conditional": true})
	not vault_grant_too_wide.compliant with input.subject as subject
	count(vault_grant_too_wide.violations) == 0 with input.subject as subject
}

test_condition_of_what_is_narrow_is_compliant if {
	subject := given({"abilities": ["read_secrets"], "is_conditional": true})
	vault_grant_too_wide.compliant with input.subject as subject
}

test_templates_that_read_leave_it_open if {
	around := given({"scope": "tenant", "abilities": ["deploy_secrets"]})
	not vault_grant_too_wide.compliant with input.subject as around
	count(vault_grant_too_wide.violations) == 0 with input.subject as around
	vault_grant_too_wide.compliant with input.subject as given({"abilities": ["deploy_secrets"]})
}

test_little_is_so_for_whomever if {
	subject := without("principal")
	vault_grant_too_wide.compliant with input.subject as subject
	count(vault_grant_too_wide.violations) == 0 with input.subject as subject
}

test_unknown_proves_nothing if {
	every key in ["abilities", "scope"] {
		not vault_grant_too_wide.compliant with input.subject as without(key)
		count(vault_grant_too_wide.violations) == 0 with input.subject as without(key)
	}
}

test_only_grants_are_judged if not vault_grant_too_wide.applicable with input.subject as {"deployment_type": "key_vault"}
