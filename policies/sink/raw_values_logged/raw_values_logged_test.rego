package countersign.sink.raw_values_logged_test

import data.countersign.sink.raw_values_logged

applies(subject) if raw_values_logged.applicable with input as {"subject": object.union({"traits": []}, subject)} with data.params as params

proven(subject) if raw_values_logged.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := raw_values_logged.violations with input as {"subject": subject} with data.params as params
}

params := {"raw_values_logged": {"harmless_keys": ["error", "ttl"]}}

device(raw) := {"kind": "sink", "sink_type": "file", "path": "debug/", "raw_values_logged": raw, "logged_in_clear": []}

tuned(entries) := object.union(device(false), {"logged_in_clear": entries})

test_hashed_values_are_compliant if {
	applies(device(false))
	proven(device(false))
	count(found(device(false))) == 0
}

test_raw_values_violate if {
	{violation.message | some violation in found(device(true))} == {"the file device at debug/ writes values in the clear"}
	not proven(device(true))
}

test_unhashed_keys_violate if {
	one := tuned([
		{"path": "kv/", "unhashed_keys": ["error", "password"]},
		{"path": "auth/userpass/", "unhashed_keys": ["otp", "password"]},
		{"path": "pki/", "unhashed_keys": ["ttl"]},
	])
	not proven(one)
	{violation.message | some violation in found(one)} == {
		"values at kv/ are written in the clear, by 1 key: password",
		"values at auth/userpass/ are written in the clear, by 2 keys: otp, password",
	}
}

test_harmless_keys_are_compliant if {
	one := tuned([{"path": "pki/", "unhashed_keys": ["error", "ttl"]}])
	proven(one)
	count(found(one)) == 0
}

test_unknown_keys_prove_nothing if {
	one := object.remove(device(false), ["logged_in_clear"])
	not proven(one)
	count(found(one)) == 0
}

test_unknown_setting_proves_nothing if {
	not proven({"kind": "sink", "sink_type": "file", "path": "file/"})
	count(found({"kind": "sink", "sink_type": "file", "path": "file/"})) == 0
}

test_traits_that_leave_it_out if {
	applies({"kind": "sink"})
	not applies(object.union({"kind": "sink"}, {"traits": ["in_cloud"]}))
}
