# METADATA
# title: Access review left access undecided, or nobody stands for its result
# description: |
#   A review proves something of the access that was decided on, over a population that is known to be whole, once compliance signed the
#   result off and management took note. Items that nobody decided, or that a rule let be because nobody answered, are certified by
#   nobody. A later closed campaign of the same template takes its place.
# schemas:
#   - input: schema.review
# custom:
#   severity: high
#   needs: [review_campaign]
#   rests_on_absence: false
#   unstated: >-
#     Whether the result is whole: the campaign is not closed yet, its journal was not verified, or it has no items, so that nothing was reviewed.
#   families: [review]
#   params:
#     sign_off_days:
#       type: integer
#       unit: day
#       description: Days after the end of remediation within which the result is signed off and acknowledged.
#       default: 14
#   remediation:
#     any: >-
#       Name who decides where nobody could be found (rosters, `owners` and `fallback` of `review`), mend what the gaps of the population name
#       and compare the campaign with a new snapshot, ask compliance to sign off and management to acknowledge.
#   sources:
#     - PCI DSS 4.0.1, 7.2.4, user accounts and access privileges are reviewed at least once every six months, https://www.pcisecuritystandards.org/document_library/
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
#     - NIST SP 800-53 Rev. 5, AC-6(7), review of user privileges, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.review.review_incomplete

import data.countersign.lib.names

sign_off_days := data.params.review_incomplete.sign_off_days

review := input.subject

ended if input.subject.state in ["in_remediation", "closed"]

late if review.state == "closed"

late if review.remediation_overdue_days > sign_off_days

applicable if {
	ended
	not input.subject.superseded
}

applicable if {
	input.subject.state == "in_review"
	input.subject.unassigned_count > 0
}

compliant if {
	review.state == "closed"
	review.item_count > 0
	review.undecided_count == 0
	review.kept_count == 0
	review.population_complete
	review.journal_verified
	review.signed_off
	review.acknowledged
}

violations contains {
	"actual": review.undecided_count,
	"expected": "every item decided",
	"message": sprintf("the review ended, and %d of %s are decided by nobody", [
		review.undecided_count,
		names.quantity(review.item_count, "item", "items"),
	]),
} if {
	ended
	review.undecided_count > 0
}

violations contains {
	"actual": review.kept_count,
	"expected": "every item decided by people",
	"message": sprintf("nobody answered, and a rule let the access be: %d of %s", [
		review.kept_count,
		names.quantity(review.item_count, "item", "items"),
	]),
} if {
	ended
	review.kept_count > 0
}

violations contains {
	"actual": review.unassigned_count,
	"expected": "somebody who decides on every item",
	"message": sprintf("items for which nobody could be found who decides: %d of %d", [review.unassigned_count, review.item_count]),
} if {
	review.state == "in_review"
	review.unassigned_count > 0
}

violations contains {
	"actual": review.population_gap_count,
	"expected": "a population that is known to be whole",
	"message": sprintf("the population may lack access: gaps in what it was made of: %d", [review.population_gap_count]),
} if {
	ended
	not review.population_complete
}

violations contains {
	"actual": "not signed off",
	"expected": sprintf("signed off within %s of remediation's end", [names.quantity(sign_off_days, "day", "days")]),
	"message": "nobody signed the result off",
} if {
	late
	not review.signed_off
}

violations contains {
	"actual": "not acknowledged",
	"expected": sprintf("acknowledged within %s of remediation's end", [names.quantity(sign_off_days, "day", "days")]),
	"message": "management did not acknowledge the result",
} if {
	late
	not review.acknowledged
}
