package countersign.principal.access_key_long_lived_test

import data.countersign.principal.access_key_long_lived

applies(subject) if access_key_long_lived.applicable with input as {"subject": subject} with data.params as params

proven(subject) if access_key_long_lived.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := access_key_long_lived.violations with input as {"subject": subject} with data.params as params
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

params := {"access_key_long_lived": {"limit_days": 90, "pipeline_words": ["ci", "gitlab"]}}

user(keys) := {"principal_type": "iam_user", "name": "ada", "access_keys": keys}

pipeline(keys) := object.union(user(keys), {"name": "shop-GitLab_deployments"})

key(own) := object.union({"key": "AKIA1", "active": true, "age_days": 10}, own)

test_young_keys_are_compliant if {
	applies(user([]))
	clean(user([key({}), key({"active": false, "age_days": 900})]))
	clean(user([]))
	clean(pipeline([]))
	clean(pipeline([key({"active": false})]))
}

test_old_key_violates if {
	messages(user([key({"age_days": 91})])) == {"active access keys older than 90 days: AKIA1 of user ada"}
	not proven(user([key({"age_days": 91})]))
}

test_key_of_a_pipeline_violates if {
	messages(pipeline([key({})])) == {"a pipeline by its name, with long-lived access keys: AKIA1 of user shop-GitLab_deployments"}
	not proven(pipeline([key({})]))
}

test_key_without_an_id_is_told_of if {
	messages(user([{"active": true, "age_days": 91}])) == {"active access keys older than 90 days: a key known by its place alone of user ada"}
}

test_what_is_not_known_proves_nothing if {
	silent({"principal_type": "iam_user", "name": "ada"})
	silent(user([{"key": "AKIA1", "active": true}]))
}

test_only_of_users if not applies({"principal_type": "iam_role", "name": "ci"})
