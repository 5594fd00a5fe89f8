# METADATA
# title: Change gives access to a critical secret that nobody requested
# description: |
#   What a principal gains on a secret of a demanding tier is held against the register of requests: one that is approved and in force must cover
#   it. Where no register is kept nothing is judged; one that could not be read leaves it undetermined, as does a secret of which no tier is stated.
# schemas:
#   - input: schema.change
# custom:
#   severity: high
#   needs: [access_change, access_request]
#   rests_on_absence: true
#   unstated: Whether the access was requested, or is gained at all, or whether the secret is of such a tier, since the register could not be read, no tier is stated, or the access is only possible.
#   families: [request]
#   params:
#     tiers:
#       type: strings
#       description: Tiers of the secrets to which new access needs a request.
#       default: [critical, high]
#   remediation:
#     any: >-
#       Have the access requested and approved, add that to the register and collect again, or take the statement out of the change.
#       docs/people.md shows the register's columns.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6, least privilege, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
package countersign.change.critical_access_unrequested

access := input.subject.access

gains if access.direction in {"gained", "widened"}

loses if access.direction in {"lost", "narrowed"}

# Seeing that a secret is there gives none of it away.
uses if {
	some action in access.actions
	action != "list"
}

demanding if access.target.tier in data.params.critical_access_unrequested.tiers

applicable if input.subject.change_type == "requested_access"

compliant if loses

compliant if access.actions == ["list"]

compliant if {
	access.target.tier
	not demanding
}

compliant if access.requested == true

violations contains {
	"actual": concat(", ", access.actions),
	"expected": "an approved request",
	"message": sprintf("%s gains access to %s without an approved request: %s", [access.principal.name, access.target.name, concat(", ", access.actions)]),
} if {
	gains
	uses
	demanding
	access.requested == false
	access.certainty != "possible"
}
