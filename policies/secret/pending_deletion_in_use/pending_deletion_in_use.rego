# METADATA
# title: Secret that is about to be deleted is in use
# description: |
#   A secret that is scheduled for deletion can be read by nobody any more, and goes for good at the end of the window. If
#   somebody read it shortly before, an application is failing now or will not start again. Copies in other Regions keep the
#   deletion from taking place. Either the deletion is wrong, or its readers still have to be moved.
# schemas:
#   - input: schema.secret
# custom:
#   severity: high
#   needs: [cloud_metadata]
#   rests_on_absence: false
#   unstated: >-
#     When it was last read: the store keeps no day, or nobody has read it yet.
#   families: [deprecated]
#   params:
#     lookback_days:
#       type: integer
#       unit: day
#       description: A secret that was read within so many days is in use.
#       default: 30
#   remediation:
#     aws: >-
#       Bring it back with `aws secretsmanager restore-secret --secret-id <name>`, find its readers in CloudTrail
#       (`GetSecretValue` with this `secretId`), move them, and delete it then. Remove copies first with
#       `aws secretsmanager remove-regions-from-replication`.
#   sources:
#     - AWS Secrets Manager User Guide, delete a secret, https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
#     - NIST SP 800-53 Rev. 5, IA-5, authenticator management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.pending_deletion_in_use

lookback_days := data.params.pending_deletion_in_use.lookback_days

copied if "replicated" in input.subject.traits

applicable if "deletion_pending" in input.subject.traits

compliant if {
	input.subject.last_read_age_days > lookback_days
	not copied
}

violations contains {
	"actual": age,
	"expected": sprintf("not read for %d days", [lookback_days]),
	"message": sprintf("read %d days ago, and deleted in %d days", [age, input.subject.deletes_in_days]),
} if {
	age := input.subject.last_read_age_days
	age <= lookback_days
}

violations contains {
	"actual": input.subject.replicas.count,
	"expected": "no copy",
	"message": sprintf("to be deleted, and still has copies in other Regions: %d", [input.subject.replicas.count]),
} if {
	copied
}
