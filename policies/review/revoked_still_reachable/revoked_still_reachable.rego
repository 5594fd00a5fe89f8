# METADATA
# title: Revoked access is still there
# description: |
#   Access that was revoked, and whose removal is due, is still there in a later snapshot: by the path that was meant, or by another, such as a
#   group, a wider policy, or another login of the same person. Before its due date a revocation is on its way.
# schemas:
#   - input: schema.review
# custom:
#   severity: critical
#   needs: [review_campaign, review_revocation]
#   rests_on_absence: false
#   unstated: >-
#     Whether it is gone: no later snapshot was asked, its due date has not come, or what could not be read may hide a path.
#   families: [review]
#   remediation:
#     any: >-
#       Take away each path that is named: `countersign access who-can <secret>` draws them. Collect, and compare the campaign with the new snapshot.
#   sources:
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
#     - NIST SP 800-53 Rev. 5, AC-2 j, review accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AC-6(7), review of user privileges, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.review.revoked_still_reachable

import data.countersign.lib.names

revocations := input.subject.revocations

applicable if input.subject.revocations.removed_count + (input.subject.revocations.still_reachable_count + input.subject.revocations.unverifiable_count) > 0

applicable if input.subject.revocations.overdue_count > 0

compliant if {
	revocations.removed_count > 0
	revocations.still_reachable_count == 0
	revocations.unverifiable_count == 0
	revocations.overdue_count == 0
}

violations contains {
	"actual": revocations.still_reachable_overdue_count,
	"expected": "no path left",
	"message": sprintf("revoked, and still there after the due date: %d of %s: %s", [
		revocations.still_reachable_overdue_count,
		names.quantity(revocations.count, "revocation", "revocations"),
		names.few_of(reachable, max([revocations.still_reachable_overdue_count, count(reachable)])),
	]),
} if {
	revocations.still_reachable_overdue_count > 0
}

reachable := {sprintf("%s through %s", [one.principal_id, path]) |
	some one in revocations.sample
	one.state == "still_reachable"
	one.due
	path := first(one.remaining)
}

first(paths) := paths[0] if count(paths) > 0

first(paths) := "a path that is not named" if count(paths) == 0
