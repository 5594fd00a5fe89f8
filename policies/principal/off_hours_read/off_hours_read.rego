# METADATA
# title: Secrets were read at hours at which this principal does not read
# description: |
#   A credential that works at night while its owner sleeps may be somebody else's. Hours are those that the configuration declares, else those
#   that the principal had until then; who is declared a workload, or reads around the clock, has no off hours. Judged are reads of secrets of
#   the named tiers. A principal of which the log shows too few days to learn its hours is not accused, and nothing is proven of it.
# schemas:
#   - input: schema.principal
# custom:
#   severity: low
#   needs: [detection, detection_run, log_actor, log_span, usage, secret, secret_metadata]
#   rests_on_absence: false
#   unstated: >-
#     Whether it read at odd hours: one finding may still wait for its review (pending), its hours are not learnt yet, the tier of what it read is not known, or the log covers fewer days, ends too early, has reads of nobody, or was not looked through by this rule.
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
#       description: Days before the window that the log must go back, so that hours are learnt.
#       default: 10
#   remediation:
#     any: >-
#       Ask the person, or the owner of the workload, whether it was them; look for an incident or a change at that time. If neither, end the sessions and
#       replace the credentials. `events.business_hours` declares hours, `events.workloads` who has none. Write down who reviewed it, when and why under `events.acknowledgements` of `countersign.yaml`, then collect again.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2(12), account monitoring for atypical usage, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, analysis and reporting, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.off_hours_read

import data.countersign.lib.detections
import data.countersign.lib.names

rules := ["off_hours"]

terms := {
	"window_days": data.params.off_hours_read.window_days,
	"lag_days": data.params.off_hours_read.lag_days,
	"review_days": data.params.off_hours_read.review_days,
	"tiers": data.params.off_hours_read.tiers,
	"warm_up_days": data.params.off_hours_read.warm_up_days,
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

# It has no hours, or they are known, or it did not read at all.
learnt if log.taken_for_workload

learnt if log.hours_declared

learnt if log.read_day_count > terms.warm_up_days

learnt if log.read_day_count == 0

applicable if "events_logged" in input.subject.traits

compliant if {
	detections.covered(log, rules, terms)
	log.observed_from_age_days >= terms.window_days + terms.warm_up_days
	log.complete
	learnt
	count(concerning) == 0
	count(doubtful) == 0
}

violations contains {
	"actual": count(overdue),
	"expected": sprintf("each reviewed within %d days", [terms.review_days]),
	"message": sprintf("read at odd hours, and nobody reviewed it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
