package countersign.secret.pending_deletion_in_use_test

import data.countersign.secret.pending_deletion_in_use

applies(subject) if pending_deletion_in_use.applicable with input as {"subject": subject} with data.params as params

proven(subject) if pending_deletion_in_use.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := pending_deletion_in_use.violations with input as {"subject": subject} with data.params as params
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

params := {"pending_deletion_in_use": {"lookback_days": 30}}

going(own) := object.union({"traits": ["deletion_pending"], "deletes_in_days": 7}, own)

test_unread_is_compliant if {
	applies(going({"last_read_age_days": 31}))
	clean(going({"last_read_age_days": 31}))
}

test_read_lately_violates if {
	messages(going({"last_read_age_days": 30})) == {"read 30 days ago, and deleted in 7 days"}
	not proven(going({"last_read_age_days": 30}))
}

test_copies_violate if {
	copied := going({"traits": ["deletion_pending", "replicated"], "replicas": {"count": 2}, "last_read_age_days": 90})
	messages(copied) == {"to be deleted, and still has copies in other Regions: 2"}
	not proven(copied)
}

test_unknown_reads_prove_nothing if silent(going({}))

test_only_of_what_is_going if not applies({"traits": []})
