# METADATA
# title: Audit log shows nobody reading the secret
# description: |
#   A value that nobody reads serves nobody and still opens what it opens. The store's audit log, as far as it was ingested, says who
#   read it. Nothing is unread before the log begins, across a hole in it, or where reads of the log may have been of several secrets:
#   then the log must tell more, and the secret stays undetermined. A new secret has not failed. Stores that keep the day of the last
#   read themselves are judged by `unused_secret`.
# schemas:
#   - input: schema.secret
# custom:
#   severity: low
#   needs: [log_span, secret_metadata, usage]
#   rests_on_absence: true
#   unstated: >-
#     Whether somebody reads it: the log covers fewer days, ends too early, shows no reads or not of which secret, or the secret's age is not known.
#   families: [unused]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Days within which a secret must be read, and that the log must cover.
#       default: 90
#     lag_days:
#       type: integer
#       unit: day
#       description: Days that the log may end before the snapshot.
#       default: 3
#   remediation:
#     any: >-
#       Ask the owner whether a consumer is left, for instance one that runs once a year. If not, revoke the credential at the system that
#       accepts it, then delete the secret. `countersign events usage --unused` lists all of them.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2(3), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
package countersign.secret.secret_unread

limit_days := data.params.secret_unread.limit_days

lag_days := data.params.secret_unread.lag_days

usage := input.subject.usage

# The log tells of all the days of the limit, and of every read which secret it was of.
covered if {
	usage.complete
	usage.reads_seen
	usage.observed_from_age_days >= limit_days
	usage.log_end_age_days <= lag_days
}

ever_read if is_number(usage.last_read_age_days)

applicable if {
	"reads_logged" in input.subject.traits
	not "reads_dated" in input.subject.traits
	not "configuration" in input.subject.traits
	not "copy" in input.subject.traits
	not "deletion_pending" in input.subject.traits
	input.subject.value_removed == false
}

compliant if usage.last_read_age_days <= limit_days

compliant if input.subject.created_age_days <= limit_days

violations contains {
	"actual": usage.last_read_age_days,
	"expected": sprintf("read within %d days", [limit_days]),
	"message": sprintf("nobody has read it for %d days, by a log without a hole in the last %d", [usage.last_read_age_days, usage.observed_from_age_days]),
} if {
	covered
	usage.last_read_age_days > limit_days
	input.subject.created_age_days > limit_days
}

violations contains {
	"actual": "never",
	"expected": sprintf("read within %d days", [limit_days]),
	"message": sprintf("nobody read it in the %d days of which the log tells, days since it was made: %d", [usage.observed_from_age_days, input.subject.created_age_days]),
} if {
	covered
	not ever_read
	input.subject.created_age_days > limit_days
}
