# METADATA
# title: Superseded version of the secret is still read
# description: |
#   A consumer that reads an old version goes on with a value that was rotated away: it breaks when the old one ends, or the old one never ends. The
#   ingested audit log says which version was asked for or given; a read counts where it came after the current version was
#   written, and a grace. Asking for the previous version on purpose counts as well.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [log_span, secret_metadata, secret_version, usage]
#   rests_on_absence: false
#   unstated: >-
#     Which versions were read: the log does not say it of every read, covers fewer days or ends too early, or since when the current version is in use is not known.
#   families: [deprecated]
#   params:
#     window_days:
#       type: integer
#       unit: day
#       description: Days before the snapshot in which no superseded version may be read.
#       default: 30
#     grace_days:
#       type: integer
#       unit: day
#       description: Days after a new version in which the old one may still be read.
#       default: 1
#     lag_days:
#       type: integer
#       unit: day
#       description: Days that the log may end before the snapshot.
#       default: 3
#   remediation:
#     any: >-
#       `countersign events usage --secret <id>` shows who reads the old version. Tell the owners to take the newest, then disable or destroy
#       the old one.
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - OWASP Secrets Management Cheat Sheet, rotation, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.secret.deprecated_version_read

import data.countersign.lib.names

window_days := data.params.deprecated_version_read.window_days

grace_days := data.params.deprecated_version_read.grace_days

lag_days := data.params.deprecated_version_read.lag_days

usage := input.subject.usage

# Read within the window, after another version had been the current one for longer than the grace.
late(version) if {
	version.last_read_age_days <= window_days
	version.last_read_age_days < version.superseded_age_days - grace_days
}

late(version) if {
	version.last_read_age_days <= window_days
	version.asked_as_previous
}

late_versions := [version | some version in usage.old_versions; late(version)]

in_time(version) if version.last_read_age_days > window_days

in_time(version) if version.last_read_age_days >= version.superseded_age_days - grace_days

applicable if {
	"versions_logged" in input.subject.traits
	not "deletion_pending" in input.subject.traits
	input.subject.value_removed == false
}

compliant if {
	usage.complete
	usage.reads_seen
	usage.versions_known
	usage.observed_from_age_days >= window_days
	usage.log_end_age_days <= lag_days
	usage.old_version_count == count(usage.old_versions)
	every version in usage.old_versions { in_time(version) }
}

violations contains {
	"actual": names.few([version.version | some version in late_versions]),
	"expected": "the current version",
	"message": sprintf("superseded versions read in the last %d days: %s; last by %s", [
		window_days,
		names.few([version.version | some version in late_versions]),
		names.few([object.get(version, "last_reader", "somebody without a name") | some version in late_versions]),
	]),
} if {
	count(late_versions) > 0
}
