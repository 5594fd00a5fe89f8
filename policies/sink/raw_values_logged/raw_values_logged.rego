# METADATA
# title: Audit device writes secret values in the clear
# description: |
#   With `log_raw` the audit log holds the values that pass through the store, tokens included, instead of their keyed
#   hashes. A cloud's log of calls holds none. Everyone who reads the log then reads the secrets, and so does every backup of it.
# schemas:
#   - input: schema.sink
# custom:
#   severity: critical
#   needs: [sink]
#   rests_on_absence: false
#   families: [plain]
#   remediation:
#     hashicorp: >-
#       Enable a device without `log_raw` first, then `vault audit disable <path>/`. Take the old log out of reach, and
#       rotate the values that passed through while it was on.
#   sources:
#     - Vault documentation, audit devices, sensitive information, https://developer.hashicorp.com/vault/docs/audit
#     - NIST SP 800-53 Rev. 5, AU-9 and IA-5(6), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.sink.raw_values_logged

import data.countersign.lib.names

applicable if {
	input.subject.kind == "sink"
	not "in_cloud" in input.subject.traits
}

compliant if input.subject.raw_values_logged == false

violations contains {
	"actual": "values in the clear",
	"expected": "keyed hashes",
	"message": sprintf("the %s device at %s writes values in the clear", [names.short(input.subject.sink_type), names.short(input.subject.path)]),
} if {
	input.subject.raw_values_logged
}
