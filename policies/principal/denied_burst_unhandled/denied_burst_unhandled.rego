# METADATA
# title: Many refused reads in a short time were not looked into
# description: |
#   Refusals in a row are a deployment that lost its permission, or somebody who tries what a stolen identity opens. Which of the two
#   only a person can tell. Judged is the principal that was refused; bursts that lead to no principal of the inventory are told with the
#   store, by `detection_unhandled`.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [detection, detection_run, log_actor, log_span, usage]
#   rests_on_absence: false
#   unstated: >-
#     Whether each burst was looked into: one may still wait for its review (pending), or the log covers fewer days, ends too early, has reads of nobody, or was not looked through by this rule.
#   families: [anom, log_rev]
#   params:
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
#       `countersign events detect denied_burst` shows who and when, `countersign events query` what. Ask the owner of the principal what ran then;
#       where nobody knows, disable its credentials. Write down who reviewed it, when and why under `events.acknowledgements` of `countersign.yaml`, then collect again.
#   sources:
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, analysis and reporting, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AC-2(12), account monitoring for atypical usage, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
package countersign.principal.denied_burst_unhandled

import data.countersign.lib.detections
import data.countersign.lib.names

rules := ["denied_burst"]

terms := {
	"window_days": data.params.denied_burst_unhandled.window_days,
	"lag_days": data.params.denied_burst_unhandled.lag_days,
	"review_days": data.params.denied_burst_unhandled.review_days,
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
	"expected": sprintf("each burst of refusals reviewed within %d days", [terms.review_days]),
	"message": sprintf("refused many times, and nobody looked into it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
