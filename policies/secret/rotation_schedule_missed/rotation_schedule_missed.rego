# METADATA
# title: Secret was not rotated on its own schedule
# description: |
#   A schedule proves nothing: the job behind it may have failed for months. The age of the value in use shows whether
#   the last rotation really took place. A few days of grace allow for maintenance windows. A value younger than its
#   period has not missed a rotation.
# schemas:
#   - input: schema.secret
# custom:
#   severity: high
#   needs: [secret_metadata, secret_rotation, secret_version]
#   rests_on_absence: false
#   unstated: >-
#     When the value was set, or how often it is to be set: the store does not say both.
#   families: [rot_works]
#   params:
#     grace_days:
#       type: integer
#       unit: day
#       description: How late a rotation may be.
#       default: 3
#   remediation:
#     aws: >-
#       Look at the rotation function's log (`aws logs tail /aws/lambda/<function> --since 7d`) and at `RotationFailed`
#       events in CloudTrail. A version that is left with the stage `AWSPENDING` shows where it stopped. Then `aws
#       secretsmanager rotate-secret --secret-id <name>`.
#     hashicorp: >-
#       Find out why the rotation stopped before you rotate by hand. For a database static role look for errors of the
#       rotation queue in the server's log and test the connection, then run `vault write -f <mount>/rotate-role/<role>`.
#       For a declared schedule look at the job that owns it, then store a new value with `vault kv put`.
#     embedded: >-
#       Issue a new credential at its source, keep it with `countersign vault put <name>`, and revoke the old one.
#   sources:
#     - NIST SP 800-53 Rev. 5, IA-5 f, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, database secrets engine, static roles, https://developer.hashicorp.com/vault/docs/secrets/databases#static-roles
package countersign.secret.rotation_schedule_missed

import data.countersign.lib.names

period_days := input.subject.rotation.period_days

due_days := period_days + data.params.rotation_schedule_missed.grace_days

applicable if {
	input.subject.rotation_scheduled
	input.subject.value_removed == false
	not "copy" in input.subject.traits
	not "deletion_pending" in input.subject.traits
}

# What the store means to do next lies behind us: it tried and failed, or did not try.
overdue if input.subject.rotation.next_in_days < 0 - data.params.rotation_schedule_missed.grace_days

compliant if {
	input.subject.value_age_days <= due_days
	not overdue
}

violations contains {
	"actual": age,
	"expected": sprintf("a new value every %s", [names.quantity(period_days, "day", "days")]),
	"message": sprintf("the value is %s old although it is to be rotated every %s", [names.quantity(age, "day", "days"), names.quantity(period_days, "day", "days")]),
} if {
	age := input.subject.value_age_days
	age > due_days
}

violations contains {
	"actual": days,
	"expected": "rotated when it is due",
	"message": sprintf("the store meant to rotate the value %d days ago and did not", [days]),
} if {
	overdue
	days := 0 - input.subject.rotation.next_in_days
	not late
}

late if input.subject.value_age_days > due_days
