# METADATA
# title: Something odd that leads to no principal of the inventory was not looked into
# description: |
#   A root token that was made, used and revoked, a token without an identity, an address that was refused again and again: what they did stands in
#   the log, and nobody of the inventory answers for it. The owner of the store does. So do silences of a log that always had events. What leads to a
#   principal is judged with that. An identity for emergencies that was deleted since, or made anew, is told here by its former name: its use counts for as
#   many days as that of one that is there (`break_glass_unreviewed`). Reads at odd hours or from new networks by those that nobody knows are not judged: they stand in `countersign events detect`.
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
#     break_glass_window_days:
#       type: integer
#       unit: day
#       description: The same of uses of identities for emergencies (`break_glass_used`).
#       default: 90
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
}

log := input.subject.detections

asked := {rule | some rule in data.params.detection_unhandled.detections}

emergencies := asked & {"break_glass_used"}

others := asked - emergencies

emergency_terms := object.union(terms, {"window_days": data.params.detection_unhandled.break_glass_window_days})

unhandled := array.concat(
	detections.open(log, emergencies, emergency_terms.window_days),
	detections.open(log, others, terms.window_days),
)

overdue := detections.overdue(unhandled, terms.review_days)

covered_for_emergencies if count(emergencies) == 0

covered_for_emergencies if detections.covered(log, emergencies, emergency_terms)

applicable if "events_logged" in input.subject.traits

compliant if {
	covered_for_emergencies
	detections.covered(log, others, terms)
	count(unhandled) == 0
}

violations contains {
	"actual": count(overdue),
	"expected": sprintf("each reviewed within %d days", [terms.review_days]),
	"message": sprintf("nobody of the inventory, and nobody looked into it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
