# METADATA
# title: Key can be exported from the store
# description: |
#   The point of a key service is that the key never leaves it. An exportable key, or one whose plaintext backup is
#   allowed, can be taken away whole by whoever holds that path, and no later change of policy brings it back. Neither
#   setting can be undone on the same key.
# schemas:
#   - input: schema.key
# custom:
#   severity: high
#   needs: [key]
#   rests_on_absence: false
#   families: [key_cmk]
#   remediation:
#     aws: >-
#       Keys of KMS cannot be taken out. One whose material was imported is known outside: make a key with material of
#       KMS's own and move the data with `aws kms re-encrypt`.
#     azure: >-
#       Make a new key without `exportable`, move the data to it, and delete the old one.
#     hashicorp: >-
#       Make a new key without `exportable` and `allow_plaintext_backup` (`vault write -f <mount>/keys/<new>`), move the
#       data by decrypting and encrypting it again, and delete the old key. Until then deny `<mount>/export/*` and
#       `<mount>/backup/*` in every policy.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Let the key not be exported; its `release_policy` goes with that.
#         example: |-
#           "attributes": { "enabled": true, "exportable": false }
#     terraform:
#       hashicorp:
#         text: >-
#           Let `{reference}` be neither exported nor backed up in the clear. Neither can be undone on the same key; make a new one.
#         example: |-
#           exportable             = false
#           allow_plaintext_backup = false
#       any:
#         text: >-
#           Let `{reference}` not be exported.
#   sources:
#     - Vault API documentation, transit, exportable and allow_plaintext_backup, https://developer.hashicorp.com/vault/api-docs/secret/transit
#     - NIST SP 800-57 Part 1 Rev. 5, section 6, protection of key information, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
package countersign.key.key_exportable

applicable if input.subject.kind == "key"

compliant if {
	input.subject.exportable == false
	input.subject.plaintext_backup_allowed == false
}

violations contains {
	"actual": "exportable",
	"expected": "not exportable",
	"message": "the key can be exported: whoever may do that can take it away",
} if {
	input.subject.exportable
}

violations contains {
	"actual": "plaintext backup allowed",
	"expected": "no plaintext backup",
	"message": "the key can be backed up in the clear: whoever may do that can take it away",
} if {
	input.subject.plaintext_backup_allowed
}
