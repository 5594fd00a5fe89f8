# METADATA
# title: Principal may use a service of secrets or keys and does not
# description: |
#   A role or user that may use Secrets Manager, Parameter Store or KMS and has not for long has what it does not need, and whoever
#   takes it over has it too. IAM tells of each service that a principal's own policies and those of its groups allow when it was
#   last asked for, whether or not the request was allowed. It keeps at least 400 days in most Regions, and less where it has watched a
#   Region for less; use in Regions that it does not watch is not seen, nor what policies of things themselves allow. Since when
#   a principal may use a service is not told: one that is younger than the limit has failed nothing, and one of which no use is known
#   in 400 days fails no longer limit. Whether IAM counts what other services do with keys on a principal's behalf, AWS does not say: who
#   used another service meanwhile has perhaps used KMS by it. Identities for emergencies are meant to lie unused.
# schemas:
#   - input: schema.principal
# custom:
#   severity: low
#   needs: [principal, service_use]
#   applies_to: [iam_role, iam_user]
#   rests_on_absence: false
#   unstated: >-
#     When it last used a service of secrets or keys, since when it exists, or whether another service used keys on its behalf.
#   families: [unused_grant]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Longest time without use.
#       default: 90
#   remediation:
#     aws: >-
#       `aws iam list-policies-granting-service-access --arn <arn> --service-namespaces secretsmanager ssm kms` names the policies. Ask
#       the owner, then take the service's actions out of them, or detach them. A principal that uses nothing can go.
#   sources:
#     - AWS Identity and Access Management User Guide, refine permissions using last accessed information, https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
#     - AWS Identity and Access Management API Reference, GenerateServiceLastAccessedDetails, https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
#     - NIST SP 800-53 Rev. 5, AC-6(7), review of user privileges, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.secrets_service_unused

import data.countersign.lib.names

limit_days := data.params.secrets_service_unused.limit_days

# IAM tells of at least these.
tracked_days := 400

idle(use) if use.used_age_days > limit_days

idle(use) if {
	use.never_used
	limit_days <= tracked_days
	input.subject.created_age_days > limit_days
}

perhaps_used(use) if use.perhaps_used_age_days <= limit_days

unused := [use | some use in input.subject.service_uses; idle(use); not perhaps_used(use)]

settled(use) if use.used_age_days <= limit_days

settled(use) if {
	use.never_used
	input.subject.created_age_days <= limit_days
}

applicable if {
	input.subject.principal_type in {"iam_role", "iam_user"}
	not input.subject.break_glass
	not "provider_managed" in input.subject.traits
}

compliant if {
	is_array(input.subject.service_uses)
	every use in input.subject.service_uses { settled(use) }
}

told(use) := sprintf("%s (last used %d days ago)", [use.service, use.used_age_days]) if not use.never_used

told(use) := sprintf("%s (no use known)", [use.service]) if use.never_used

violations contains {
	"actual": names.few([use.service | some use in unused]),
	"expected": sprintf("used within %d days", [limit_days]),
	"message": sprintf("may use, and has not for %d days: %s", [limit_days, names.few([told(use) | some use in unused])]),
} if {
	count(unused) > 0
}
