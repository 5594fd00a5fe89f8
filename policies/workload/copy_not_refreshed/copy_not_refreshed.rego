# METADATA
# title: Copy of a secret does not follow its store
# description: |
#   A secret that is copied into the cluster once keeps its value when the store rotates it: the rotation is then either without effect, or breaks
#   what uses the old value. So does a copy that is refreshed more seldom than `max_interval_hours`.
# schemas:
#   - input: schema.workload
# custom:
#   severity: medium
#   needs: [workload_copy]
#   rests_on_absence: false
#   families: [rot_works]
#   params:
#     max_interval_hours:
#       type: integer
#       unit: hours
#       description: Longest time until a new value of the store has to be in the copy.
#       default: 24
#   remediation:
#     any: >-
#       Of an ExternalSecret set `spec.refreshInterval` to an hour or so and leave `spec.refreshPolicy` at `Periodic`; of a
#       VaultStaticSecret set `spec.refreshAfter`. Restart what uses the value, or mount it as a file and read it anew.
#   remedies:
#     kubernetes:
#       any:
#         text: >-
#           Let `{reference}` follow its store, at least once a day (`refreshAfter` of the Vault operator's kinds).
#         example: |-
#           spec:
#             refreshPolicy: Periodic
#             refreshInterval: 1h
#   sources:
#     - External Secrets Operator, ExternalSecret, https://external-secrets.io/latest/api/externalsecret/
#     - NIST SP 800-53 Rev. 5, IA-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.workload.copy_not_refreshed

limit := data.params.copy_not_refreshed.max_interval_hours

copied := input.subject.copy

applicable if "copy" in input.subject.aspects

compliant if {
	copied.follows
	copied.interval_s <= limit * 3600
}

violations contains {
	"actual": "copied once",
	"expected": "refreshed from the store",
	"message": "the value is copied once, and does not follow the store",
} if {
	copied.follows == false
}

violations contains {
	"actual": sprintf("%v s", [copied.interval_s]),
	"expected": sprintf("at most %d hours", [limit]),
	"message": sprintf("the copy is refreshed every %v hours, allowed: %d", [round(copied.interval_s / 36) / 100, limit]),
} if {
	copied.follows
	copied.interval_s > limit * 3600
}
