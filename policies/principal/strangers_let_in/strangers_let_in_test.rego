package countersign.principal.strangers_let_in_test

import data.countersign.principal.strangers_let_in

params := {"strangers_let_in": {"allowed_external": 0}}

role(own) := role_with(own, "conditional")

role_with(own, certainty) := {"principal_type": "iam_role", "access": {
	"certainty": certainty,
	"admits": object.union(
		{
			"public": 0, "external": 0, "possible_public": 0, "possible_external": 0, "names": [],
			"unasked": [], "unasked_count": 0,
			"opened_secret_count": 0, "opened_itself_count": 0, "reached_secret_count": 3,
			"leads_to": [], "leads_to_count": 0,
		},
		own,
	),
}}

proven(subject) if strangers_let_in.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := strangers_let_in.violations with input as {"subject": subject} with data.params as params
}

vendor := {"external": 1, "names": ["arn:aws:iam::999988887777:root"], "opened_secret_count": 3}

test_vendor_that_comes_to_secrets_violates if {
	{violation.message | some violation in found(role(vendor))} == {"the trust policy lets in arn:aws:iam::999988887777:root, and opens 3 secrets to them"}
	not proven(role(vendor))
}

test_where_the_role_leads_to_is_named if {
	further := object.union(vendor, {"leads_to": ["payments", "reader"], "leads_to_count": 2})
	{violation.message | some violation in found(role(further))} == {"the trust policy lets in arn:aws:iam::999988887777:root, and opens 3 secrets to them, over payments, reader"}
}

test_what_it_opens_itself_is_told_apart if {
	further := object.union(vendor, {"leads_to": ["world"], "leads_to_count": 1, "opened_secret_count": 7, "opened_itself_count": 2})
	{violation.message | some violation in found(role(further))} == {"the trust policy lets in arn:aws:iam::999988887777:root, and opens 2 secrets to them itself, and 5 over world"}
}

test_that_no_external_id_is_asked_is_told if {
	unasked := object.union(vendor, {"unasked": vendor.names, "unasked_count": 1})
	{violation.message | some violation in found(role(unasked))} == {"the trust policy lets in arn:aws:iam::999988887777:root, and opens 3 secrets to them; no external id is asked"}
	beside := object.union(unasked, {"public": 1, "names": ["arn:aws:iam::999988887777:root", "everyone"]})
	{violation.message | some violation in found(role(beside))} == {"the trust policy lets in arn:aws:iam::999988887777:root, everyone, and opens 3 secrets to them; no external id is asked of arn:aws:iam::999988887777:root"}
}

test_everyone_violates_whatever_is_expected if {
	agreed := {"strangers_let_in": {"allowed_external": 9}}
	everyone := {"public": 1, "names": ["everyone"], "opened_secret_count": 1}
	violations := strangers_let_in.violations with input as {"subject": role(everyone)} with data.params as agreed
	{violation.actual | some violation in violations} == {"everyone"}
}

test_expected_vendor_is_compliant if {
	agreed := {"strangers_let_in": {"allowed_external": 1}}
	strangers_let_in.compliant with input as {"subject": role(vendor)} with data.params as agreed
	count(strangers_let_in.violations) == 0 with input as {"subject": role(vendor)} with data.params as agreed
}

test_nobody_from_outside_is_compliant if {
	proven(role({}))
	count(found(role({}))) == 0
}

test_role_that_comes_to_nothing_is_compliant if {
	proven(role({"public": 1, "names": ["everyone"], "reached_secret_count": 0}))
}

test_possible_strangers_prove_nothing if {
	not proven(role({"possible_public": 1}))
	not proven(role({"possible_external": 1}))
	count(found(role({"possible_public": 1}))) == 0
}

test_possible_access_of_the_role_proves_nothing if {
	nowhere := {"public": 1, "names": ["everyone"], "reached_secret_count": 0}
	not proven(role_with(nowhere, "possible"))
	count(found(role_with(nowhere, "possible"))) == 0
}

test_unknown_access_proves_nothing if {
	not proven({"principal_type": "iam_role"})
	count(found({"principal_type": "iam_role"})) == 0
}

test_role_is_asked if {
	strangers_let_in.applicable with input as {"subject": role({})}
}

test_others_are_not_asked if {
	not strangers_let_in.applicable with input as {"subject": {"principal_type": "iam_user"}}
}
