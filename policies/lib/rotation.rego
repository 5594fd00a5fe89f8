# When a rotation stands in for an end of a secret. Takes the whole subject: where it has no rotation, `not` of a function
# of that would be undefined.
package countersign.lib.rotation

# The store itself makes the next value, within `limit_days`: in ten years is never.
ends(secret, limit_days) if {
	secret.rotation.enabled
	secret.rotation.source == "store"
	secret.rotation.period_days > 0
	secret.rotation.period_days <= limit_days
}

# The store makes the next value, and how soon is not known.
perhaps_ends(secret) if {
	secret.rotation.enabled
	secret.rotation.source == "store"
	not secret.rotation.period_days
}

# A period is declared, and nothing tells how old the value is, as of one that is not made yet.
perhaps_kept(secret, limit_days) if {
	secret.rotation.enabled
	secret.rotation.source == "declared"
	secret.rotation.period_days > 0
	secret.rotation.period_days <= limit_days
	not secret.rotation.last_rotated_age_days
}

# A label is a claim: it counts while the value is no older than it says, and where it says no more than `limit_days`.
ends(secret, limit_days) if {
	secret.rotation.enabled
	secret.rotation.period_days <= limit_days
	secret.rotation.last_rotated_age_days <= secret.rotation.period_days
}
