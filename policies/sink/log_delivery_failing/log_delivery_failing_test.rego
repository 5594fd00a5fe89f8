package countersign.sink.log_delivery_failing_test

import data.countersign.sink.log_delivery_failing

applies(subject) if log_delivery_failing.applicable with input as {"subject": subject} with data.params as params

proven(subject) if log_delivery_failing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := log_delivery_failing.violations with input as {"subject": subject} with data.params as params
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

params := {"log_delivery_failing": {"limit_days": 1}}

log(own) := object.union({"traits": ["in_bucket"], "logging": true, "delivered_age_days": 0}, own)

test_log_that_arrives_is_compliant if {
	applies(log({}))
	clean(log({}))
}

test_log_that_is_off_violates if {
	messages(log({"logging": false})) == {"the log is switched off"}
	not proven(log({"logging": false}))
}

test_log_that_fails_violates if {
	messages(log({"delivery_error": "NoSuchBucket"})) == {"the log cannot be delivered: NoSuchBucket"}
	not proven(log({"delivery_error": "NoSuchBucket"}))
}

test_log_that_fell_silent_violates if messages(log({"delivered_age_days": 2})) == {"nothing was delivered for 2 days"}

test_unknown_state_proves_nothing if {
	silent({"traits": ["in_bucket"]})
	silent({"traits": ["in_bucket"], "logging": true})
}

test_only_of_logs_in_buckets if not applies({"traits": []})
