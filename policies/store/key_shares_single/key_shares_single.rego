# METADATA
# title: One person can unseal the store
# description: |
#   The unseal key is split so that no single person can open the store, or make a root token. With one share, or with a
#   threshold of one, a single person can. With auto-unseal a key service holds the key instead.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [store]
#   rests_on_absence: false
#   families: [v_seal]
#   params:
#     min_threshold:
#       type: integer
#       unit: count
#       description: Least number of people who must act together.
#       default: 2
#   remediation:
#     hashicorp: >-
#       Split the key anew: `vault operator rekey -init -key-shares=5 -key-threshold=3`, with each share encrypted for
#       its holder by `-pgp-keys`. Or move to auto-unseal with a `seal` stanza.
#   sources:
#     - Vault documentation, seal and unseal, https://developer.hashicorp.com/vault/docs/concepts/seal
#     - NIST SP 800-57 Part 2 Rev. 1, split knowledge and dual control, https://csrc.nist.gov/pubs/sp/800/57/pt2/r1/final
package countersign.store.key_shares_single

min_threshold := data.params.key_shares_single.min_threshold

applicable if {
	input.subject.kind == "store"
	not "seal_shares" in input.subject.absent_features
}

compliant if input.subject.auto_unseal

compliant if {
	input.subject.key_threshold >= min_threshold
	input.subject.key_shares >= min_threshold
}

violations contains {
	"actual": sprintf("%d of %d", [input.subject.key_threshold, input.subject.key_shares]),
	"expected": sprintf("a threshold of at least %d", [min_threshold]),
	"message": sprintf("shares that must come together: %d of %d", [
		input.subject.key_threshold,
		input.subject.key_shares,
	]),
} if {
	input.subject.auto_unseal == false
	min([input.subject.key_threshold, input.subject.key_shares]) < min_threshold
}
