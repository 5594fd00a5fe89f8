package countersign.secret.delete_protection_missing_test

import data.countersign.secret.delete_protection_missing

applies(subject) if delete_protection_missing.applicable with input as {"subject": subject} with data.params as params

proven(subject) if delete_protection_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := delete_protection_missing.violations with input as {"subject": subject} with data.params as params
}

params := {"delete_protection_missing": {"min_versions": 2, "require_cas": false}}

strict := {"delete_protection_missing": {"min_versions": 2, "require_cas": true}}

kept(versions) := {
	"secret_type": "kv",
	"value_removed": false,
	"engine_version": "2",
	"max_versions": versions,
	"cas_required": false,
}

test_enough_versions_are_compliant if {
	applies(kept(2))
	proven(kept(2))
	count(found(kept(2))) == 0
}

test_default_number_of_versions_is_compliant if {
	proven(kept(0))
	count(found(kept(0))) == 0
}

test_too_few_versions_violate if {
	found(kept(1)) == {{
		"actual": 1,
		"expected": "at least 2 versions",
		"message": "versions kept: 1, asked for: 2",
	}}
	not proven(kept(1))
}

test_version_1_violates if {
	first := {"secret_type": "kv", "value_removed": false, "engine_version": "1"}
	{violation.actual | some violation in found(first)} == {"KV version 1"}
	not proven(first)
}

test_check_and_set_where_required if {
	without := kept(5)
	delete_protection_missing.applicable with input as {"subject": without}
	not delete_protection_missing.compliant with input as {"subject": without} with data.params as strict
	count(delete_protection_missing.violations) == 1 with input as {"subject": without} with data.params as strict
	checked := object.union(kept(5), {"cas_required": true})
	delete_protection_missing.compliant with input as {"subject": checked} with data.params as strict
}

test_other_engines_are_not_applicable if not applies({"secret_type": "database", "value_removed": false})

test_removed_value_is_not_applicable if not applies({"secret_type": "kv", "value_removed": true})

test_unknown_settings_prove_nothing if {
	unknown := {"secret_type": "kv", "value_removed": false, "engine_version": "2"}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_unknown_check_and_set_proves_nothing_where_required if {
	unknown := {"subject": object.remove(kept(5), ["cas_required"])}
	not delete_protection_missing.compliant with input as unknown with data.params as strict
	count(delete_protection_missing.violations) == 0 with input as unknown with data.params as strict
}
