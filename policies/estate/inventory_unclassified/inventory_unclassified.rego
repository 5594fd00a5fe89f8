# METADATA
# title: Too much of the inventory has no owner or no tier
# description: |
#   An inventory whose secrets nobody owns or rates is a list, not an inventory: no limit by tier and no review by owner
#   can work on it. The share of secrets without either is compared with a bound. Each secret is also judged by itself.
# schemas:
#   - input: schema.estate
# custom:
#   severity: medium
#   needs: [secret, secret_metadata]
#   rests_on_absence: true
#   families: [inv]
#   params:
#     limit_percent:
#       type: number
#       unit: percent
#       description: Greatest share of secrets without an owner, and without a tier.
#       default: 5
#   remediation:
#     any: >-
#       Give the store labels (`owner`, `tier`) or add rules by path under `owners` and `tiers` in `countersign.yaml`.
#       One rule for each team's path prefix usually covers most.
#   sources:
#     - NIST SP 800-53 Rev. 5, CM-8, system component inventory, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.estate.inventory_unclassified

limit_percent := data.params.inventory_unclassified.limit_percent

# Without a division: an estate in which nothing could be listed has no secrets.
within_limit(part) if 100 * part <= limit_percent * input.subject.secret_count

applicable if input.subject.secret_count > 0

compliant if {
	within_limit(input.subject.unowned_secret_count + input.subject.owner_undecided_secret_count)
	within_limit(input.subject.untiered_secret_count + input.subject.tier_undecided_secret_count)
}

violations contains {
	"actual": missing,
	"expected": sprintf("at most %v percent", [limit_percent]),
	"message": sprintf("secrets without %s: %d of %d", [what, missing, input.subject.secret_count]),
} if {
	some what, missing in {
		"an owner": input.subject.unowned_secret_count,
		"a tier": input.subject.untiered_secret_count,
	}
	not within_limit(missing)
}
