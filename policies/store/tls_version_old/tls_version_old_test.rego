package countersign.store.tls_version_old_test

import data.countersign.store.tls_version_old

applies(subject) if tls_version_old.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if tls_version_old.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := tls_version_old.violations with input as {"subject": subject} with data.params as params
}

params := {"tls_version_old": {"accepted_versions": ["tls12", "tls13"]}}

listening(endpoints) := {"kind": "store", "endpoints": endpoints}

from(version) := {"listener_type": "tcp", "address": "10.0.0.5:8200", "tls": true, "tls_min_version": version}

test_modern_version_is_compliant if {
	applies(listening([from("tls12")]))
	proven(listening([from("tls12"), from("tls13")]))
	count(found(listening([from("tls12")]))) == 0
}

test_old_version_violates if {
	seen := listening([from("tls12"), from("tls10")])
	{violation.message | some violation in found(seen)} == {"a listener accepts tls10: 10.0.0.5:8200"}
	not proven(seen)
}

test_old_version_without_an_address_violates if {
	count(found(listening([object.remove(from("tls11"), ["address"])]))) == 1
}

test_listeners_without_tls_are_judged_elsewhere if {
	plain := {"listener_type": "tcp", "tls": false}
	socket := {"listener_type": "unix"}
	proven(listening([from("tls12"), plain, socket]))
	count(found(listening([plain, socket]))) == 0
	not proven(listening([plain, socket]))
}

test_unknown_version_proves_nothing if {
	unknown := listening([from("tls12"), {"listener_type": "tcp", "tls": true}])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_no_listener_proves_nothing if {
	not proven({"kind": "store"})
	count(found({"kind": "store"})) == 0
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "absent_features": []})
	not applies({"kind": "store", "absent_features": ["listener"]})
}
