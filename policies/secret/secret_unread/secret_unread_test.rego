package countersign.secret.secret_unread_test

import data.countersign.secret.secret_unread

applies(subject) if secret_unread.applicable with input as {"subject": subject} with data.params as params

proven(subject) if secret_unread.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in found with input as {"subject": subject} with data.params as params
}

found := secret_unread.violations

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"secret_unread": {"limit_days": 90, "lag_days": 3}}

whole := {
	"complete": true,
	"reads_seen": true,
	"observed_from_age_days": 120,
	"log_end_age_days": 1,
}

of(usage) := {
	"traits": ["reads_logged"],
	"value_removed": false,
	"created_age_days": 400,
	"usage": object.union(whole, usage),
}

test_read_lately_is_compliant_whatever_the_log_lacks if {
	applies(of({}))
	proven(of({"last_read_age_days": 90}))
	proven(of({"last_read_age_days": 5, "complete": false, "observed_from_age_days": 6}))
}

test_new_secret_is_compliant if proven(object.union(of({}), {"created_age_days": 90}))

test_unread_violates if {
	messages(of({"last_read_age_days": 100})) == {"nobody has read it for 100 days, by a log without a hole in the last 120"}
	messages(of({})) == {"nobody read it in the 120 days of which the log tells, days since it was made: 400"}
	not proven(of({}))
}

test_a_log_that_does_not_cover_it_proves_nothing if {
	silent(of({"observed_from_age_days": 89}))
	silent(of({"log_end_age_days": 4}))
	silent(of({"reads_seen": false}))
	silent(of({"complete": false}))
	silent(of({"complete": false, "last_read_age_days": 100}))
}

test_unknown_age_and_no_log_prove_nothing if {
	silent(object.remove(of({}), ["created_age_days"]))
	silent(object.remove(of({}), ["usage"]))
}

test_not_without_a_log_nor_of_what_is_judged_elsewhere if {
	every trait in ["configuration", "copy", "deletion_pending", "reads_dated"] {
		not applies(object.union(of({}), {"traits": ["reads_logged", trait]}))
	}
	not applies(object.union(of({}), {"traits": []}))
	not applies(object.union(of({}), {"value_removed": true}))
}
