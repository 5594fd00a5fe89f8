package countersign.principal.secrets_service_unused_test

import data.countersign.principal.secrets_service_unused

limit(days) := {"secrets_service_unused": {"limit_days": days}}

applies(subject) if secrets_service_unused.applicable with input as {"subject": subject} with data.params as limit(90)

proven(subject) if secrets_service_unused.compliant with input as {"subject": subject} with data.params as limit(90)

found(subject, days) := violations if {
	violations := secrets_service_unused.violations with input as {"subject": subject} with data.params as limit(days)
}

messages(subject) := {violation.message | some violation in found(subject, 90)}

silent(subject) if {
	not proven(subject)
	count(found(subject, 90)) == 0
}

clean(subject) if {
	proven(subject)
	count(found(subject, 90)) == 0
}

role(own) := object.union(
	{
		"principal_type": "iam_role",
		"traits": [],
		"break_glass": false,
		"created_age_days": 700,
		"service_uses": [used("secretsmanager", 3)],
	},
	own,
)

using(uses) := role({"service_uses": uses})

used(service, days) := {"service": service, "never_used": false, "used_age_days": days}

unused(service) := {"service": service, "never_used": true}

test_services_in_use_are_compliant if {
	applies(role({}))
	applies(role({"principal_type": "iam_user"}))
	clean(using([used("secretsmanager", 90), used("kms", 0)]))
	clean(using([]))
}

test_long_unused_service_violates if {
	uses := [used("ssm", 91), used("secretsmanager", 3)]
	messages(using(uses)) == {"may use, and has not for 90 days: ssm (last used 91 days ago)"}
	not proven(using(uses))
}

test_service_of_which_no_use_is_known_violates if {
	messages(using([unused("secretsmanager")])) == {"may use, and has not for 90 days: secretsmanager (no use known)"}
	not proven(using([unused("secretsmanager")]))
}

test_principal_younger_than_the_limit_has_failed_nothing if {
	clean(object.union(using([unused("secretsmanager")]), {"created_age_days": 90}))
	count(found(object.union(using([unused("secretsmanager")]), {"created_age_days": 91}), 90)) == 1
}

test_no_use_that_is_known_says_nothing_of_longer_than_is_kept if {
	count(found(using([unused("ssm")]), 400)) == 1
	count(found(using([unused("ssm")]), 401)) == 0
	count(found(using([used("ssm", 402)]), 401)) == 1
}

test_keys_that_another_service_may_have_used_prove_nothing if {
	silent(using([object.union(unused("kms"), {"perhaps_used_age_days": 90})]))
	silent(using([object.union(used("kms", 300), {"perhaps_used_age_days": 2})]))
	count(found(using([object.union(unused("kms"), {"perhaps_used_age_days": 91})]), 90)) == 1
	clean(using([object.union(used("kms", 4), {"perhaps_used_age_days": 2})]))
}

test_what_is_not_known_proves_nothing if {
	silent(object.remove(role({}), ["service_uses"]))
	silent(using([{"service": "ssm", "never_used": false}]))
	silent(object.remove(using([unused("ssm")]), ["created_age_days"]))
}

test_not_of_those_who_are_meant_to_lie_unused if {
	not applies(role({"break_glass": true}))
	not applies(role({"traits": ["provider_managed"]}))
	not applies(role({"principal_type": "aws_root"}))
	not applies(role({"principal_type": "entity"}))
}
