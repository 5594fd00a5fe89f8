# METADATA
# title: Store listens without TLS
# description: |
#   Tokens and secret values cross a listener without TLS in the clear, and nothing proves to the client which server it
#   talks to. A Unix socket does not leave the machine and needs none.
# schemas:
#   - input: schema.store
# custom:
#   severity: critical
#   needs: [endpoint]
#   rests_on_absence: false
#   families: [tls]
#   remediation:
#     hashicorp: >-
#       In the server's `listener "tcp"` stanza remove `tls_disable` and set `tls_cert_file` and `tls_key_file`, then
#       restart the node. Rotate the values that were read over the open listener.
#   sources:
#     - Vault documentation, TCP listener, https://developer.hashicorp.com/vault/docs/configuration/listener/tcp
#     - Vault documentation, production hardening, https://developer.hashicorp.com/vault/docs/concepts/production-hardening
#     - NIST SP 800-52 Rev. 2, https://csrc.nist.gov/pubs/sp/800/52/r2/final
package countersign.store.tls_off

import data.countersign.lib.names

protected(endpoint) if endpoint.tls

protected(endpoint) if endpoint.listener_type == "unix"

applicable if input.subject.kind == "store"

compliant if {
	count(input.subject.endpoints) > 0
	every endpoint in input.subject.endpoints {
		protected(endpoint)
	}
}

violations contains {
	"actual": "TLS is off",
	"expected": "TLS",
	"message": sprintf("a %s listener takes connections without TLS: %s", [
		names.short(endpoint.listener_type),
		names.short(object.get(endpoint, "address", "address unknown")),
	]),
} if {
	some endpoint in input.subject.endpoints
	endpoint.tls == false
	not protected(endpoint)
}
