package countersign.store.integrity_not_intact_test

import data.countersign.store.integrity_not_intact

applies(subject) if integrity_not_intact.applicable with input as {"subject": subject} with data.params as params

proven(subject) if integrity_not_intact.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := integrity_not_intact.violations with input as {"subject": subject} with data.params as params
}

params := {}

checked(damage, unchecked, findings) := {"own_records": ["integrity_check"], "integrity": {
	"damage_count": damage,
	"unchecked_count": unchecked,
	"findings": findings,
}}

altered := {"code": "altered", "path": "vault/gen/000000000007"}

test_intact_is_compliant if {
	applies(checked(0, 0, []))
	proven(checked(0, 0, []))
	count(found(checked(0, 0, []))) == 0
}

test_damage_violates if {
	found(checked(1, 0, [altered])) == {{
		"actual": 1,
		"expected": "none",
		"message": "altered, missing, foreign or taken back: 1; first found: altered vault/gen/000000000007",
	}}
	not proven(checked(1, 0, [altered]))
}

test_damage_in_what_could_be_looked_at_violates if count(found(checked(1, 1, [altered]))) == 1

test_unchecked_part_proves_nothing if {
	not proven(checked(0, 1, [{"code": "locked", "path": "vault/gen/000000000007"}]))
	count(found(checked(0, 1, []))) == 0
}

test_store_without_a_check_is_not_applicable if not applies({"own_records": []})

test_unknown_result_proves_nothing if {
	not proven({"own_records": ["integrity_check"]})
	count(found({"own_records": ["integrity_check"]})) == 0
}
