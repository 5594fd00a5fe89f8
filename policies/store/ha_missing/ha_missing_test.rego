package countersign.store.ha_missing_test

import data.countersign.store.ha_missing

applies(subject) if ha_missing.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if ha_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := ha_missing.violations with input as {"subject": subject} with data.params as params
}

params := {"ha_missing": {"min_nodes": 3}}

cluster(nodes) := {"kind": "store", "ha_enabled": true, "node_count": nodes}

test_three_nodes_are_compliant if {
	applies(cluster(3))
	proven(cluster(3))
	count(found(cluster(3))) == 0
}

test_too_few_nodes_violate if {
	{violation.actual | some violation in found(cluster(1))} == {1}
	not proven(cluster(1))
}

test_no_high_availability_violates if {
	single := {"kind": "store", "ha_enabled": false}
	{violation.actual | some violation in found(single)} == {"no high availability"}
	not proven(single)
}

test_unknown_nodes_prove_nothing if {
	unknown := object.remove(cluster(3), ["node_count"])
	not proven(unknown)
	count(found(unknown)) == 0
	not proven({"kind": "store"})
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "absent_features": []})
	not applies({"kind": "store", "absent_features": ["high_availability"]})
}
