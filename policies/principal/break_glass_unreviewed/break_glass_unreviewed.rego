# METADATA
# title: Use of an identity for emergencies was not reviewed
# description: |
#   Who opens the glass may do everything, by intent and without the usual approval: that is only bearable where each use is looked at
#   afterwards. Every event of the identity in the ingested audit log counts, refused ones and drills too. A use that is younger than the days for its
#   review is pending. An identity of which no log is kept, or which the detection did not take for one by the name that the log has,
#   proves nothing. Identities that come in as another one are judged as that; keys of our own vault's slots have a log of their own.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [detection, detection_run, log_actor, log_span, principal, usage]
#   rests_on_absence: false
#   unstated: >-
#     Whether each use was reviewed: one may still wait for its review (pending), no log of its store is ingested, covers the days, names it, or was looked through for it, or the log's name of it fits no rule of `break_glass`.
#   families: [anom, log_rev]
#   params:
#     review_days:
#       type: integer
#       unit: day
#       description: Days within which a use must be reviewed; until then it is pending.
#       default: 3
#     window_days:
#       type: integer
#       unit: day
#       description: Days before the snapshot that are asked about, and that the log must cover; at most 92 are looked through.
#       default: 90
#     lag_days:
#       type: integer
#       unit: day
#       description: Days that the log may end before the snapshot.
#       default: 3
#   remediation:
#     any: >-
#       `countersign events detect break_glass_used` shows each use. Find the incident and who opened the glass, look at what was done, replace the
#       credential. Write down who reviewed it, when and why under `events.acknowledgements` of `countersign.yaml`, then collect again. Where
#       the log calls the identity otherwise than the inventory, let a rule of `break_glass` fit that name, too.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2(2), automated temporary and emergency account management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, analysis and reporting, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - CIS Controls v8.1, 5.4 and 6.8, administrator privileges and role-based access, https://www.cisecurity.org/controls
package countersign.principal.break_glass_unreviewed

import data.countersign.lib.detections
import data.countersign.lib.names

rules := ["break_glass_used"]

terms := {
	"window_days": data.params.break_glass_unreviewed.window_days,
	"lag_days": data.params.break_glass_unreviewed.lag_days,
	"review_days": data.params.break_glass_unreviewed.review_days,
}

log := input.subject.detections

unreviewed := detections.open(log, rules, terms.window_days)

overdue := detections.overdue(unreviewed, terms.review_days)

# Each of its events was looked at as one of an identity for emergencies, or there is none.
recognised if not log.seen

recognised if log.taken_for_break_glass

applicable if {
	input.subject.break_glass
	input.subject.principal_type != "key_slot"
	not "login_of_identity" in input.subject.traits
}

compliant if {
	detections.covered(log, rules, terms)
	log.complete
	recognised
	count(unreviewed) == 0
}

violations contains {
	"actual": count(overdue),
	"expected": sprintf("each use reviewed within %d days", [terms.review_days]),
	"message": sprintf("used, and nobody reviewed it: %s", [names.counted(detections.lines(overdue), "finding", "findings")]),
} if {
	count(overdue) > 0
}
