# METADATA
# title: Something odd that leads to no principal of the inventory was not looked into
# description: |
#   A root token that was made, used and revoked, a token without an identity, an address that was refused again and again: what they did stands in
#   the log, and nobody of the inventory answers for it. The owner of the store does. So do silences of a log that always had events. What leads to a
#   principal is judged with that. Reads at odd hours or from new networks by those that nobody knows are not judged: they stand in `countersign events detect`.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [detection, detection_run, log_span, principal, secret]
#   rests_on_absence: true
#   unstated: >-
#     Whether each was looked into: one may still wait for its review (pending), no log of the store is ingested, or it covers fewer days, ends too early, or was not looked through by these rules.
#   families: [anom, log_rev]
#   params:
#     detections:
#       type: strings
#       description: Detections whose findings must be reviewed.
#       default: [break_glass_used, denied_burst, denied_then_allowed, silent_log]
#     review_days:
#       type: integer
#       unit: day
#       description: Days within which a finding must be reviewed; until then it is pending.
#       default: 7
#     window_days:
#       type: integer
#       unit: day
#       description: Days before the snapshot that are asked about, and that the log must cover; at most 92 are looked through.
#       default: 30
#     lag_days:
#       type: integer
#       unit: day
#       description: Days that the log may end before the snapshot.
#       default: 3
#   remediation:
#     any: >-
#       `countersign events detect` shows all of it with its events. Find out who it was; give what stays an identity of its own, so that the log names it. Write down who reviewed it, when and why under `events.acknowledgements` of `countersign.yaml`, then collect again.
#       A finding without a principal or source is named by its store.
#   sources:
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, analysis and reporting, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
package countersign.store.detection_unhandled

import data.countersign.lib.detections
import data.countersign.lib.names

terms := {
	"window_days": data.params.detection_unhandled.window_days,
	"lag_days": data.params.detection_unhandled.lag_days,
	"review_days": data.params.detection_unhandled.review_days,
	"detections": data.params.detection_unhandled.detections,
}

log := input.subject.detections

unhandled := detections.open(log, terms.detections, terms.window_days)

overdue := detections.overdue(unhandled, terms.review_days)

applicable if "events_logged" in input.subject.traits

compliant if {
	detections.covered(log, terms.detections, terms)
	count(unhandled) == 0
}

violations contains {
	"actual": count(overdue),
	"expected": sprintf("each reviewed within %d days", [terms.review_days]),
	"message": sprintf("nobody of the inventory, and nobody looked into it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
