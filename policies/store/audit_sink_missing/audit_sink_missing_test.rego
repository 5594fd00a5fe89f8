package countersign.store.audit_sink_missing_test

import data.countersign.store.audit_sink_missing

applies(subject) if audit_sink_missing.applicable with input as {"subject": subject} with data.params as params

proven(subject) if audit_sink_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := audit_sink_missing.violations with input as {"subject": subject} with data.params as params
}

params := {}

logging_to(count) := {"kind": "store", "sink_count": count}

test_one_device_is_compliant if {
	applies(logging_to(1))
	proven(logging_to(1))
	count(found(logging_to(1))) == 0
}

test_no_device_violates if {
	{violation.actual | some violation in found(logging_to(0))} == {0}
	not proven(logging_to(0))
}

test_calls_of_a_cloud_that_no_log_takes_violate if {
	{violation.message | some violation in found(object.union(logging_to(0), {"traits": ["in_cloud"]}))} == {"the calls go to no log that is on: no access is kept"}
}
