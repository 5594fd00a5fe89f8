# METADATA
# title: Store listens without TLS
# description: |
#   Tokens and secret values cross a listener without TLS in the clear, and nothing proves to the client which server it
#   talks to. A Unix socket does not leave the machine and needs none. A node that tells clients to find it at an `http:`
#   address sends them, and their tokens, there in the clear, whatever its listeners do. Each
#   node has listeners of its own, and the store tells only those of the node that answers. Where there are others the
#   outcome is undetermined at best: an `https:` address of theirs proves nothing, since it may be a load balancer's that
#   ends TLS before the node, and says nothing of a second listener.
# schemas:
#   - input: schema.store
# custom:
#   severity: critical
#   needs: [availability, endpoint, store]
#   rests_on_absence: false
#   families: [tls]
#   remediation:
#     hashicorp: >-
#       In the server's `listener "tcp"` stanza remove `tls_disable` and set `tls_cert_file` and `tls_key_file`, then
#       restart the node. Rotate the values that were read over the open listener. Set `api_addr` to an `https:` address.
#       Of a cluster compare the `listener` stanzas of every node, and keep the comparison as evidence.
#   sources:
#     - Vault documentation, TCP listener, https://developer.hashicorp.com/vault/docs/configuration/listener/tcp
#     - Vault documentation, high availability, client redirection, https://developer.hashicorp.com/vault/docs/concepts/ha
#     - Vault API documentation, sys/ha-status, https://developer.hashicorp.com/vault/api-docs/system/ha-status
#     - Vault documentation, production hardening, https://developer.hashicorp.com/vault/docs/concepts/production-hardening
#     - NIST SP 800-52 Rev. 2, https://csrc.nist.gov/pubs/sp/800/52/r2/final
package countersign.store.tls_off

import data.countersign.lib.names

protected(endpoint) if endpoint.tls

protected(endpoint) if endpoint.listener_type == "unix"

in_clear contains advertised if {
	some advertised in input.subject.advertised_addresses
	startswith(lower(advertised.address), "http://")
}

applicable if {
	input.subject.kind == "store"
	not "listener" in input.subject.absent_features
}

compliant if {
	count(in_clear) == 0
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

violations contains {
	"actual": names.short(advertised.address),
	"expected": "https",
	"message": sprintf("%s tells clients to find it at an address without TLS: %s", [
		names.short(object.get(advertised, "node", "the active node")),
		names.short(advertised.address),
	]),
} if {
	some advertised in in_clear
}
