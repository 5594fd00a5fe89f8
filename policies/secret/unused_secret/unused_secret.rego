# METADATA
# title: Secret is read by nobody
# description: |
#   A value that nobody reads serves nobody and still opens what it opens. The store keeps the last day on which a secret was
#   read, for each Region by itself: a secret with copies elsewhere that is not read here may be read there, and stays
#   undetermined. A new secret has not failed. A secret that was never read has no such day.
# schemas:
#   - input: schema.secret
# custom:
#   severity: low
#   needs: [cloud_metadata]
#   rests_on_absence: true
#   unstated: >-
#     Whether its copies in other Regions are read, or how old the secret is.
#   families: [unused]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Days within which a secret must be read, counted from its creation where it never was.
#       default: 90
#   remediation:
#     aws: >-
#       Ask the owner, revoke the credential at the system that accepts it, then `aws secretsmanager delete-secret --secret-id
#       <name> --recovery-window-in-days 30`: until then it can be brought back with `aws secretsmanager restore-secret`.
#   sources:
#     - AWS Secrets Manager API Reference, DescribeSecret, LastAccessedDate, https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
#     - AWS Security Hub User Guide, SecretsManager.3, unused secrets, https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html
#     - NIST SP 800-53 Rev. 5, AC-2(3), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.unused_secret

limit_days := data.params.unused_secret.limit_days

expected := sprintf("read within %d days", [limit_days])

ever_read if is_number(input.subject.last_read_age_days)

copied if "replicated" in input.subject.traits

# A copy that waits for the day when the other Region is lost is read by nobody.
applicable if {
	"reads_dated" in input.subject.traits
	not "copy" in input.subject.traits
	not "deletion_pending" in input.subject.traits
}

compliant if input.subject.last_read_age_days <= limit_days

compliant if input.subject.created_age_days <= limit_days

violations contains {
	"actual": age,
	"expected": expected,
	"message": sprintf("nobody has read it for %d days", [age]),
} if {
	age := input.subject.last_read_age_days
	age > limit_days
	input.subject.created_age_days > limit_days
	not copied
}

violations contains {
	"actual": "never",
	"expected": expected,
	"message": sprintf("nobody ever read it, days since it was made: %d", [input.subject.created_age_days]),
} if {
	input.subject.created_age_days > limit_days
	not ever_read
	not copied
}
