package countersign.sink.raw_values_logged_test

import data.countersign.sink.raw_values_logged

applies(subject) if raw_values_logged.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if raw_values_logged.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := raw_values_logged.violations with input as {"subject": subject} with data.params as params
}

params := {}

device(raw) := {"kind": "sink", "sink_type": "file", "path": "debug/", "raw_values_logged": raw}

test_hashed_values_are_compliant if {
	applies(device(false))
	proven(device(false))
	count(found(device(false))) == 0
}

test_raw_values_violate if {
	{violation.message | some violation in found(device(true))} == {"the file device at debug/ writes values in the clear"}
	not proven(device(true))
}

test_unknown_setting_proves_nothing if {
	not proven({"kind": "sink", "sink_type": "file", "path": "file/"})
	count(found({"kind": "sink", "sink_type": "file", "path": "file/"})) == 0
}

test_traits_that_leave_it_out if {
	applies({"kind": "sink"})
	not applies(object.union({"kind": "sink"}, {"traits": ["in_cloud"]}))
}
