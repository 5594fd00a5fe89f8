# METADATA
# title: Keys that open the store may all be lost at once
# description: |
#   Where keys outside the store open it, whoever has none is shut out for good: nobody can help. One key is lost with one
#   mistake, and keys of one kind are often lost together: passphrases with the person, key files with the disk, keys of a
#   key service with the account. A second key of another kind opens the store on that day.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [key_slot]
#   rests_on_absence: true
#   families: [v_seal]
#   params:
#     min_kinds:
#       type: integer
#       unit: count
#       description: Least number of kinds of keys.
#       default: 2
#   remediation:
#     embedded: >-
#       Configure a key of another kind under `embedded_vault.keys`, with `purpose: recovery` if it is kept for that day
#       alone, then `countersign vault slot add <its name>`.
#   sources:
#     - NIST SP 800-53 Rev. 5, SC-12(1), availability of information when keys are lost, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-57 Part 1 Rev. 5, section 8.2.2.2, key recovery, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
package countersign.store.key_slots_dependent

import data.countersign.lib.names

min_kinds := data.params.key_slots_dependent.min_kinds

slots := input.subject.key_slots

applicable if "key_slot" in input.subject.own_records

compliant if {
	slots.count >= min_kinds
	count(slots.types) >= min_kinds
}

violations contains {
	"actual": names.few(slots.types),
	"expected": sprintf("keys of at least %s", [names.quantity(min_kinds, "kind", "kinds")]),
	"message": sprintf("keys that open the store: %d, of kinds: %s", [slots.count, names.few(slots.types)]),
} if {
	count(slots.types) < min_kinds
}
