# METADATA
# title: Store makes short passwords
# description: |
#   A password policy says how the passwords are made that the store sets in other systems, such as databases and
#   directories. Nobody types or remembers these, so length costs nothing, and a short one can be found by trying once its
#   digest has leaked. Judged is the length; of what characters a password is made is not looked at.
# schemas:
#   - input: schema.store
# custom:
#   severity: low
#   needs: [password_policy]
#   rests_on_absence: false
#   unstated: >-
#     How long the passwords are: a policy states no length that could be read.
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
#   remediation:
#     hashicorp: >-
#       Write the policy anew with a longer `length`, `vault write sys/policies/password/<name> policy=@policy.hcl`, 20 or
#       more, then rotate what was made by it: `vault write -f <mount>/rotate-root/<connection>` and
#       `vault write -f <mount>/rotate-role/<role>`. Delete a policy that nothing uses.
#   sources:
#     - NIST SP 800-63B-4, section 3.1.1.2, password verifiers, https://pages.nist.gov/800-63-4/sp800-63b.html
#     - PCI DSS 4.0.1, requirements 8.3.6 and 8.6.3, https://www.pcisecuritystandards.org/document_library/
#     - Vault documentation, password policies, https://developer.hashicorp.com/vault/docs/concepts/password-policies
package countersign.store.password_policy_weak

import data.countersign.lib.names

min_length := data.params.password_policy_weak.min_length

applicable if count(input.subject.password_policies) > 0

compliant if {
	every policy in input.subject.password_policies {
		policy.length >= min_length
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
