# METADATA
# title: Restore of the store was not tried in time
# description: |
#   A backup that was never restored is a hope. The test opens every credential of a backup with the key that is kept for
#   that day, and the store remembers when; that age is compared with a limit.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [upkeep]
#   rests_on_absence: true
#   families: [restore]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest age of the last restore test.
#       default: 365
#     grace_days:
#       type: integer
#       unit: day
#       description: Age up to which a new store needs none yet.
#       default: 30
#   remediation:
#     embedded: >-
#       `countersign vault restore --test <file> --identity file:<identity>`, with the newest backup and the key that would be
#       there when the machine is not.
#   sources:
#     - NIST SP 800-53 Rev. 5, CP-9(1), testing for reliability and integrity, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-34 Rev. 1, section 3.5, https://csrc.nist.gov/pubs/sp/800/34/r1/upd1/final
package countersign.store.restore_untested

import data.countersign.lib.names

limit_days := data.params.restore_untested.limit_days

grace_days := data.params.restore_untested.grace_days

upkeep := input.subject.upkeep

done if upkeep.restore_test_age_days >= 0

applicable if "upkeep" in input.subject.own_records

compliant if upkeep.restore_test_age_days <= limit_days

compliant if {
	upkeep.store_age_days <= grace_days
	upkeep.store_age_days <= limit_days
}

violations contains {
	"actual": age,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the last restore test is %s old, the limit is %s", [names.quantity(age, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	age := upkeep.restore_test_age_days
	age > limit_days
}

violations contains {
	"actual": "never",
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("no restore was ever tried, and the store is %s old", [names.quantity(upkeep.store_age_days, "day", "days")]),
} if {
	upkeep.store_age_days > grace_days
	not done
}
