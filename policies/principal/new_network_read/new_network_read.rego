# METADATA
# title: Secrets were read from a network that this principal never came from
# description: |
#   A credential that turns up elsewhere may have been taken along. The first events of a principal from each /24 (IPv4) or /48 (IPv6) are one
#   finding, with what it read from there since. Whoever keeps to its networks is never told; one that moved is told once, and a review of that settles the
#   network. Judged are reads of secrets of the named tiers.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [detection, detection_run, log_actor, log_span, usage, secret, secret_metadata]
#   rests_on_absence: false
#   unstated: >-
#     Whether it read from a new network: one finding may still wait for its review (pending), the tier of what it read is not known, or the log covers fewer days, ends too early, has reads of nobody, or was not looked through by this rule.
#   families: [anom]
#   params:
#     tiers:
#       type: strings
#       description: Tiers of the secrets whose reads are judged; `untiered` are those without one.
#       default: [critical, high, untiered]
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
#     warm_up_days:
#       type: integer
#       unit: day
#       description: Days before the window that the log must go back, so that a network can be new.
#       default: 7
#   remediation:
#     any: >-
#       Ask the person, or the owner of the workload, whether they were there. If not, end the sessions, replace the credentials and look at everything that came from
#       this network. Bind the role or token to its networks where the store can. Write down who reviewed it, when and why under `events.acknowledgements` of `countersign.yaml`, then collect again.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2(12), account monitoring for atypical usage, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, analysis and reporting, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.new_network_read

import data.countersign.lib.detections
import data.countersign.lib.names

rules := ["new_network"]

terms := {
	"window_days": data.params.new_network_read.window_days,
	"lag_days": data.params.new_network_read.lag_days,
	"review_days": data.params.new_network_read.review_days,
	"tiers": data.params.new_network_read.tiers,
	"warm_up_days": data.params.new_network_read.warm_up_days,
}

log := input.subject.detections

unreviewed := detections.open(log, rules, terms.window_days)

concerning := [one |
	some one in unreviewed
	some tier in one.tiers
	tier in terms.tiers
]

# What was read is not known in full: it may be of these tiers.
doubtful := [one | some one in unreviewed; not one.tiers_known]

overdue := detections.overdue(concerning, terms.review_days)

applicable if "events_logged" in input.subject.traits

compliant if {
	detections.covered(log, rules, terms)
	log.observed_from_age_days >= terms.window_days + terms.warm_up_days
	log.complete
	count(concerning) == 0
	count(doubtful) == 0
}

violations contains {
	"actual": count(overdue),
	"expected": sprintf("each reviewed within %d days", [terms.review_days]),
	"message": sprintf("read from a new network, and nobody reviewed it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
