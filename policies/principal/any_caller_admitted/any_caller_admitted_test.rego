package countersign.principal.any_caller_admitted_test

import data.countersign.principal.any_caller_admitted

applies(subject) if any_caller_admitted.applicable with input as {"subject": subject} with data.params as params

proven(subject) if any_caller_admitted.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := any_caller_admitted.violations with input as {"subject": subject} with data.params as params
}

params := {}

role(vouched_by, any, policies) := {"principal_type": "auth_role", "vouched_by": vouched_by, "any_caller": any, "lookalikes": [], "policies": policies}

iam_role(own) := object.union(role("issuer", false, []), object.union({"principal_type": "iam_role"}, own))

test_role_for_everyone_violates if {
	expected := {
		"authority": "any holder of a certificate of the trusted authority gets a token with 1 policy: pay",
		"cluster": "any service account of the cluster gets a token with 1 policy: pay",
		"issuer": "any subject of a token of the issuer gets a token with 1 policy: pay",
	}
	every vouched_by, message in expected {
		open := role(vouched_by, true, ["default", "pay"])
		applies(open)
		{violation.message | some violation in found(open)} == {message}
		not proven(open)
	}
}

test_policies_are_called_as_people_call_them if {
	open := iam_role({"any_caller": true, "policies": [
		"x:arn:aws:iam::111122223333:role/app#inline/read",
		"x:arn:aws:iam::111122223333:policy/more",
		"x:arn:aws:iam::111122223333:role/app#attached/aws_iam_role_policy_attachment.m",
	]})
	{violation.message | some violation in found(open)} == {concat(" ", [
		"any subject of a token of the issuer assumes the role, which has 3 policies:",
		"another that is attached, arn:aws:iam::111122223333:policy/more, read",
	])}
}

test_role_with_named_callers_is_compliant if {
	proven(role("issuer", false, ["pay"]))
	count(found(role("issuer", false, ["pay"]))) == 0
}

test_role_for_owners_of_a_like_name_violates if {
	like := object.union(role("issuer", false, ["pay"]), {"lookalikes": ["repo:pine*"]})
	found(like) == {{
		"actual": "repo:pine*",
		"expected": "callers of an owner that is named in full",
		"message": "whoever registers an owner that fits repo:pine* gets a token with 1 policy: pay",
	}}
	not proven(like)
}

test_role_for_owners_of_a_like_name_that_gives_nothing_is_compliant if {
	like := object.union(role("issuer", false, ["default"]), {"lookalikes": ["repo:pine*"]})
	proven(like)
	count(found(like)) == 0
}

test_role_that_gives_nothing_is_compliant if {
	every policies in [[], ["default"]] {
		proven(role("cluster", true, policies))
		count(found(role("cluster", true, policies))) == 0
	}
}

test_unknown_callers_prove_nothing if {
	unknown := {"principal_type": "auth_role", "vouched_by": "authority", "policies": ["pay"]}
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_role_whose_callers_the_store_checks_is_not_applicable if not applies({"vouched_by": "other", "policies": ["pay"]})

test_role_of_a_cloud_is_judged_without_policies if {
	messages := {violation.message | some violation in found(iam_role({"any_caller": true}))}
	messages == {"any subject of a token of the issuer assumes the role, which has no policies"}
	not proven(iam_role({"any_caller": true}))
	count(found(iam_role({"lookalikes": ["repo:pine*"]}))) == 1
	proven(iam_role({}))
}

test_trust_that_could_not_be_read_proves_nothing if {
	unread := object.remove(iam_role({}), ["any_caller"])
	applies(unread)
	not proven(unread)
	count(found(unread)) == 0
}

test_role_of_a_cloud_for_every_account_violates if {
	open := iam_role({"vouched_by": "provider", "any_caller": true})
	applies(open)
	{violation.message | some violation in found(open)} == {"any identity of any account of the provider assumes the role, which has no policies"}
	not proven(open)
}
