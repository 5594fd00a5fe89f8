# METADATA
# title: People log in with a password alone
# description: |
#   A password that is phished, guessed or reused opens the store when nothing else is asked for. Judged are the auth
#   methods that take a person's password: userpass, LDAP, RADIUS, Okta. A second factor that a directory asks for by
#   itself is not visible to the store and does not count.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [auth_method, login_mfa, store]
#   rests_on_absence: true
#   families: [v_auth]
#   remediation:
#     hashicorp: >-
#       Make an MFA method and enforce it for the auth method:
#       `vault write identity/mfa/method/totp issuer=<issuer>`, then
#       `vault write identity/mfa/login-enforcement/<name> mfa_method_ids=<id> auth_method_accessors=<accessor>`.
#       Better, let people come in by OIDC from a provider that asks for a second factor, and disable userpass.
#   sources:
#     - Vault documentation, login MFA, https://developer.hashicorp.com/vault/docs/auth/login-mfa
#     - NIST SP 800-53 Rev. 5, IA-2(1) and IA-2(2), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.mfa_missing

import data.countersign.lib.names

applicable if {
	count(input.subject.password_auth_methods) > 0
	not "login" in input.subject.absent_features
}

compliant if count(input.subject.password_auth_methods_without_mfa) == 0

violations contains {
	"actual": "a password",
	"expected": "a password and a second factor",
	"message": sprintf("no MFA is enforced on %s", [names.short(method)]),
} if {
	some method in input.subject.password_auth_methods_without_mfa
}
