# METADATA
# title: Riskier secrets are rotated less than harmless ones
# description: |
#   Rotation that reaches the easy secrets and leaves the dangerous ones alone looks good in an average and protects
#   little. The median age of values in the riskiest tier that holds secrets is compared with that of the least risky
#   one. A median over secrets of which some could not be read may be wrong either way.
# schemas:
#   - input: schema.estate
# custom:
#   severity: medium
#   needs: [secret, secret_metadata, secret_rotation]
#   rests_on_absence: true
#   families: [rot_risk]
#   remediation:
#     any: >-
#       List the values of the riskiest tier by age (`inventory.csv`), and automate the rotation of the oldest first.
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3.1, factors of the cryptoperiod, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - NIST SP 800-53 Rev. 5, IA-5 f, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.estate.rotation_risk_inverted

import data.countersign.lib.names

median := input.subject.median_value_age_days_by_tier

present := [tier | some tier in ["critical", "high", "standard", "low"]; is_number(median[tier])]

riskiest := present[0]

calmest := present[count(present) - 1]

applicable if count(input.subject.median_value_age_days_by_tier) >= 2

compliant if {
	count(present) >= 2
	median[riskiest] <= median[calmest]
}

violations contains {
	"actual": median,
	"expected": sprintf("the median age of %s values at most that of %s values", [riskiest, calmest]),
	"message": sprintf("the median age of %s values is %s, that of %s values %s", [
		riskiest,
		names.quantity(median[riskiest], "day", "days"),
		calmest,
		names.quantity(median[calmest], "day", "days"),
	]),
} if {
	count(present) >= 2
	median[riskiest] > median[calmest]
}
