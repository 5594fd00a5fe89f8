package countersign.principal.principal_without_person_or_owner_test

import data.countersign.principal.principal_without_person_or_owner as policy

applies(subject) if policy.applicable with input as {"subject": subject}

proven(subject) if policy.compliant with input as {"subject": subject}

count_of(subject) := count(found) if {
	found := policy.violations with input as {"subject": subject}
}

silent(subject) if {
	not proven(subject)
	count_of(subject) == 0
}

of(more) := object.union({"principal_type": "entity", "traits": ["people_rostered"], "gaps": []}, more)

test_a_person_or_an_owner_is_compliant if {
	every more in [{"person": {"person_id": "E-1"}}, {"owner": "payments"}] {
		applies(of(more))
		proven(of(more))
		count_of(of(more)) == 0
	}
}

test_neither_violates if {
	applies(of({}))
	count_of(of({})) == 1
	not proven(of({}))
}

test_what_is_undecided_proves_nothing if {
	silent(of({"undecided": ["owner"]}))
	silent(of({"gaps": [{"fact_kind": "principal"}]}))
	perhaps := {"traits": ["people_rostered", "perhaps_login_of_identity"]}
	silent(of(perhaps))
	silent(of(object.union(perhaps, {"owner": "payments"})))
	silent(of(object.union(perhaps, {"person": {"person_id": "E-1"}})))
}

test_not_without_rosters_nor_of_what_is_judged_elsewhere if {
	not applies(of({"traits": []}))
	not applies(of({"principal_type": "token"}))
	not applies(of({"traits": ["people_rostered", "login_of_identity"]}))
	not applies(of({"traits": ["people_rostered", "provider_managed"]}))
}
