# METADATA
# title: Audit log of the store has a hole
# description: |
#   What happened in a hole of the log nobody can say: it is not nothing. The ingested log must reach to the snapshot and back over the window,
#   without a week of silence, files that could not be read, pieces that could not be fetched, or such as were not ingested.
#   Where no log of the store was ingested, nothing that rests on one is known. Our own vault's log is judged by `access_log_incomplete`.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [access_log, log_span, secret]
#   rests_on_absence: false
#   unstated: >-
#     Whether its log has holes: no audit log of it is ingested (`countersign events ingest`, and `audit_log` or `usage: true` of the source), or it does not reach back so far yet.
#   families: [log_fail, log_rev]
#   params:
#     window_days:
#       type: integer
#       unit: day
#       description: Days before the snapshot in which there may be no hole.
#       default: 90
#     lag_days:
#       type: integer
#       unit: day
#       description: Days that the log may end before the snapshot.
#       default: 3
#   remediation:
#     any: >-
#       `countersign events query log_days` and `inputs` show which days and files there are, `aside` what could not be read. Fetch what is
#       missing from where the log is kept, and ingest it. A week of silence: find out who switched the log off, or that the store was idle.
#   sources:
#     - NIST SP 800-53 Rev. 5, AU-5, response to audit logging process failures, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
package countersign.store.log_gap

import data.countersign.lib.names

window_days := data.params.log_gap.window_days

lag_days := data.params.log_gap.lag_days

log := input.subject.ingested_log

holes := [hole | some hole in log.holes; hole.to_age_days <= window_days]

meanings := {
	"missing": "could not be fetched",
	"not_ingested": "not ingested",
	"silent": "without any event",
	"unreadable": "with a part that could not be read",
}

applicable if {
	input.subject.secret_count > 0
	not "access_log" in input.subject.own_records
}

compliant if {
	log.observed_from_age_days >= window_days
	log.log_end_age_days <= lag_days
}

violations contains {
	"actual": log.log_end_age_days,
	"expected": sprintf("a log that ends at most %d days before the snapshot", [lag_days]),
	"message": sprintf("what was ingested of its log ended days ago: %d", [log.log_end_age_days]),
} if {
	log.log_end_age_days > lag_days
}

violations contains {
	"actual": count(holes),
	"expected": sprintf("no hole in %d days", [window_days]),
	"message": sprintf("its log has %s", [names.counted([text | some hole in holes; text := told(hole)], "hole", "holes")]),
} if {
	count(holes) > 0
}

told(hole) := sprintf("%d to %d days ago %s", [hole.from_age_days, hole.to_age_days, meanings[hole.reason]])
