# When a rotation stands in for an end of a secret. Takes the whole subject: where it has no rotation, `not` of a function
# of that would be undefined.
package countersign.lib.rotation

# The store itself makes the next value.
ends(secret, _) if {
	secret.rotation.enabled
	secret.rotation.source == "store"
}

# A label is a claim: it counts while the value is no older than it says, and where it says no more than `limit_days`.
ends(secret, limit_days) if {
	secret.rotation.enabled
	secret.rotation.period_days <= limit_days
	secret.rotation.last_rotated_age_days <= secret.rotation.period_days
}
