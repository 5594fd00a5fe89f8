# METADATA
# title: Audit device writes secret values in the clear
# description: |
#   With `log_raw` the audit log holds the values that pass through the store, tokens included, instead of their keyed
#   hashes. So it does, of one secrets engine or auth method, with the values of keys that
#   `audit_non_hmac_request_keys` or `audit_non_hmac_response_keys` names, on every device. A cloud's log of calls holds none.
#   Everyone who reads the log then reads the secrets, and so does every backup of it. Keys that never hold a secret are left
#   out.
# schemas:
#   - input: schema.sink
# custom:
#   severity: critical
#   needs: [auth_method, mount, sink]
#   rests_on_absence: false
#   families: [plain]
#   params:
#     harmless_keys:
#       type: strings
#       description: Keys of requests and answers whose values are no secret, whichever engine or method they are of.
#       default: [common_name, error, mount_type, serial_number, ttl]
#   remediation:
#     hashicorp: >-
#       Enable a device without `log_raw` first, then `vault audit disable <path>/`. Take the old log out of reach, and
#       rotate the values that passed through while it was on. Of keys: `vault write sys/mounts/<path>/tune
#       audit_non_hmac_request_keys="" audit_non_hmac_response_keys=""`, `sys/auth/<path>/tune` for an auth method.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Let `{reference}` write hashes instead of values, and take keys that hold a secret out of `audit_non_hmac_request_keys` and
#           `audit_non_hmac_response_keys`.
#         example: |-
#           options = {
#             log_raw = "false"
#           }
#   sources:
#     - Vault documentation, audit devices, sensitive information, https://developer.hashicorp.com/vault/docs/audit
#     - Vault API documentation, tune mount configuration, https://developer.hashicorp.com/vault/api-docs/system/mounts
#     - NIST SP 800-53 Rev. 5, AU-9 and IA-5(6), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.sink.raw_values_logged

import data.countersign.lib.names

applicable if {
	input.subject.kind == "sink"
	not "in_cloud" in input.subject.traits
}

harmless := {key | some key in data.params.raw_values_logged.harmless_keys}

telling(entry) := {key | some key in entry.unhashed_keys; not key in harmless}

in_clear contains entry if {
	some entry in input.subject.logged_in_clear
	count(telling(entry)) > 0
}

compliant if {
	input.subject.raw_values_logged == false
	is_array(input.subject.logged_in_clear)
	count(in_clear) == 0
}

violations contains {
	"actual": "values in the clear",
	"expected": "keyed hashes",
	"message": sprintf("the %s device at %s writes values in the clear", [names.short(input.subject.sink_type), names.short(input.subject.path)]),
} if {
	input.subject.raw_values_logged
}

violations contains {
	"actual": names.few(telling(entry)),
	"expected": "keyed hashes",
	"message": sprintf("values at %s are written in the clear, by %s", [
		names.short(entry.path),
		names.counted(telling(entry), "key", "keys"),
	]),
} if {
	some entry in in_clear
}
