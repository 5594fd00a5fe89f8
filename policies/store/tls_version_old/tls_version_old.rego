# METADATA
# title: Store accepts an old version of TLS
# description: |
#   TLS 1.0 and 1.1 are deprecated: they rest on hash functions that are broken. A listener that still accepts them lets
#   an attacker in the middle choose them. A listener without any TLS is judged by `tls_off`. Each node has listeners of
#   its own, and the store tells only those of the node that answers: where there are others the outcome is undetermined
#   at best.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [endpoint, store]
#   rests_on_absence: false
#   families: [tls]
#   params:
#     accepted_versions:
#       type: strings
#       description: Least versions that are accepted, as the listener's `tls_min_version` spells them.
#       default: [tls12, tls13]
#   remediation:
#     hashicorp: >-
#       Set `tls_min_version = "tls12"` (better `"tls13"`) in the server's `listener "tcp"` stanza, or remove the line:
#       the default is `tls12`. Restart the node.
#   sources:
#     - RFC 8996, deprecating TLS 1.0 and TLS 1.1, https://www.rfc-editor.org/rfc/rfc8996
#     - NIST SP 800-52 Rev. 2, section 3.1, https://csrc.nist.gov/pubs/sp/800/52/r2/final
#     - Vault documentation, TCP listener, https://developer.hashicorp.com/vault/docs/configuration/listener/tcp
package countersign.store.tls_version_old

import data.countersign.lib.names

accepted_versions := data.params.tls_version_old.accepted_versions

modern(endpoint) if {
	endpoint.tls
	endpoint.tls_min_version in accepted_versions
}

judged_elsewhere(endpoint) if endpoint.tls == false

judged_elsewhere(endpoint) if endpoint.listener_type == "unix"

settled(endpoint) if modern(endpoint)

settled(endpoint) if judged_elsewhere(endpoint)

applicable if {
	input.subject.kind == "store"
	not "listener" in input.subject.absent_features
}

compliant if {
	some endpoint in input.subject.endpoints
	modern(endpoint)
	every other in input.subject.endpoints {
		settled(other)
	}
}

violations contains {
	"actual": names.short(endpoint.tls_min_version),
	"expected": names.few(accepted_versions),
	"message": sprintf("a listener accepts %s: %s", [
		names.short(endpoint.tls_min_version),
		names.short(object.get(endpoint, "address", "address unknown")),
	]),
} if {
	some endpoint in input.subject.endpoints
	endpoint.tls
	not endpoint.tls_min_version in accepted_versions
}
