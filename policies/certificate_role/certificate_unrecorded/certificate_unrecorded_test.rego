package countersign.certificate_role.certificate_unrecorded_test

import data.countersign.certificate_role.certificate_unrecorded

applies(subject) if certificate_unrecorded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if certificate_unrecorded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := certificate_unrecorded.violations with input as {"subject": subject} with data.params as params
}

params := {"certificate_unrecorded": {"short_life_days": 7}}

role(own) := object.union({"kind": "certificate_role", "no_store": true, "max_life_s": 604800}, own)

test_kept_certificates_are_compliant if {
	kept := role({"no_store": false, "max_life_s": 31536000})
	applies(kept)
	proven(kept)
	count(found(kept)) == 0
}

test_long_lives_without_a_record_violate if {
	every one in [role({"max_life_s": 604801}), role({"fixed_end_in_days": 8})] {
		count(found(one)) == 1
		not proven(one)
	}
}

test_short_lives_without_a_record_prove_nothing if {
	every one in [role({}), role({"max_life_s": 31536000, "fixed_end_in_days": 7})] {
		applies(one)
		not proven(one)
		count(found(one)) == 0
	}
}

test_unread_role_proves_nothing if {
	unknown := object.remove(role({}), ["no_store", "max_life_s"])
	not proven(unknown)
	count(found(unknown)) == 0
}
