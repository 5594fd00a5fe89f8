# METADATA
# title: Disabled principal still holds access
# description: |
#   A disabled identity was meant to be out. While its policies and tokens remain, or those of the groups that it is in and of
#   the users and roles that it alone comes in by, enabling it again, by mistake or on purpose, gives everything back, and so does deleting it, after
#   which such a user logs in as somebody new. What left should be empty.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [principal]
#   applies_to: [entity]
#   rests_on_absence: false
#   unstated: >-
#     Whether a token of it is alive, or a user, role or group of it has policies: not every token of the store, or user, role or
#     group that may be its own, could be looked up, and nothing of the kind was seen.
#   families: [ghost]
#   remediation:
#     hashicorp: >-
#       Take the policies away with `vault write identity/entity/id/<id> policies=""`, remove it from its groups, and
#       revoke its tokens by accessor. If it will not come back, delete it: `vault delete identity/entity/id/<id>`, and
#       its users and roles in the auth methods as well.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-2 and AC-2(3), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault API documentation, identity entities, https://developer.hashicorp.com/vault/api-docs/secret/identity/entity
package countersign.principal.disabled_still_granted

import data.countersign.lib.names

applicable if input.subject.principal_type == "entity"

compliant if input.subject.disabled == false

compliant if {
	input.subject.disabled
	count(input.subject.policies) == 0
	count(input.subject.login_policies) == 0
	count(input.subject.group_policies) == 0
	input.subject.live_token_count == 0
}

violations contains {
	"actual": names.few(input.subject.policies),
	"expected": "no policies",
	"message": sprintf("disabled, and still has %s", [names.counted(input.subject.policies, "policy", "policies")]),
} if {
	input.subject.disabled
	count(input.subject.policies) > 0
}

violations contains {
	"actual": names.few(input.subject.login_policies),
	"expected": "no policies of its users and roles",
	"message": sprintf("disabled, and its users or roles still have %s", [names.counted(input.subject.login_policies, "policy", "policies")]),
} if {
	input.subject.disabled
	count(input.subject.login_policies) > 0
}

violations contains {
	"actual": names.few(input.subject.group_policies),
	"expected": "no policies of its groups",
	"message": sprintf("disabled, and its groups still give it %s", [names.counted(input.subject.group_policies, "policy", "policies")]),
} if {
	input.subject.disabled
	count(input.subject.group_policies) > 0
}

violations contains {
	"actual": input.subject.live_token_count,
	"expected": "no live token",
	"message": sprintf("disabled, and still has live tokens: %d", [input.subject.live_token_count]),
} if {
	input.subject.disabled
	input.subject.live_token_count > 0
}
