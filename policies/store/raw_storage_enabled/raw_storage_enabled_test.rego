package countersign.store.raw_storage_enabled_test

import data.countersign.store.raw_storage_enabled

applies(subject) if raw_storage_enabled.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if raw_storage_enabled.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := raw_storage_enabled.violations with input as {"subject": subject} with data.params as params
}

params := {}

test_off_is_compliant if {
	off := {"kind": "store", "raw_storage_enabled": false}
	applies(off)
	proven(off)
	count(found(off)) == 0
}

test_on_violates if {
	on := {"kind": "store", "raw_storage_enabled": true}
	count(found(on)) == 1
	not proven(on)
}

test_on_in_the_file_of_a_standby_violates if {
	standby := {"kind": "store", "raw_storage_enabled": false, "raw_storage_nodes": ["node-2", "node-3"]}
	{violation.actual | some violation in found(standby)} == {"on in the file of node-2", "on in the file of node-3"}
	not proven(standby)
	proven({"kind": "store", "raw_storage_enabled": false, "raw_storage_nodes": []})
}

test_unknown_setting_proves_nothing if {
	not proven({"kind": "store"})
	count(found({"kind": "store"})) == 0
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "absent_features": []})
	not applies({"kind": "store", "absent_features": ["raw_storage"]})
}
