# METADATA
# title: Access review is not finished by its due date
# description: |
#   A review that is late lets access stand that nobody stands for. The due date was frozen with the campaign. One that was made and never
#   opened is late as well: nobody is asked yet. A review that ended late is told of until its campaign is closed.
# schemas:
#   - input: schema.review
# custom:
#   severity: high
#   needs: [review_campaign]
#   rests_on_absence: false
#   unstated: >-
#     Whether it is in time: the campaign has no due date.
#   families: [review]
#   params:
#     grace_days:
#       type: integer
#       unit: day
#       description: Days after the due date that are let pass.
#       default: 0
#     open_days:
#       type: integer
#       unit: day
#       description: Days within which a campaign must be opened once it was made.
#       default: 14
#   remediation:
#     any: >-
#       Remind those whose items wait, give items of who is away to others, then end the review: countersign serve, page of the campaign.
#   sources:
#     - PCI DSS 4.0.1, 7.2.4, user accounts and access privileges are reviewed at least once every six months, https://www.pcisecuritystandards.org/document_library/
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
#     - NIST SP 800-53 Rev. 5, AC-2 j, review accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.review.review_overdue

import data.countersign.lib.names

grace_days := data.params.review_overdue.grace_days

open_days := data.params.review_overdue.open_days

review := input.subject

applicable if input.subject.state in ["created", "in_review", "in_remediation"]

compliant if {
	review.state == "created"
	review.created_age_days <= open_days
}

compliant if {
	review.state == "in_review"
	review.due_in_days >= 0
	not review.overdue
}

compliant if {
	review.state == "in_review"
	review.overdue
	review.overdue_days < grace_days
}

compliant if {
	review.state == "in_remediation"
	review.due_in_days
	not late
}

late if {
	review.ended_late
	review.ended_late_days >= grace_days
}

violations contains {
	"actual": review.overdue_days,
	"expected": "decisions by the due date",
	"message": sprintf("decisions were due %s ago, and %d of %s are not decided", [
		names.quantity(review.overdue_days, "day", "days"),
		review.undecided_count,
		names.quantity(review.item_count, "item", "items"),
	]),
} if {
	review.state == "in_review"
	review.overdue
	review.overdue_days >= grace_days
}

violations contains {
	"actual": review.created_age_days,
	"expected": sprintf("opened within %s", [names.quantity(open_days, "day", "days")]),
	"message": sprintf("made %s ago, and never opened: nobody is asked", [names.quantity(review.created_age_days, "day", "days")]),
} if {
	review.state == "created"
	review.created_age_days > open_days
}

violations contains {
	"actual": review.ended_late_days,
	"expected": "decisions by the due date",
	"message": sprintf("the review ended %s after its due date", [names.quantity(review.ended_late_days, "day", "days")]),
} if {
	review.state == "in_remediation"
	late
}
