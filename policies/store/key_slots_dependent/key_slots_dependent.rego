# METADATA
# title: Keys that open the store may all be lost at once
# description: |
#   Where keys outside the store open it, whoever has none is shut out for good: nobody can help. One key is lost with one
#   mistake, and keys of one kind are often lost together: passphrases with the person, key files with the disk, keys of a
#   key service with the account. A second key of another kind opens the store on that day. A key that no longer opens its slot
#   is none, and one for daily use counts where it was seen to open.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [key_slot]
#   rests_on_absence: true
#   unstated: >-
#     Whether the key of each slot for daily use opens it: it is not configured here, or could not be asked.
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
#       alone, then `countersign vault slot add <its name>`. `countersign vault doctor` tells which key does not open its slot.
#   sources:
#     - NIST SP 800-53 Rev. 5, SC-12(1), availability of information when keys are lost, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-57 Part 1 Rev. 5, section 8.2.2.2, key recovery, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
package countersign.store.key_slots_dependent

import data.countersign.lib.names

min_kinds := data.params.key_slots_dependent.min_kinds

slots := input.subject.key_slots

shut := "" if slots.shut_count == 0

shut := sprintf("; slots that their own key does not open: %d", [slots.shut_count]) if slots.shut_count > 0

applicable if "key_slot" in input.subject.own_records

compliant if {
	count(slots.proven_types) >= min_kinds
	count(slots.types) >= min_kinds
}

violations contains {
	"actual": names.few(slots.types),
	"expected": sprintf("keys of at least %s", [names.quantity(min_kinds, "kind", "kinds")]),
	"message": concat("", [sprintf("keys that open the store: %d, of kinds: %s", [slots.count, names.few(slots.types)]), shut]),
} if {
	count(slots.types) < min_kinds
}
