package countersign.principal.administers_outside_break_glass_test

import data.countersign.principal.administers_outside_break_glass

applies(subject) if administers_outside_break_glass.applicable with input as {"subject": object.union({"traits": [], "principal_type": "entity", "store": {"absent_features": []}}, subject)} with data.params as params([])

proven(subject, administrators) if administers_outside_break_glass.compliant with input as {"subject": subject} with data.params as params(administrators)

found(subject, administrators) := violations if {
	violations := administers_outside_break_glass.violations with input as {"subject": subject} with data.params as params(administrators)
}

params(administrators) := {"administers_outside_break_glass": {"administrators": administrators}}

holding(itself, impersonated, perhaps) := {
	"id": "prod:auth/userpass/users/ada.lindqvist",
	"name": "ada.lindqvist",
	"break_glass": false,
	"access": {
		"certainty": "certain",
		"administers_itself": itself,
		"impersonated_count": impersonated,
		"perhaps_administers": perhaps,
	},
}

test_whoever_administers_nothing_is_compliant if {
	applies(holding(false, 0, false))
	proven(holding(false, 0, false), [])
	count(found(holding(false, 0, false), [])) == 0
}

test_administering_violates if {
	found(holding(true, 0, true), []) == {{
		"actual": "administers access",
		"expected": "a named administrator, or break-glass",
		"message": "can give itself or others access, and is not named as an administrator",
	}}
	not proven(holding(true, 0, true), [])
}

test_coming_in_as_others_violates if {
	found(holding(false, 3, true), []) == {{
		"actual": "may come in as 3 others",
		"expected": "a named administrator, or break-glass",
		"message": "can issue or set credentials of others, or have work done as them, and so read or administer: 3",
	}}
	not proven(holding(false, 3, true), [])
}

test_both_are_one_finding if count(found(holding(true, 3, true), [])) == 1

test_every_way_to_name_one_counts if {
	every named in ["ada.lindqvist", "prod:auth/userpass/users/ada.lindqvist", "prod:auth/userpass/users/ada*", "ada.*"] {
		proven(holding(true, 3, true), [named])
		count(found(holding(true, 3, true), [named])) == 0
	}
}

test_another_name_is_no_excuse if {
	every other in ["ada", "lindqvist", "bert.*", "prod:auth/userpass/users/"] {
		not proven(holding(true, 0, true), [other])
		count(found(holding(true, 0, true), [other])) == 1
	}
}

test_break_glass_is_not_applicable if not applies({"break_glass": true})

test_unknown_access_proves_nothing if {
	applies({"break_glass": false})
	not proven({"id": "a", "name": "b", "break_glass": false}, [])
	count(found({"id": "a", "name": "b", "break_glass": false}, [])) == 0
}

test_access_that_is_only_possible_proves_nothing if {
	possible := object.union(holding(false, 0, false), {"access": {"certainty": "possible"}})
	not proven(possible, [])
	count(found(possible, [])) == 0
}

# A login or credential that perhaps is not its own: neither a finding nor a pass.
test_perhaps_is_unknown if {
	not proven(holding(false, 0, true), [])
	count(found(holding(false, 0, true), [])) == 0
}

test_not_of_a_store_without_it_by_design if {
	applies({"break_glass": false, "store": {"absent_features": []}})
	not applies({"break_glass": false, "store": {"absent_features": ["access_policies"]}})
}

test_traits_that_leave_it_out if {
	applies({"break_glass": false})
	not applies(object.union({"break_glass": false}, {"traits": ["provider_managed"]}))
}

test_a_service_acts_as_roles_alone if {
	applies({"break_glass": false})
	not applies({"break_glass": false, "principal_type": "service"})
}
