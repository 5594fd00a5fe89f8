# METADATA
# title: Certificates are issued by ACME to whoever reaches the server
# description: |
#   Clients of ACME show no token. Where the authority asks for no external account binding either, anyone who reaches the
#   server and answers a challenge has certificates of it, for every name whose host or DNS zone they can answer for, and by
#   no policy of the store. An external account ties each account to somebody who had a token. With `new-account-required`,
#   accounts that were there before go on without. Not visible to any API: an environment variable
#   (`VAULT_DISABLE_PUBLIC_ACME`, of OpenBao `BAO_DISABLE_PUBLIC_ACME` too) with which a node refuses ACME unless the setting
#   is `always-required`. An authority that is found here may be shut by it, on the nodes that have it.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [acme_config, certificate_role, mount]
#   rests_on_absence: false
#   unstated: >-
#     Whether accounts without an external account are left from before one was asked for; they still get certificates.
#   families: [pub, cert]
#   remediation:
#     hashicorp: >-
#       `vault write <mount>/config/acme enabled=true eab_policy=always-required`, and give clients a binding of
#       `vault write -f <mount>/acme/new-eab`. Where nobody uses ACME: `vault write <mount>/config/acme enabled=false`. Limit
#       names by `allowed_roles` and `default_directory_policy=role:<role>` or `forbid`.
#   sources:
#     - Vault API documentation, PKI secrets engine, ACME configuration, https://developer.hashicorp.com/vault/api-docs/secret/pki/issuance
#     - RFC 8555, 7.3.4, External Account Binding, https://www.rfc-editor.org/rfc/rfc8555
#     - NIST SP 800-53 Rev. 5, IA-9 and SC-17, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.acme_enrolment_open

import data.countersign.lib.names

open := input.subject.acme_open

open_count := input.subject.acme_open_count

applicable if input.subject.acme_count > 0

compliant if input.subject.acme_bound_count == input.subject.acme_count

violations contains {
	"actual": names.few_of(open, open_count),
	"expected": "an external account of whoever asks",
	"message": sprintf("whoever reaches the server has certificates by ACME from %s", [names.counted_of(open, open_count, "authority", "authorities")]),
} if {
	open_count > 0
}
