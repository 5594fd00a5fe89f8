# METADATA
# title: Store has no second audit device
# description: |
#   Vault answers no request that it cannot log to at least one device. With a single device a full disk stops the
#   store, and a device that is tampered with leaves no second copy to compare. Two devices of different kinds notice
#   when one falls silent. A cloud answers whether or not a log takes the call, and keeps each log in several places.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [sink, store]
#   rests_on_absence: true
#   families: [log_fail]
#   params:
#     min_sinks:
#       type: integer
#       unit: count
#       description: Least number of audit devices.
#       default: 2
#   remediation:
#     hashicorp: >-
#       Add a device of another kind, e.g. `vault audit enable -path=syslog syslog tag="vault" facility="AUTH"` beside a
#       file. On OpenBao declare it by an `audit` stanza in the server's configuration.
#   sources:
#     - Vault documentation, audit devices, multiple devices, https://developer.hashicorp.com/vault/docs/audit
#     - NIST SP 800-53 Rev. 5, AU-5, response to audit logging process failures, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.audit_sink_single

min_sinks := data.params.audit_sink_single.min_sinks

applicable if {
	input.subject.kind == "store"
	not "in_cloud" in input.subject.traits
	not "second_audit_sink" in input.subject.absent_features
}

compliant if input.subject.sink_count >= min_sinks

violations contains {
	"actual": input.subject.sink_count,
	"expected": sprintf("at least %d audit devices", [min_sinks]),
	"message": sprintf("audit devices: %d, asked for: %d", [input.subject.sink_count, min_sinks]),
} if {
	input.subject.sink_count < min_sinks
}
