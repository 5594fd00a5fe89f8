package countersign.store.cors_any_origin_test

import data.countersign.store.cors_any_origin

applies(subject) if cors_any_origin.applicable with input as {"subject": subject}

proven(subject) if cors_any_origin.compliant with input as {"subject": subject}

found(subject) := violations if {
	violations := cors_any_origin.violations with input as {"subject": subject}
}

store(enabled, origins) := {
	"kind": "store",
	"absent_features": [],
	"cors": {"enabled": enabled, "allowed_origins": origins},
}

test_switched_off_is_compliant if {
	every one in [store(false, []), store(false, ["*"])] {
		applies(one)
		proven(one)
		count(found(one)) == 0
	}
}

test_named_origins_are_compliant if {
	proven(store(true, ["https://portal.example.com"]))
	count(found(store(true, ["https://portal.example.com"]))) == 0
}

test_any_origin_violates if {
	open := store(true, ["*"])
	found(open) == {{
		"actual": "*",
		"expected": "named origins",
		"message": "scripts of any web site may call the store from a browser, by 1 origin: *",
	}}
	not proven(open)
}

test_pattern_and_null_count_as_any if {
	open := store(true, ["https://portal.example.com", "https://*.example.com", "null"])
	{violation.actual | some violation in found(open)} == {"https://*.example.com, null"}
	not proven(open)
}

test_unread_settings_prove_nothing if {
	unknown := object.remove(store(true, []), ["cors"])
	applies(unknown)
	not proven(unknown)
	count(found(unknown)) == 0
}

test_not_of_a_store_without_it_by_design if not applies(object.union(store(true, ["*"]), {"absent_features": ["listener"]}))
