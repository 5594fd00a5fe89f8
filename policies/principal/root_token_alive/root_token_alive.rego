# METADATA
# title: Root token is alive
# description: |
#   A root token may do everything, is bound by no policy, and by default never ends. It is for the first set-up and for
#   emergencies, is made again from the unseal or recovery keys when it is needed, and is revoked afterwards. The
#   collector's own token is no exception.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [token]
#   applies_to: [token]
#   rests_on_absence: false
#   families: [v_root]
#   remediation:
#     hashicorp: >-
#       Revoke it by its accessor: `vault token revoke -accessor <accessor>`. In an emergency make a new one with
#       `vault operator generate-root`, which needs the holders of the key shares, and revoke it on the same day.
#   sources:
#     - Vault documentation, tokens, root tokens, https://developer.hashicorp.com/vault/docs/concepts/tokens#root-tokens
#     - Vault documentation, production hardening, https://developer.hashicorp.com/vault/docs/concepts/production-hardening
#     - NIST SP 800-53 Rev. 5, AC-6(5), privileged accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.root_token_alive

applicable if input.subject.principal_type == "token"

compliant if input.subject.root == false

violations contains {
	"actual": "root",
	"expected": "no live root token",
	"message": sprintf("a live token has the root policy, days since it was made: %d", [input.subject.created_age_days]),
} if {
	input.subject.root
	is_number(input.subject.created_age_days)
}

violations contains {
	"actual": "root",
	"expected": "no live root token",
	"message": "a live token has the root policy",
} if {
	input.subject.root
	not input.subject.created_age_days
}
