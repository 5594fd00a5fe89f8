package countersign.principal.sudo_or_wildcard_outside_break_glass_test

import data.countersign.principal.sudo_or_wildcard_outside_break_glass

applies(subject) if sudo_or_wildcard_outside_break_glass.applicable with input as {"subject": object.union({"traits": [], "store": {"absent_features": []}}, subject)} with data.params as params

proven(subject) if sudo_or_wildcard_outside_break_glass.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := sudo_or_wildcard_outside_break_glass.violations with input as {"subject": subject} with data.params as params
}

params := {"sudo_or_wildcard_outside_break_glass": {"allowed_sudo_paths": ["sys/audit"]}}

holding(sudo, wildcards) := {"break_glass": false, "access": {
	"certainty": "certain",
	"sudo_rules": sudo,
	"sudo_rule_count": count(sudo),
	"wildcard_rules": wildcards,
	"wildcard_rule_count": count(wildcards),
	"perhaps_wildcard": count(wildcards) > 0,
}}

test_exact_rules_are_compliant if {
	applies(holding([], []))
	proven(holding([], []))
	count(found(holding([], []))) == 0
}

test_allowed_sudo_is_compliant if {
	proven(holding(["auditor:3 sys/audit [read,sudo]"], []))
	count(found(holding(["auditor:3 sys/audit [read,sudo]"], []))) == 0
}

test_sudo_violates if {
	seen := holding(["ops:1 sys/raw/* [read,sudo]", "auditor:3 sys/audit [read,sudo]"], [])
	found(seen) == {{
		"actual": "ops:1 sys/raw/* [read,sudo]",
		"expected": "no sudo outside break-glass but to read what asks for it",
		"message": "policy rules with sudo: 1",
	}}
	not proven(seen)
}

test_writing_an_allowed_path_violates if {
	every more in ["create", "delete", "patch", "update"] {
		rule := sprintf("auditor:3 sys/audit [%s,read,sudo]", [more])
		{violation.actual | some violation in found(holding([rule], []))} == {rule}
		not proven(holding([rule], []))
	}
}

test_a_rule_that_does_not_say_what_it_allows_violates if {
	every rule in [
		"auditor:3 sys/audit",
		"auditor:3 sys/audit []",
		"auditor:3 sys/audit [read,sudo] [sudo,update]",
		"root",
	] {
		count(found(holding([rule], []))) == 1
		not proven(holding([rule], []))
	}
}

test_sudo_beyond_the_sample_violates if {
	many := {"break_glass": false, "access": {
		"certainty": "certain",
		"sudo_rules": ["auditor:3 sys/audit [read,sudo]"],
		"sudo_rule_count": 2,
		"wildcard_rules": [],
		"wildcard_rule_count": 0,
		"perhaps_wildcard": false,
	}}
	{violation.actual | some violation in found(many)} == {"1, none known by name"}
	not proven(many)
}

test_wildcard_violates if {
	seen := holding([], ["dev:9 kv/data/*"])
	{violation.actual | some violation in found(seen)} == {"dev:9 kv/data/*"}
	not proven(seen)
}

test_aws_is_told_in_its_own_words if {
	seen := holding([], ["read-everything:1 *"])
	{violation.message | some violation in found(seen)} == {"policy rules over every secret of a mount: 1"}
	aws := object.union(seen, {"store": {"product": "aws"}})
	found(aws) == {{
		"actual": "read-everything:1 *",
		"expected": "no wildcard over all secrets of a Region outside break-glass",
		"message": "policy statements over all secrets of a Region or account: 1",
	}}
}

test_kubernetes_is_told_in_its_own_words if {
	seen := object.union(holding([], ["Role reader:3 secrets in namespace pay"]), {"store": {"product": "kubernetes"}})
	found(seen) == {{
		"actual": "Role reader:3 secrets in namespace pay",
		"expected": "no wildcard over all secrets of a namespace outside break-glass",
		"message": "rules over all secrets of a namespace or cluster: 1",
	}}
}

test_a_template_that_could_become_one_is_unknown if {
	perhaps := {"break_glass": false, "access": object.union(holding([], []).access, {"perhaps_wildcard": true})}
	not proven(perhaps)
	count(found(perhaps)) == 0
}

test_break_glass_is_not_applicable if not applies({"break_glass": true})

test_unknown_access_proves_nothing if {
	applies({"break_glass": false})
	not proven({"break_glass": false})
	count(found({"break_glass": false})) == 0
}

test_access_that_is_only_possible_proves_nothing if {
	not proven({"break_glass": false, "access": object.union({"certainty": "possible"}, {"sudo_rules": [], "sudo_rule_count": 0, "wildcard_rules": [], "wildcard_rule_count": 0, "perhaps_wildcard": false})})
}

test_not_of_a_store_without_it_by_design if {
	applies({"break_glass": false, "store": {"absent_features": []}})
	not applies({"break_glass": false, "store": {"absent_features": ["access_policies"]}})
}

test_traits_that_leave_it_out if {
	applies({"break_glass": false})
	not applies(object.union({"break_glass": false}, {"traits": ["provider_managed"]}))
}
