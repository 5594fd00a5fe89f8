# METADATA
# title: Store's own files are damaged, exchanged or taken back
# description: |
#   A store that keeps its own files can say whether they are what was written: an altered byte, a missing file, an older
#   state than one that was seen, or another store in its place. Each means a broken disk, a restore that nobody declared, or
#   somebody at work. A check that could not look at everything proves nothing.
# schemas:
#   - input: schema.store
# custom:
#   severity: critical
#   needs: [integrity_check]
#   rests_on_absence: false
#   unstated: >-
#     Whether what could not be looked at is intact: no key opened the store, or a file could not be read.
#   families: [store_int]
#   remediation:
#     embedded: >-
#       `countersign vault fsck` names each file. Find out who or what changed it before you trust what is in there; then
#       bring back a backup, or declare a restore of yours with `countersign vault adopt`.
#   sources:
#     - NIST SP 800-53 Rev. 5, SI-7, software, firmware and information integrity, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.integrity_not_intact

import data.countersign.lib.names

check := input.subject.integrity

applicable if "integrity_check" in input.subject.own_records

compliant if {
	check.damage_count == 0
	check.unchecked_count == 0
}

violations contains {
	"actual": check.damage_count,
	"expected": "none",
	"message": sprintf("altered, missing, foreign or taken back: %d; first found: %s", [
		check.damage_count,
		names.few([sprintf("%s %s", [finding.code, finding.path]) | some finding in check.findings]),
	]),
} if {
	check.damage_count > 0
}
