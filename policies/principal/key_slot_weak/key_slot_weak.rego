# METADATA
# title: Key that opens the whole store is kept or bound weakly
# description: |
#   Whoever holds the key of a slot has every credential of the store. An environment variable is inherited by every child
#   process, stands in listings of processes and in crash reports. A slot for a public key can be made by anybody who knows
#   that key: unless the configuration names the fingerprint that the store must have, somebody may put a store of their own
#   in its place, and be given the credentials that are kept from then on.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [key_slot]
#   applies_to: [key_slot]
#   rests_on_absence: false
#   unstated: >-
#     What keeps the key, or whether its slot proves who made it: the key is not configured here.
#   families: [plain]
#   remediation:
#     embedded: >-
#       Add a slot for a key service, a hardware token or a key file that its owner alone reads
#       (`countersign vault slot add <name>`), then remove this one (`countersign vault slot remove <id>`). For a public key,
#       give `embedded_vault.id` and `embedded_vault.fingerprint` in `countersign.yaml`; `countersign vault list` shows them.
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 6.2.2, protection of keys in storage, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - OWASP Secrets Management Cheat Sheet, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.principal.key_slot_weak

slot := input.subject.key_slot

safely_kept if slot.custody in {"file", "hardware", "identity_file", "passphrase", "service"}

bound if slot.authenticated_wrap

bound if slot.fingerprint_pinned

applicable if input.subject.principal_type == "key_slot"

compliant if {
	safely_kept
	bound
}

violations contains {
	"actual": "an environment variable",
	"expected": "a key service, hardware, a passphrase or a file of its owner's",
	"message": "the key stands in an environment variable, which is inherited and listed",
} if {
	slot.custody == "environment"
}

violations contains {
	"actual": "a public key, and no fingerprint on record",
	"expected": "a fingerprint in the configuration",
	"message": "anybody can make a slot for this key, and no configured fingerprint tells the store from another",
} if {
	slot.authenticated_wrap == false
	slot.fingerprint_pinned == false
}
