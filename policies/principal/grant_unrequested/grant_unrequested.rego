# METADATA
# title: Principal has access that nobody requested
# description: |
#   What a principal may read, or more, by effective access is held against the register of requests. A request counts where a manager approved it
#   and, of high privilege and administration, security as well, neither being whoever asked for it or has it. Roles that a principal assumes are judged
#   by themselves. One finding for a principal names how many things it may use without a request, and the first.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [access_request, person, roster]
#   applies_to: [auth_group, auth_role, auth_user, entity, iam_role, iam_user, key_slot, token_role]
#   rests_on_absence: true
#   unstated: >-
#     Whether each grant was requested: several people fit the principal, what it may do is only possible or was not computed, or there is too much of it.
#   families: [request]
#   params:
#     allowed_count:
#       type: integer
#       unit: count
#       description: How many things a principal may have access to without a request.
#       default: 0
#   remediation:
#     any: >-
#       `countersign access what-can <principal>` shows the paths. Take the access away, or have it requested and approved, and add that to the
#       register: docs/people.md shows its columns.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2, account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
package countersign.principal.grant_unrequested

import data.countersign.lib.names

allowed_count := data.params.grant_unrequested.allowed_count

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
	requests.unrequested_count <= allowed_count
	requests.uncertain_count == 0
}

violations contains {
	"actual": requests.unrequested_count,
	"expected": sprintf("at most %d without an approved request", [allowed_count]),
	"message": sprintf("it may use %d things; for %d of them there was no approved request: %s", [
		requests.granted_count,
		requests.unrequested_count,
		names.few_of(requests.unrequested_sample, requests.unrequested_count),
	]),
} if {
	judged_here
	requests.matched_certain
	requests.unrequested_count > allowed_count
}
