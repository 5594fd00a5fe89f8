# METADATA
# title: Auth role or user is not used
# description: |
#   A way in that nobody uses is only of use to an intruder. A live token proves use. That nobody ever came in is known
#   only where the method gives its callers a fixed name that the identity store would have kept; and a way in that is
#   younger than the grace period has not failed. Everything else stays undetermined until an audit log is read: no
#   token now does not mean no login last week.
# schemas:
#   - input: schema.principal
# custom:
#   severity: low
#   needs: [auth_config, auth_role, principal, token]
#   applies_to: [auth_role, auth_user]
#   rests_on_absence: true
#   unstated: >-
#     No live token is known to come from it, and the store keeps no time at which somebody last came in through it.
#   families: [inactive, unused_grant]
#   params:
#     grace_days:
#       type: integer
#       unit: day
#       description: Age from which a role or user must have been used.
#       default: 90
#   remediation:
#     hashicorp: >-
#       Ask the owner, then remove it: `vault delete auth/<mount>/role/<role>` or `vault delete auth/<mount>/users/<user>`.
#       Feed the audit log to Countersign to learn about use by day.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2(3), disable accounts, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, identity, entities and aliases, https://developer.hashicorp.com/vault/docs/concepts/identity
package countersign.principal.auth_role_unused

import data.countersign.lib.names

grace_days := data.params.auth_role_unused.grace_days

applicable if input.subject.principal_type in {"auth_role", "auth_user"}

compliant if input.subject.live_token_count > 0

compliant if input.subject.created_age_days <= grace_days

violations contains {
	"actual": "no login ever seen",
	"expected": sprintf("used within %s of being made", [names.quantity(grace_days, "day", "days")]),
	"message": sprintf("nobody ever came in through it, days since it was made: %d", [input.subject.created_age_days]),
} if {
	input.subject.live_token_count == 0
	input.subject.login_seen == false
	input.subject.created_age_days > grace_days
}
