package countersign.principal.root_credentials_in_use_test

import data.countersign.principal.root_credentials_in_use

applies(subject) if root_credentials_in_use.applicable with input as {"subject": subject} with data.params as params

proven(subject) if root_credentials_in_use.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := root_credentials_in_use.violations with input as {"subject": subject} with data.params as params
}

messages(subject) := {violation.message | some violation in found(subject)}

silent(subject) if {
	not proven(subject)
	count(found(subject)) == 0
}

clean(subject) if {
	proven(subject)
	count(found(subject)) == 0
}

params := {"root_credentials_in_use": {"lookback_days": 30}}

root(keys, login) := {
	"principal_type": "aws_root",
	"access_keys": keys,
	"login": object.union({"mfa_enabled": true, "certificate_count": 0}, login),
}

test_root_at_rest_is_compliant if {
	applies(root([], {}))
	clean(root([{"active": false}], {}))
	clean(root([], {"password_used_age_days": 31}))
}

test_key_of_root_violates if {
	messages(root([{"active": true}], {})) == {"the root has active access keys: 1"}
	not proven(root([{"active": true}], {}))
}

test_certificate_of_root_violates if messages(root([], {"certificate_count": 2})) == {"the root has active signing certificates: 2"}

test_login_as_root_violates if {
	messages(root([], {"password_used_age_days": 30})) == {"somebody logged in as root 30 days ago"}
	not proven(root([], {"password_used_age_days": 30}))
}

test_what_is_not_known_proves_nothing if {
	silent({"principal_type": "aws_root"})
	silent({"principal_type": "aws_root", "access_keys": [], "login": {"mfa_enabled": true}})
}

test_only_of_the_root if not applies({"principal_type": "iam_user"})
