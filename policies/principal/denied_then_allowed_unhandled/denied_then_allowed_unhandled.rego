# METADATA
# title: A secret that was refused before was read, and nobody looked into it
# description: |
#   Refused again and again, then read: somebody or something gave the permission in between. Where no reviewed change did, the secret is
#   taken. This is graver than refusals alone, and has fewer days. Judged is the principal that read; what leads to no principal of the
#   inventory is told with the store, by `detection_unhandled`.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [detection, detection_run, log_actor, log_span, usage]
#   rests_on_absence: false
#   unstated: >-
#     Whether each read after refusals was looked into: one may still wait for its review (pending), or the log covers fewer days, ends too early, has reads of nobody, or was not looked through by this rule.
#   families: [anom, log_rev]
#   params:
#     review_days:
#       type: integer
#       unit: day
#       description: Days within which a finding must be reviewed; until then it is pending.
#       default: 2
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
#       `countersign events detect denied_then_allowed` shows the secret and both instants, `privileged_operation` who changed a policy between them. Where no
#       approved change did, rotate the secret and undo the change. Write down who reviewed it, when and why under `events.acknowledgements` of `countersign.yaml`, then collect again.
#   sources:
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, analysis and reporting, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AC-2(12), account monitoring for atypical usage, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
package countersign.principal.denied_then_allowed_unhandled

import data.countersign.lib.detections
import data.countersign.lib.names

rules := ["denied_then_allowed"]

terms := {
	"window_days": data.params.denied_then_allowed_unhandled.window_days,
	"lag_days": data.params.denied_then_allowed_unhandled.lag_days,
	"review_days": data.params.denied_then_allowed_unhandled.review_days,
}

log := input.subject.detections

unhandled := detections.open(log, rules, terms.window_days)

overdue := detections.overdue(unhandled, terms.review_days)

applicable if "events_logged" in input.subject.traits

compliant if {
	detections.covered(log, rules, terms)
	log.complete
	count(unhandled) == 0
}

violations contains {
	"actual": count(overdue),
	"expected": sprintf("each such read reviewed within %d days", [terms.review_days]),
	"message": sprintf("read what it was refused before, and nobody looked into it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
