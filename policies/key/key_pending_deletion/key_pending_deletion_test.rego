package countersign.key.key_pending_deletion_test

import data.countersign.key.key_pending_deletion

applies(subject) if key_pending_deletion.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_pending_deletion.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_pending_deletion.violations with input as {"subject": subject} with data.params as params
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

key(own) := object.union({"traits": ["in_cloud"], "state": "Enabled", "secrets": ["db"], "secret_count": 1, "secret_count_complete": true}, own)

unused := {"secrets": [], "secret_count": 0}

test_enabled_key_is_compliant if {
	applies(key({}))
	clean(key({}))
	clean(key({"state": "ENABLED", "secret_count_complete": false}))
}

test_key_without_secrets_may_go if clean(key(object.union(unused, {"traits": ["deletion_pending", "in_cloud"], "state": "PendingDeletion"})))

test_key_that_is_going_with_secrets_violates if {
	going := key({"traits": ["deletion_pending", "in_cloud"], "state": "PendingDeletion"})
	messages(going) == {"the key is about to be deleted, with it 1 secret: db"}
	not proven(going)
}

test_disabled_key_with_secrets_violates if {
	messages(key({"state": "Disabled"})) == {"the key is disabled, and until somebody enables it nobody can read 1 secret: db"}
	not proven(key({"state": "Disabled"}))
}

test_what_is_not_known_proves_nothing if {
	silent(key(object.union(unused, {"state": "Disabled", "secret_count_complete": false})))
	silent({"traits": ["in_cloud"], "secrets": ["db"], "secret_count": 1})
}

test_neither_of_the_providers_nor_of_other_stores if {
	not applies({"traits": ["in_cloud", "provider_managed"]})
	not applies({"traits": []})
}
