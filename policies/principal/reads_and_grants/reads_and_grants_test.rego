package countersign.principal.reads_and_grants_test

import data.countersign.principal.reads_and_grants

applies(subject) if reads_and_grants.applicable with input as {"subject": object.union({"traits": [], "principal_type": "entity", "store": {"absent_features": []}}, subject)} with data.params as params

proven(subject) if reads_and_grants.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := reads_and_grants.violations with input as {"subject": subject} with data.params as params
}

params := {}

holding(administers, readable) := {
	"break_glass": false,
	"access": {
		"certainty": "certain",
		"administers": administers,
		"readable_secret_count": readable,
		"reads_and_administers": both(administers, readable),
		"perhaps_reads_and_administers": both(administers, readable),
	},
}

default both(_, _) := false

both(administers, readable) if {
	administers
	readable > 0
}

test_reader_is_compliant if {
	applies(holding(false, 7))
	proven(holding(false, 7))
	count(found(holding(false, 7))) == 0
}

test_administrator_who_reads_nothing_is_compliant if {
	proven(holding(true, 0))
	count(found(holding(true, 0))) == 0
}

test_both_in_one_hand_violates if {
	found(holding(true, 7)) == {{
		"actual": "reads 7 secrets and administers access",
		"expected": "one or the other",
		"message": "can grant access, and can read secrets: 7",
	}}
	not proven(holding(true, 7))
}

test_both_by_a_login_that_is_judged_itself_is_compliant if {
	elsewhere := {"break_glass": false, "access": {
		"certainty": "conditional",
		"administers": true,
		"readable_secret_count": 7,
		"reads_and_administers": false,
		"perhaps_reads_and_administers": false,
	}}
	proven(elsewhere)
	count(found(elsewhere)) == 0
}

test_break_glass_is_not_applicable if not applies({"break_glass": true})

test_unknown_access_proves_nothing if {
	not proven({"break_glass": false})
	count(found({"break_glass": false})) == 0
}

test_access_that_is_only_possible_proves_nothing if {
	not proven({"break_glass": false, "access": object.union({"certainty": "possible"}, {"administers": false, "reads_and_administers": false, "perhaps_reads_and_administers": false, "readable_secret_count": 0})})
}

# A login that perhaps is not its own: neither a finding nor a pass.
test_both_only_by_a_login_that_perhaps_is_its_own_is_unknown if {
	access := object.union(holding(true, 7).access, {"reads_and_administers": false})
	not proven({"break_glass": false, "access": access})
	count(found({"break_glass": false, "access": access})) == 0
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
