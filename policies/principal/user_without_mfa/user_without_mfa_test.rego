package countersign.principal.user_without_mfa_test

import data.countersign.principal.user_without_mfa

applies(subject) if user_without_mfa.applicable with input as {"subject": subject} with data.params as params

proven(subject) if user_without_mfa.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := user_without_mfa.violations with input as {"subject": subject} with data.params as params
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

params := {}

user(login) := {"principal_type": "iam_user", "login": login}

root(login) := {"principal_type": "aws_root", "login": login}

test_second_factor_is_compliant if {
	applies(user({}))
	clean(user({"password_enabled": true, "mfa_enabled": true}))
	clean(root({"mfa_enabled": true}))
}

test_no_password_is_compliant if {
	clean(user({"password_enabled": false, "mfa_enabled": false}))
	clean(root({"password_enabled": false, "mfa_enabled": false}))
}

test_password_alone_violates if {
	count(found(user({"password_enabled": true, "mfa_enabled": false}))) == 1
	not proven(user({"password_enabled": true, "mfa_enabled": false}))
	count(found(root({"mfa_enabled": false}))) == 1
}

test_what_is_not_known_proves_nothing if {
	silent({"principal_type": "iam_user"})
	silent(user({"mfa_enabled": false}))
}

test_not_of_roles if not applies({"principal_type": "iam_role"})
