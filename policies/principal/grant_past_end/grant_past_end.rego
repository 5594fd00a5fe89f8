# METADATA
# title: Principal has access past the end of its request
# description: |
#   Access that was approved for a time is to end with it: left in place it is access that nobody approved. What a principal may read, or more, by
#   effective access is held against the ends in the register of requests; of a date alone the end is when that day is over everywhere. One
#   finding for a principal names how many things it may still use, and the first. Which request counts, `grant_unrequested` says.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [access_request, person, roster]
#   applies_to: [auth_group, auth_role, auth_user, entity, iam_role, iam_user, key_slot, token_role]
#   rests_on_absence: true
#   unstated: >-
#     Whether a grant has outlived its request: several people fit the principal, a part of it was never requested, so that no end is known, what it may do is only possible or was not computed, or there is too much of it.
#   families: [temp]
#   params:
#     allowed_count:
#       type: integer
#       unit: count
#       description: How many things a principal may have access to past the end of its request.
#       default: 0
#   remediation:
#     any: >-
#       Take the access away that `countersign access what-can <principal>` shows, or have it requested and approved anew, and add that to the
#       register. Let access for a time end by itself: a TTL, a session, a group with an end.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2(2), automated temporary and emergency account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
package countersign.principal.grant_past_end

import data.countersign.lib.names

allowed_count := data.params.grant_past_end.allowed_count

requests := input.subject.requests

# Perhaps an identity is judged in its stead.
judged_here if not "perhaps_login_of_identity" in input.subject.traits

# A gap in what access comes from hides a part of it. Not among what the policy needs: estates without lists would be made red by it.
grants_known if every gap in input.subject.gaps { gap.fact_kind != "grant" }

applicable if {
	"requests_registered" in input.subject.traits
	input.subject.principal_type in {"auth_group", "auth_role", "auth_user", "entity", "iam_role", "iam_user", "key_slot", "token_role"}
	not "provider_managed" in input.subject.traits
	not "login_of_identity" in input.subject.traits
}

compliant if {
	judged_here
	grants_known
	input.subject.access
	requests.past_end_count <= allowed_count
	requests.unrequested_count == 0
	requests.uncertain_count == 0
}

violations contains {
	"actual": requests.past_end_count,
	"expected": sprintf("at most %d past the end of their requests", [allowed_count]),
	"message": sprintf("it may use %d things; for %d of them every approved request is past its end: %s", [
		requests.granted_count,
		requests.past_end_count,
		names.few_of(requests.past_end_sample, requests.past_end_count),
	]),
} if {
	judged_here
	requests.matched_certain
	requests.past_end_count > allowed_count
}
