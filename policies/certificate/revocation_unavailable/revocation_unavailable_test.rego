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
	fresh := authority({"enabled": true, "next_update_in_days": 2, "ocsp_enabled": false})
	applies(fresh)
	proven(fresh)
	count(found(fresh)) == 0
}

test_ocsp_is_compliant if {
	proven(authority({"enabled": false, "ocsp_enabled": true}))
	count(found(authority({"enabled": false, "ocsp_enabled": true}))) == 0
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
