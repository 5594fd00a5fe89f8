package countersign.principal.unauthenticated_login_test

import data.countersign.principal.unauthenticated_login

applies(subject) if unauthenticated_login.applicable with input as {"subject": subject} with data.params as params

proven(subject) if unauthenticated_login.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := unauthenticated_login.violations with input as {"subject": subject} with data.params as params
}

params := {}

role(open) := {
	"principal_type": "auth_role",
	"method": "approle",
	"bounds": [],
	"token_networks_bound": true,
	"unauthenticated": open,
	"policies": ["app", "default"],
	"vouched_by": "other",
}

test_secret_id_is_a_proof if {
	bound := object.union(role(false), {"bounds": ["bind_secret_id"], "token_networks_bound": false})
	proven(bound)
	count(found(bound)) == 0
}

test_any_network_is_no_proof if {
	anywhere := object.union(role(false), {"token_networks_bound": false})
	count(found(anywhere)) == 1
	not proven(anywhere)
}

test_networks_of_secret_ids_bind_the_login if {
	bound := object.union(role(false), {"token_networks_bound": false, "secret_id_networks_bound": true})
	proven(bound)
	count(found(bound)) == 0
	unbound := object.union(bound, {"secret_id_networks_bound": false})
	not proven(unbound)
	count(found(unbound)) == 1
}

test_other_method_that_is_known_to_ask_is_compliant if {
	other := {"principal_type": "auth_role", "method": "aws", "bounds": [], "unauthenticated": false, "policies": ["app"]}
	proven(other)
	count(found(other)) == 0
}

test_bound_role_is_compliant if {
	applies(role(false))
	proven(role(false))
	count(found(role(false))) == 0
}

test_open_role_violates if {
	found(role(true)) == {{
		"actual": "nothing but the name",
		"expected": "a proof of identity",
		"message": "anyone who reaches the server gets a token with 2 policies: app, default",
	}}
	not proven(role(true))
}

test_token_is_not_applicable if not applies({"principal_type": "token"})

test_password_is_a_proof if {
	user := {"principal_type": "auth_user", "method": "userpass", "bounds": [], "policies": ["app"]}
	proven(user)
	count(found(user)) == 0
}

test_open_role_of_a_method_with_proof_violates if {
	odd := object.union(role(true), {"method": "ldap", "bounds": []})
	not proven(odd)
	count(found(odd)) == 1
}

test_unknown_bounds_prove_nothing if {
	unknown := {"principal_type": "auth_role", "method": "approle", "bounds": [], "policies": ["app"]}
	not proven(unknown)
	count(found(unknown)) == 0
}

test_role_whose_callers_are_vouched_for_is_not_applicable if {
	every vouched_by in ["authority", "cluster", "issuer"] {
		not applies(object.union(role(false), {"vouched_by": vouched_by}))
	}
}
