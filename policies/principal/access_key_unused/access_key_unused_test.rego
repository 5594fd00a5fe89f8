package countersign.principal.access_key_unused_test

import data.countersign.principal.access_key_unused

applies(subject) if access_key_unused.applicable with input as {"subject": subject} with data.params as params

proven(subject) if access_key_unused.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := access_key_unused.violations with input as {"subject": subject} with data.params as params
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

params := {"access_key_unused": {"limit_days": 45}}

user(keys) := {"principal_type": "iam_user", "access_keys": keys}

key(own) := object.union({"key": "AKIA1", "active": true, "unused_days": 3}, own)

test_keys_in_use_are_compliant if {
	applies(user([]))
	clean(user([key({}), key({"active": false, "unused_days": 900})]))
	clean(user([]))
}

test_unused_key_violates if {
	messages(user([key({"unused_days": 46})])) == {"active access keys without use for 45 days: AKIA1"}
	not proven(user([key({"unused_days": 46})]))
}

test_what_is_not_known_proves_nothing if {
	silent({"principal_type": "iam_user"})
	silent(user([{"key": "AKIA1", "active": true}]))
}

test_only_of_users if not applies({"principal_type": "iam_role"})
