# METADATA
# title: Part of the store's access log could vanish without a trace
# description: |
#   The store's log of its use is chained, and its heads go to a ledger. What the ledger was not told of, after a crash or a
#   power cut, could be cut off and nobody would see; what a declared restore did not bring back is gone already. Open
#   sessions tell the ledger within a minute, so a day of grace loses nothing; what lies long ago is past mending.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [access_log, integrity_check]
#   rests_on_absence: false
#   unstated: >-
#     When a part of the log ended that the ledger does not know: its events carry no readable instant.
#   families: [log_int]
#   params:
#     grace_days:
#       type: integer
#       unit: day
#       description: Age from which the end of a log must be in the ledger.
#       default: 1
#     lookback_days:
#       type: integer
#       unit: day
#       description: Age up to which an end that is not in the ledger is told of.
#       default: 90
#   remediation:
#     embedded: >-
#       `countersign vault fsck` names the logs, `countersign vault log` shows what they hold. Find out how the process ended
#       or what was restored, and keep the log with the ticket.
#   sources:
#     - NIST SP 800-53 Rev. 5, AU-9, protection of audit information, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.access_log_incomplete

import data.countersign.lib.names

log := input.subject.access_log

grace_days := data.params.access_log_incomplete.grace_days

lookback_days := data.params.access_log_incomplete.lookback_days

settled(end) if end.age_days < grace_days

settled(end) if end.age_days > lookback_days

applicable if "access_log" in input.subject.own_records

compliant if {
	log.loose_end_count == count(log.loose_ends)
	every end in log.loose_ends {
		settled(end)
	}
}

violations contains {
	"actual": names.short(end.code),
	"expected": "known to the ledger, and there",
	"message": sprintf("%s: %s, %s ago", [names.short(end.path), names.short(end.code), names.quantity(end.age_days, "day", "days")]),
} if {
	some end in log.loose_ends
	end.age_days >= grace_days
	not settled(end)
}
