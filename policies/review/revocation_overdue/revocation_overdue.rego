# METADATA
# title: Revoked access is not known to be gone by its due date
# description: |
#   A decision to revoke takes nothing away by itself. Each revocation has a due date, which of a time limit is its end; it is done when a
#   snapshot after it shows that no path is left. Past its due date, what no snapshot was asked about counts as not done.
# schemas:
#   - input: schema.review
# custom:
#   severity: high
#   needs: [review_campaign, review_revocation]
#   rests_on_absence: false
#   unstated: >-
#     Whether it is gone: what could not be read may hide a path.
#   families: [review]
#   remediation:
#     any: >-
#       Carry out what the revocations name (tickets, patches, commands), collect, and compare the campaign with the new snapshot.
#   sources:
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
#     - NIST SP 800-53 Rev. 5, AC-2 j, review accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AC-2(2), automated temporary and emergency account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.review.revocation_overdue

import data.countersign.lib.names

revocations := input.subject.revocations

applicable if input.subject.revocations.count > 0

compliant if {
	revocations.overdue_count == 0
	revocations.unverifiable_overdue_count == 0
}

violations contains {
	"actual": revocations.overdue_count,
	"expected": "none past its due date",
	"message": sprintf("past their due date and not known to be gone: %d of %s, the oldest for %s: %s", [
		revocations.overdue_count,
		names.quantity(revocations.count, "revocation", "revocations"),
		names.quantity(revocations.oldest_overdue_days, "day", "days"),
		names.few_of(overdue, max([revocations.overdue_count, count(overdue)])),
	]),
} if {
	revocations.overdue_count > 0
}

overdue := {one.principal_id |
	some one in revocations.sample
	one.state in ["open", "still_reachable"]
	one.due
}
