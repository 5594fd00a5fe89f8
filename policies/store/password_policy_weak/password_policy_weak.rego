# METADATA
# title: Store makes passwords that can be guessed
# description: |
#   A password policy says how the passwords are made that the store sets in other systems, such as databases and
#   directories. Nobody types or remembers these, so length costs nothing, and one that is short or made of few
#   characters can be found by trying once its digest has leaked. Judged are the length and the least entropy, which follows
#   from the characters that the rules name.
# schemas:
#   - input: schema.store
# custom:
#   severity: low
#   needs: [password_policy]
#   rests_on_absence: false
#   unstated: >-
#     How long the passwords are, or of which characters: a policy states it in a way that could not be read.
#   families: [v_auth]
#   params:
#     min_length:
#       type: integer
#       unit: character
#       description: >-
#         Least length of a password. The default is that of NIST SP 800-63B-4 for a password that is the only factor; PCI DSS
#         4.0.1 asks for 12 (8.3.6).
#       strictest: max
#       default: 15
#     min_bits:
#       type: integer
#       unit: bit
#       description: >-
#         Least entropy of a password. What 15 letters and digits have is 89; at 80, trying a million million a second takes
#         some 19,000 years for half of all.
#       strictest: max
#       default: 80
#   remediation:
#     hashicorp: >-
#       Write the policy anew with a longer `length` and rules that name more
#       characters, `vault write sys/policies/password/<name> policy=@policy.hcl`, 20 or
#       more, then rotate what was made by it: `vault write -f <mount>/rotate-root/<connection>` and
#       `vault write -f <mount>/rotate-role/<role>`. Delete a policy that nothing uses.
#   sources:
#     - NIST SP 800-63B-4, section 3.1.1.2, password verifiers, https://pages.nist.gov/800-63-4/sp800-63b.html
#     - PCI DSS 4.0.1, requirements 8.3.6 and 8.6.3, https://www.pcisecuritystandards.org/document_library/
#     - Vault documentation, password policies, https://developer.hashicorp.com/vault/docs/concepts/password-policies
package countersign.store.password_policy_weak

import data.countersign.lib.names

min_length := data.params.password_policy_weak.min_length

min_bits := data.params.password_policy_weak.min_bits

applicable if count(input.subject.password_policies) > 0

compliant if {
	every policy in input.subject.password_policies {
		policy.length >= min_length
		policy.bits >= min_bits
	}
}

violations contains {
	"actual": policy.length,
	"expected": sprintf("at least %d characters", [min_length]),
	"message": sprintf("makes passwords of %d characters, the least is %d: %s", [policy.length, min_length, names.short(policy.path)]),
} if {
	some policy in input.subject.password_policies
	policy.length < min_length
}

violations contains {
	"actual": policy.bits,
	"expected": sprintf("at least %d bits of entropy", [min_bits]),
	"message": sprintf("makes passwords of %d bits, the least is %d: %s", [policy.bits, min_bits, names.short(policy.path)]),
} if {
	some policy in input.subject.password_policies
	policy.length >= min_length
	policy.bits < min_bits
}
