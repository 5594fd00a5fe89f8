# METADATA
# title: Principal does not use its grants to read
# description: |
#   Access that is not used is only of use to whoever takes the identity over. What a principal may read by effective access is held
#   against what it read by the ingested audit log. A grant counts as idle since it was last used, and where it never was, since the secret and the
#   principal are both there; since when the grant is there no store tells. One finding for a principal names how many are idle and the
#   worst. Identities for emergencies are meant to be idle.
# schemas:
#   - input: schema.principal
# custom:
#   severity: low
#   needs: [grant, log_span, secret, secret_metadata, usage]
#   rests_on_absence: true
#   unstated: >-
#     Which grants are used: the log covers fewer days, ends too early, shows no reads or not whose they are, names nobody who comes in by a role alone, or ages are not known.
#   families: [unused_grant]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Days within which a grant must be used; brought up to 30, 60, 90, 120, 180, 270 or 365.
#       default: 90
#     allowed_count:
#       type: integer
#       unit: count
#       description: How many idle grants a principal may have.
#       default: 0
#     lag_days:
#       type: integer
#       unit: day
#       description: Days that the log may end before the snapshot.
#       default: 3
#   remediation:
#     any: >-
#       `countersign events usage --unused --principal <id>` lists the secrets. Ask the owner which it still needs, and take the others out of the
#       policy, role or group by which it has them; `countersign access path` shows that.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6(7), review of user privileges, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - AWS Identity and Access Management User Guide, refining permissions by last accessed information, https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
package countersign.principal.grant_unused

import data.countersign.lib.names

limit_days := data.params.grant_unused.limit_days

allowed_count := data.params.grant_unused.allowed_count

lag_days := data.params.grant_unused.lag_days

usage := input.subject.usage

steps := [step.days | some step in usage.idle; step.days >= limit_days]

idle_count := [step.secret_count | some step in usage.idle; step.days == min(steps)][0]

covered if {
	usage.complete
	usage.reads_seen
	usage.observed_from_age_days >= min(steps)
	usage.log_end_age_days <= lag_days
}

applicable if {
	"reads_logged" in input.subject.traits
	input.subject.break_glass == false
	input.subject.collector == false
}

compliant if {
	covered
	usage.unknown_age_count == 0
	idle_count <= allowed_count
}

violations contains {
	"actual": idle_count,
	"expected": sprintf("at most %d of its grants unused for %d days", [allowed_count, min(steps)]),
	"message": sprintf("it may read %d secrets; %d of them it has not read for %d days: %s", [
		usage.granted_secret_count,
		idle_count,
		min(steps),
		names.few_of(usage.idle_secrets, idle_count),
	]),
} if {
	covered
	idle_count > allowed_count
}
