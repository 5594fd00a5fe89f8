# METADATA
# title: Change loosens what it is judged by
# description: |
#   Whoever may change the configuration, the organisation's own policies, the list of known findings or a waiver together with what
#   these are about can let pass whatever they like. What holds is taken from the state that the change is to be merged into; what the
#   change would let pass from then on has to be seen by whoever approves it.
# schemas:
#   - input: schema.change
# custom:
#   severity: high
#   needs: [guard]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Bring in what loosens the gate by a change of its own, approved by whoever answers for the policies, or take it out of this one.
#   sources:
#     - NIST SP 800-53 Rev. 5, CM-3, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AC-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.change.guard_loosened

applicable if input.subject.change_type == "guard"

compliant if not input.subject.guard.loosens

violations contains {
	"actual": guard.action,
	"expected": "a change of its own",
	"message": guard.detail,
} if {
	guard := input.subject.guard
	guard.loosens
}
