# METADATA
# title: Key can be deleted at once
# description: |
#   Deleting a key destroys everything that it encrypted. The engine refuses to, until `deletion_allowed` is set: a second
#   step that a mistake or an intruder has to take. On a key in use it should stay off.
# schemas:
#   - input: schema.key
# custom:
#   severity: medium
#   needs: [key]
#   rests_on_absence: false
#   families: [key_del]
#   remediation:
#     hashicorp: "`vault write <mount>/keys/<key>/config deletion_allowed=false`"
#   sources:
#     - Vault API documentation, transit, deletion_allowed, https://developer.hashicorp.com/vault/api-docs/secret/transit
#     - NIST SP 800-57 Part 1 Rev. 5, section 8.3.4, key destruction, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
package countersign.key.key_deletion_allowed

applicable if input.subject.kind == "key"

compliant if input.subject.deletion_allowed == false

violations contains {
	"actual": "deletion allowed",
	"expected": "deletion refused",
	"message": "one call deletes the key and all that it protects",
} if {
	input.subject.deletion_allowed
}
