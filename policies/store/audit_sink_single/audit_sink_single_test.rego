package countersign.store.audit_sink_single_test

import data.countersign.store.audit_sink_single

applies(subject) if audit_sink_single.applicable with input as {"subject": object.union({"traits": [], "absent_features": []}, subject)} with data.params as params

proven(subject) if audit_sink_single.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := audit_sink_single.violations with input as {"subject": subject} with data.params as params
}

params := {"audit_sink_single": {"min_sinks": 2}}

logging_to(count) := {"kind": "store", "sink_count": count}

test_two_devices_are_compliant if {
	applies(logging_to(2))
	proven(logging_to(2))
	count(found(logging_to(2))) == 0
}

test_single_device_violates if {
	found(logging_to(1)) == {{
		"actual": 1,
		"expected": "at least 2 audit devices",
		"message": "audit devices: 1, asked for: 2",
	}}
	not proven(logging_to(1))
}

test_no_device_violates_too if count(found(logging_to(0))) == 1

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "sink_count": 1, "absent_features": []})
	not applies({"kind": "store", "sink_count": 1, "absent_features": ["second_audit_sink"]})
}

test_traits_that_leave_it_out if {
	applies({"kind": "store"})
	not applies(object.union({"kind": "store"}, {"traits": ["in_cloud"]}))
}
