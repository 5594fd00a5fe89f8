package countersign.principal.principal_owner_missing_test

import data.countersign.principal.principal_owner_missing

of(subject) := {"subject": object.union({"traits": []}, subject)}

applies(subject) if principal_owner_missing.applicable with input as of(subject) with data.params as params

proven(subject) if principal_owner_missing.compliant with input as of(subject) with data.params as params

found(subject) := violations if {
	violations := principal_owner_missing.violations with input as of(subject) with data.params as params
}

params := {}

test_owned_principal_is_compliant if {
	owned := {"principal_type": "auth_role", "owner": "platform"}
	applies(owned)
	proven(owned)
	count(found(owned)) == 0
}

test_missing_owner_violates if {
	count(found({"principal_type": "entity"})) == 1
	not proven({"principal_type": "entity"})
}

test_undecided_owner_proves_nothing if {
	unknown := {"principal_type": "entity", "undecided": ["owner"]}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_empty_owner_is_no_owner if {
	empty := {"principal_type": "entity", "owner": ""}
	count(found(empty)) == 1
	not proven(empty)
}

test_token_is_not_applicable if not applies({"principal_type": "token"})

test_traits_that_leave_it_out if {
	applies({"principal_type": "iam_role"})
	not applies(object.union({"principal_type": "iam_role"}, {"traits": ["provider_managed"]}))
}

test_login_of_an_identity_is_judged_there if {
	applies({"principal_type": "auth_user"})
	not applies(object.union({"principal_type": "auth_user"}, {"traits": ["login_of_identity"]}))
}

test_login_that_perhaps_is_an_identity_proves_nothing if {
	perhaps := {"principal_type": "auth_user", "traits": ["perhaps_login_of_identity"]}
	applies(perhaps)
	not proven(perhaps)
	count(found(perhaps)) == 0
	not proven(object.union(perhaps, {"owner": "platform"}))
}
