# METADATA
# title: Request counts as approved without those who must approve it
# description: |
#   An approval is one where a manager gave it and, of high privilege and administration, security as well, who is somebody else; none of them is
#   whoever asked for the access or has it, under whichever of their names. Each request that the register says is approved is held against that.
#   Where no register was read, nobody knows what was requested, and nothing is proven.
# schemas:
#   - input: schema.estate
# custom:
#   severity: medium
#   needs: [access_request, person]
#   rests_on_absence: false
#   unstated: >-
#     Whether access is requested and approved: no register of requests is read. A source with the connector `people` reads one.
#   families: [request]
#   remediation:
#     any: >-
#       Have these requests approved by the people who must, or take the access away. Name who approved and when in the register: docs/people.md shows
#       its columns.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2, account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - PCI DSS v4.0.1, 7.2.3, approval of required privileges, https://www.pcisecuritystandards.org/document_library/
package countersign.estate.request_approval_faulty

import data.countersign.lib.names

applicable if input.subject.request_count >= 0

compliant if {
	input.subject.request_count > 0
	input.subject.faulty_request_count == 0
}

violations contains {
	"actual": input.subject.faulty_request_count,
	"expected": "each approved by a manager and, of high privilege, by security, none for themselves",
	"message": sprintf("of %d requests that are said to be approved %d are not as they must be: %s", [
		input.subject.approved_request_count,
		input.subject.faulty_request_count,
		names.few_of(input.subject.faulty_request_sample, input.subject.faulty_request_count),
	]),
} if {
	input.subject.faulty_request_count > 0
}
