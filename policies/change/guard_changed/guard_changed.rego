# METADATA
# title: Change alters what it is judged by
# description: |
#   The configuration, the organisation's own policies, the list of known findings and the waivers decide what passes. A change of
#   them that lets nothing more pass is told as well: a policy that was added, or a waiver that was taken out, is noticed by those who
#   have to live with it.
# schemas:
#   - input: schema.change
# custom:
#   severity: info
#   needs: [guard]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Nothing has to be done where the change is meant.
#   sources:
#     - NIST SP 800-53 Rev. 5, CM-3, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AC-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.change.guard_changed

applicable if input.subject.change_type == "guard"

compliant if input.subject.guard.loosens

violations contains {
	"actual": guard.action,
	"expected": "as in the base",
	"message": guard.detail,
} if {
	guard := input.subject.guard
	not guard.loosens
}
