# METADATA
# title: No access review was completed in time
# description: |
#   Access that was right when it was given is wrong once its holder's work changes: who may reach what is to be reviewed at regular
#   intervals, by people, over everything. The last campaign that was closed must not be older than the limit. Where nothing tells of
#   reviews, nothing is proven; that needs a source with the connector `review`.
# schemas:
#   - input: schema.estate
# custom:
#   severity: high
#   needs: [review_campaign, review_register]
#   rests_on_absence: true
#   unstated: >-
#     Whether access is reviewed: no source tells of reviews, the first campaign is still under way, or those that were closed leave a part of the
#     access out.
#   families: [review]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest number of days since the last campaign was closed; by default a quarter, and some days for the review itself.
#       default: 100
#   remediation:
#     any: >-
#       Name a source with the connector `review` where reviews take place here. Define a quarterly campaign under `review.campaigns`, start and
#       finish it: countersign serve.
#   sources:
#     - PCI DSS 4.0.1, 7.2.4, user accounts and access privileges are reviewed at least once every six months, https://www.pcisecuritystandards.org/document_library/
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
#     - NIST SP 800-53 Rev. 5, AC-2 j, review accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.estate.access_review_missing

import data.countersign.lib.names

limit_days := data.params.access_review_missing.limit_days

reviews := input.subject.reviews

applicable if input.subject.reviews.register_count >= 0

compliant if {
	reviews.register_count > 0
	reviews.complete_age_days <= limit_days
}

closed if reviews.closed_age_days >= -1

# The first campaign takes its time: until the limit is over nothing is missing.
begun if {
	reviews.open_count > 0
	reviews.first_created_age_days <= limit_days
}

violations contains {
	"actual": reviews.closed_age_days,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the last access review was closed %s ago", [names.quantity(reviews.closed_age_days, "day", "days")]),
} if {
	reviews.register_count > 0
	reviews.closed_age_days > limit_days
}

violations contains {
	"actual": "never",
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("no access review was ever completed; campaigns: %d", [reviews.campaign_count]),
} if {
	reviews.register_count > 0
	not closed
	not begun
}
