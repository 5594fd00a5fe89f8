package countersign.certificate.revocation_unavailable_test

import data.countersign.certificate.revocation_unavailable

applies(subject) if revocation_unavailable.applicable with input as {"subject": subject} with data.params as params

proven(subject) if revocation_unavailable.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := revocation_unavailable.violations with input as {"subject": subject} with data.params as params
}

params := {}

authority(list) := {"is_ca": true, "revoked": false, "expires_in_days": 100, "revocation_list": list}

test_current_list_is_compliant if {
	fresh := authority({"enabled": true, "next_update_in_days": 2, "list_named": true, "ocsp_enabled": false})
	applies(fresh)
	proven(fresh)
	count(found(fresh)) == 0
}

test_ocsp_is_compliant if {
	answers := authority({"enabled": false, "ocsp_enabled": true, "ocsp_named": true})
	proven(answers)
	count(found(answers)) == 0
}

test_no_revocation_violates if {
	none := authority({"enabled": false, "ocsp_enabled": false})
	count(found(none)) == 1
	not proven(none)
}

test_stale_list_violates if {
	stale := authority({"enabled": true, "next_update_in_days": -4, "ocsp_enabled": false})
	{violation.actual | some violation in found(stale)} == {-4}
	not proven(stale)
}

test_what_no_certificate_names_violates if {
	messages := {violation.message |
		some enabled in [true, false]
		some ocsp in [true, false]
		list := {"enabled": enabled, "ocsp_enabled": ocsp, "list_named": false, "ocsp_named": false}
		some violation in found(authority(list))
		not proven(authority(list))
	}
	messages == {
		"its certificates do not say where the revocation list is, nor where OCSP answers",
		"its certificates do not say where the revocation list is, and it answers no OCSP",
		"its certificates do not say where OCSP answers, and it keeps no revocation list",
		"the authority keeps no revocation list and answers no OCSP",
	}
}

test_one_of_both_that_is_named_and_works_is_enough if {
	both := {"enabled": true, "next_update_in_days": 2, "ocsp_enabled": true}
	proven(authority(object.union(both, {"list_named": true, "ocsp_named": false})))
	proven(authority(object.union(both, {"list_named": false, "ocsp_named": true})))
	count(found(authority(object.union(both, {"list_named": false, "ocsp_named": true})))) == 0
}

test_the_one_that_is_named_must_be_the_one_that_works if {
	wrong := authority({
		"enabled": true, "next_update_in_days": 2, "list_named": false, "ocsp_enabled": false,
		"ocsp_named": true,
	})
	count(found(wrong)) == 1
	not proven(wrong)
}

test_names_that_are_not_known_prove_nothing if {
	unknown := authority({"enabled": true, "next_update_in_days": 2, "ocsp_enabled": true})
	not proven(unknown)
	count(found(unknown)) == 0
}

test_leaf_is_not_applicable if not applies({"is_ca": false, "revoked": false, "expires_in_days": 9})

test_revoked_or_expired_authority_is_not_applicable if {
	not applies({"is_ca": true, "revoked": true, "expires_in_days": 9})
	not applies({"is_ca": true, "revoked": false, "expires_in_days": -9})
}

test_unknown_list_proves_nothing if {
	unknown := {"is_ca": true, "revoked": false, "expires_in_days": 100}
	not proven(unknown)
	count(found(unknown)) == 0
	undated := authority({"enabled": true, "ocsp_enabled": false})
	not proven(undated)
	count(found(undated)) == 0
}
