package countersign.sink.log_validation_off_test

import data.countersign.sink.log_validation_off

applies(subject) if log_validation_off.applicable with input as {"subject": subject} with data.params as params

proven(subject) if log_validation_off.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := log_validation_off.violations with input as {"subject": subject} with data.params as params
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

signed(own) := object.union({"traits": ["in_bucket"], "validation": true}, own)

test_signed_log_is_compliant if {
	applies(signed({}))
	clean(signed({}))
}

test_unsigned_log_violates if {
	count(found(signed({"validation": false}))) == 1
	not proven(signed({"validation": false}))
}

test_digests_that_fail_violate if {
	messages(signed({"digest_delivery_error": "AccessDenied"})) == {"the log's digests cannot be delivered: AccessDenied"}
	not proven(signed({"digest_delivery_error": "AccessDenied"}))
}

test_unknown_setting_proves_nothing if silent({"traits": ["in_bucket"]})

test_only_of_logs_in_buckets if not applies({"traits": []})
