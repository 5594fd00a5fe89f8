# METADATA
# title: Somebody decided on their own access, or twice where two must
# description: |
#   Whoever has access does not decide whether they keep it, and where two people must agree, they are two. Countersign refuses both; this
#   counts decisions in force once more, from the items themselves, so that the refusal is shown to hold.
# schemas:
#   - input: schema.review
# custom:
#   severity: critical
#   needs: [review_campaign]
#   rests_on_absence: false
#   unstated: >-
#     Whether anybody did: the journal was not verified.
#   families: [review]
#   remediation:
#     any: >-
#       Reassign these items to somebody else and decide anew, in a new campaign where this one is closed; find out how the decision came in: its
#       channel, who and when stand in the journal.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-5, separation of duties, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - PCI DSS 4.0.1, 7.2.4, user accounts and access privileges are reviewed at least once every six months, https://www.pcisecuritystandards.org/document_library/
package countersign.review.review_self_decided

review := input.subject

applicable if {
	input.subject.decision_count > 0
	not input.subject.superseded
}

compliant if {
	review.self_decided_count == 0
	review.same_person_twice_count == 0
	review.journal_verified
}

violations contains {
	"actual": review.self_decided_count,
	"expected": "none",
	"message": sprintf("decisions by whoever has the access: %d of %d", [review.self_decided_count, review.decision_count]),
} if {
	review.self_decided_count > 0
}

violations contains {
	"actual": review.same_person_twice_count,
	"expected": "two people",
	"message": sprintf("items on which one person decided twice: %d", [review.same_person_twice_count]),
} if {
	review.same_person_twice_count > 0
}
