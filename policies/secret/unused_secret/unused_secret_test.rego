package countersign.secret.unused_secret_test

import data.countersign.secret.unused_secret

applies(subject) if unused_secret.applicable with input as {"subject": subject} with data.params as params

proven(subject) if unused_secret.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := unused_secret.violations with input as {"subject": subject} with data.params as params
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

params := {"unused_secret": {"limit_days": 90}}

made(own) := object.union({"traits": ["in_cloud", "reads_dated"], "created_age_days": 400}, own)

test_read_lately_is_compliant if {
	applies(made({"last_read_age_days": 90}))
	clean(made({"last_read_age_days": 90}))
}

test_new_secret_is_compliant if clean(made({"created_age_days": 90}))

test_unread_violates if {
	messages(made({"last_read_age_days": 91})) == {"nobody has read it for 91 days"}
	not proven(made({"last_read_age_days": 91}))
}

test_never_read_violates if messages(made({})) == {"nobody ever read it, days since it was made: 400"}

test_copied_secret_proves_nothing if {
	silent(made({"traits": ["reads_dated", "replicated"], "last_read_age_days": 200}))
	silent(made({"traits": ["reads_dated", "replicated"]}))
}

test_unknown_age_proves_nothing if silent({"traits": ["reads_dated"]})

test_not_where_reads_are_not_dated_nor_of_copies_and_what_is_going if {
	not applies(made({"traits": ["in_cloud"]}))
	not applies(made({"traits": ["copy", "reads_dated"]}))
	not applies(made({"traits": ["deletion_pending", "reads_dated"]}))
}
