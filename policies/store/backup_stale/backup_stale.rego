# METADATA
# title: Store has no recent backup
# description: |
#   What is in the store alone is lost with its disk: the collectors' credentials would have to be issued anew, one by one,
#   while nothing is watched. The age of the last backup that the store knows of is compared with a limit. A backup proves
#   little until it was restored, which `restore_untested` judges.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [upkeep]
#   rests_on_absence: true
#   families: [repl]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest age of the last backup.
#       default: 30
#     grace_days:
#       type: integer
#       unit: day
#       description: Age up to which a new store needs none yet.
#       default: 7
#   remediation:
#     embedded: >-
#       `countersign vault backup --to <file> --recipient <age1…>`, on a schedule, to another machine.
#   sources:
#     - NIST SP 800-53 Rev. 5, CP-9, system backup, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.backup_stale

import data.countersign.lib.names

limit_days := data.params.backup_stale.limit_days

grace_days := data.params.backup_stale.grace_days

upkeep := input.subject.upkeep

done if upkeep.backup_age_days >= 0

applicable if "upkeep" in input.subject.own_records

compliant if upkeep.backup_age_days <= limit_days

compliant if {
	upkeep.store_age_days <= grace_days
	upkeep.store_age_days <= limit_days
}

violations contains {
	"actual": age,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the last backup is %s old, the limit is %s", [names.quantity(age, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	age := upkeep.backup_age_days
	age > limit_days
}

violations contains {
	"actual": "never",
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("it was never backed up, and the store is %s old", [names.quantity(upkeep.store_age_days, "day", "days")]),
} if {
	upkeep.store_age_days > grace_days
	not done
}
