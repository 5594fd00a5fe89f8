package countersign.store.tls_off_test

import data.countersign.store.tls_off

applies(subject) if tls_off.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if tls_off.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := tls_off.violations with input as {"subject": subject} with data.params as params
}

params := {}

listening(endpoints) := {"kind": "store", "endpoints": endpoints}

safe := {"listener_type": "tcp", "address": "10.0.0.5:8200", "tls": true}

open := {"listener_type": "tcp", "address": "10.0.0.5:8210", "tls": false}

test_tls_everywhere_is_compliant if {
	applies(listening([safe]))
	proven(listening([safe]))
	count(found(listening([safe]))) == 0
}

test_unix_socket_needs_none if {
	socket := {"listener_type": "unix", "address": "/run/vault.sock", "tls": false}
	proven(listening([safe, socket]))
	count(found(listening([safe, socket]))) == 0
}

test_one_open_listener_violates if {
	found(listening([safe, open])) == {{
		"actual": "TLS is off",
		"expected": "TLS",
		"message": "a tcp listener takes connections without TLS: 10.0.0.5:8210",
	}}
	not proven(listening([safe, open]))
}

test_open_listener_without_an_address_violates if {
	count(found(listening([object.remove(open, ["address"])]))) == 1
}

test_unknown_listener_proves_nothing if {
	unknown := listening([safe, {"listener_type": "tcp"}])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_no_listener_proves_nothing if {
	not proven(listening([]))
	not proven({"kind": "store"})
	count(found({"kind": "store"})) == 0
}

test_node_that_advertises_http_violates if {
	nodes := [
		{"node": "vault-1", "address": "https://vault-1.example.org:8200"},
		{"node": "vault-2", "address": "HTTP://vault-2.example.org:8200"},
		{"address": "http://vault.example.org:8200"},
	]
	subject := object.union(listening([safe]), {"advertised_addresses": nodes})
	found(subject) == {
		{
			"actual": "HTTP://vault-2.example.org:8200",
			"expected": "https",
			"message": "vault-2 tells clients to find it at an address without TLS: HTTP://vault-2.example.org:8200",
		},
		{
			"actual": "http://vault.example.org:8200",
			"expected": "https",
			"message": "the active node tells clients to find it at an address without TLS: http://vault.example.org:8200",
		},
	}
	not proven(subject)
}

test_advertised_https_proves_no_listener if {
	nodes := [{"node": "vault-1", "address": "https://vault-1.example.org:8200"}]
	subject := {"kind": "store", "advertised_addresses": nodes}
	not proven(subject)
	count(found(subject)) == 0
	proven(object.union(listening([safe]), {"advertised_addresses": nodes}))
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "absent_features": []})
	not applies({"kind": "store", "absent_features": ["listener"]})
}
