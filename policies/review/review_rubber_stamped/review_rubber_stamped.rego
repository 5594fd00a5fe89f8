# METADATA
# title: Reviewers certify nearly everything, faster than one can read
# description: |
#   A reviewer who certifies nearly all of many items within seconds each has hardly looked at them. The figures are facts; from when on they
#   count is frozen with the campaign: a number of decisions, the share that certifies, and the median seconds between two of them, all of
#   which must hold. It is a reason to ask, not a proof of carelessness.
# schemas:
#   - input: schema.review
# custom:
#   severity: medium
#   needs: [review_campaign, review_reviewer]
#   rests_on_absence: false
#   families: [review]
#   remediation:
#     any: >-
#       Ask the reviewers named how they came to their decisions, draw a sample of them and decide on it anew with somebody else; give fewer items
#       to one person, by owner instead of manager.
#   sources:
#     - PCI DSS 4.0.1, 7.2.4, user accounts and access privileges are reviewed at least once every six months, https://www.pcisecuritystandards.org/document_library/
#     - NIST SP 800-53 Rev. 5, AC-6(7), review of user privileges, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.review.review_rubber_stamped

import data.countersign.lib.names

reviewers := input.subject.reviewers

applicable if {
	input.subject.decision_count > 0
	not input.subject.superseded
}

compliant if {
	reviewers.decided_count > 0
	reviewers.flagged_count == 0
}

violations contains {
	"actual": reviewers.flagged_count,
	"expected": "none",
	"message": sprintf("reviewers who certified as if by rubber stamp: %d of %d: %s", [
		reviewers.flagged_count,
		reviewers.count,
		names.few_of(flagged, max([reviewers.flagged_count, count(flagged)])),
	]),
} if {
	reviewers.flagged_count > 0
}

flagged := {sprintf("%s (%s)", [one.reviewer, one.why]) | some one in reviewers.sample}
