# METADATA
# title: Passwords go to the directory over a connection that others can read or answer
# description: |
#   To check a login the store sends the person's password to the directory. In the clear, everyone on the way reads it;
#   without a look at the certificate, whoever answers in the directory's place gets it, and says of any password that it is
#   right. Where the settings name several addresses, the least safe counts, since the next is tried where one does not
#   answer. What never leaves the machine is taken for safe; a name before an `@`, or what separates addresses other than a
#   comma, never makes an address safe.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [auth_config, auth_method]
#   rests_on_absence: false
#   unstated: >-
#     How the store connects to the directory: an address is not simply a host by `ldap:` or `ldaps:`.
#   families: [tls]
#   remediation:
#     hashicorp: >-
#       `vault write auth/<mount>/config url=ldaps://ldap.example.com insecure_tls=false certificate=@directory-ca.pem`, or
#       `starttls=true` for `ldap:`. Then change the password of `binddn`, which went the same way, and have those who logged
#       in change theirs.
#   sources:
#     - Vault API documentation, LDAP auth method, configure, https://developer.hashicorp.com/vault/api-docs/auth/ldap
#     - RFC 4513, LDAP authentication methods and security mechanisms, section 6.3.1, https://www.rfc-editor.org/rfc/rfc4513
#     - NIST SP 800-53 Rev. 5, IA-5(1) c and SC-8, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.directory_connection_insecure

import data.countersign.lib.names

safe := {"local", "verified"}

faults := {
	"plain": "in the clear",
	"unverified": "to whoever answers, since no certificate is checked",
}

applicable if count(input.subject.directories) > 0

compliant if {
	every directory in input.subject.directories {
		directory.protection in safe
	}
}

violations contains {
	"actual": directory.protection,
	"expected": "encrypted, to a directory whose certificate is checked",
	"message": sprintf("passwords go to %s %s, by %s", [names.few(directory.addresses), fault, names.short(directory.path)]),
} if {
	some directory in input.subject.directories
	fault := faults[directory.protection]
}
