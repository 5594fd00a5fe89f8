package countersign.store.unauthenticated_listing_test

import data.countersign.store.unauthenticated_listing

applies(subject) if unauthenticated_listing.applicable with input as {"subject": object.union({"absent_features": []}, subject)} with data.params as params

proven(subject) if unauthenticated_listing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := unauthenticated_listing.violations with input as {"subject": subject} with data.params as params
}

params := {"unauthenticated_listing": {"allowed_paths": ["oidc/"]}}

showing(mounts, methods, total) := {
	"kind": "store",
	"mounts": [{"path": path, "engine": "kv", "listing_visibility": "unauth"} | some path in mounts],
	"auth_methods": [{"path": path, "method": "oidc", "listing_visibility": "unauth"} | some path in methods],
	"unauthenticated_listing_count": total,
}

test_hidden_mounts_are_compliant if {
	hidden := {
		"kind": "store",
		"mounts": [{"path": "kv/", "engine": "kv"}],
		"auth_methods": [],
		"unauthenticated_listing_count": 0,
	}
	applies(hidden)
	proven(hidden)
	count(found(hidden)) == 0
}

test_allowed_path_is_compliant if {
	proven(showing([], ["oidc/"], 1))
	count(found(showing([], ["oidc/"], 1))) == 0
}

test_shown_mount_violates if {
	found(showing(["kv/"], ["oidc/"], 2)) == {{
		"actual": "kv/",
		"expected": "hidden",
		"message": "shown to callers who have not logged in: 1 path: kv/",
	}}
	not proven(showing(["kv/"], ["oidc/"], 2))
}

test_shown_mounts_beyond_those_named_violate if {
	count(found(showing([], [], 3))) == 1
	not proven(showing([], [], 3))
}

test_unknown_count_proves_nothing if {
	unknown := object.remove(showing([], [], 0), ["unauthenticated_listing_count"])
	not proven(unknown)
	count(found(unknown)) == 0
}

test_not_of_a_store_without_it_by_design if {
	applies({"kind": "store", "absent_features": []})
	not applies({"kind": "store", "absent_features": ["listener"]})
}
