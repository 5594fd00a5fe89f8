# METADATA
# title: Token lives too long or without end
# description: |
#   A stolen token is good for as long as it lives. The longest life of the tokens that a role or user hands out, after
#   the limits of its mount and of the server, is compared with a limit. A periodic token lives for as long as someone
#   renews it, whatever the other limits say: only an explicit end binds it. Where such an end was read and is not set,
#   there is none. The live tokens of an identity are judged with it, all of them, since an old one outlives the limits that
#   its role got later; the worst are named.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [auth_config, auth_method, auth_role, held_token, token, token_limit]
#   rests_on_absence: false
#   unstated: >-
#     How long the tokens live: nothing that was read limits them for certain, and their mount or the server may.
#   families: [v_ttl]
#   params:
#     limit_s:
#       type: integer
#       unit: second
#       description: Longest life of a token, renewals included. The default is Vault's own, 768 hours.
#       default: 2764800
#   remediation:
#     hashicorp: >-
#       Bound the role, e.g. `vault write auth/approle/role/<role> token_ttl=20m token_max_ttl=4h`, or the whole method
#       with `vault auth tune -max-lease-ttl=24h <mount>/`; for LDAP `vault write auth/<mount>/config token_max_ttl=4h`. Give
#       periodic tokens an end with `token_explicit_max_ttl`, or replace them by short ones that Vault Agent fetches anew.
#       Live tokens keep what they were made with: `vault token revoke -accessor <accessor>`.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Let tokens of `{reference}` end (in seconds).
#         example: |-
#           token_ttl     = 3600
#           token_max_ttl = 14400
#   sources:
#     - Vault documentation, tokens, time-to-live and periodic tokens, https://developer.hashicorp.com/vault/docs/concepts/tokens
#     - NIST SP 800-53 Rev. 5, AC-12 and IA-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.token_ttl_unbounded

import data.countersign.lib.names

limit_s := data.params.token_ttl_unbounded.limit_s

expected := sprintf("at most %s", [names.quantity(limit_s, "second", "seconds")])

ends if {
	input.subject.token_explicit_max_ttl_s > 0
	input.subject.token_explicit_max_ttl_s <= limit_s
}

applicable if input.subject.principal_type in {"auth_role", "auth_user", "token", "token_role"}

applicable if input.subject.held_token_count > 0

compliant if {
	input.subject.token_max_ttl_s > 0
	input.subject.token_max_ttl_s <= limit_s
}

compliant if ends

compliant if {
	input.subject.held_tokens.endless_count == 0
	input.subject.held_tokens.unknown_life_count == 0
	input.subject.held_tokens.longest_life_s <= limit_s
}

violations contains {
	"actual": "no limit",
	"expected": expected,
	"message": "the tokens may be renewed for ever",
} if {
	input.subject.token_max_ttl_s == 0
	object.get(input.subject, "token_explicit_max_ttl_s", 0) == 0
}

violations contains {
	"actual": seconds,
	"expected": expected,
	"message": sprintf("the tokens may live for %s, the limit is %d", [names.quantity(seconds, "second", "seconds"), limit_s]),
} if {
	seconds := input.subject.token_max_ttl_s
	seconds > limit_s

	# Without it another limit may be lower.
	input.subject.token_max_ttl_source
	not ends
}

violations contains {
	"actual": seconds,
	"expected": expected,
	"message": sprintf("the tokens may be renewed for %s, the limit is %d", [names.quantity(seconds, "second", "seconds"), limit_s]),
} if {
	input.subject.token_max_ttl_s == 0
	seconds := input.subject.token_explicit_max_ttl_s
	seconds > limit_s
}

violations contains {
	"actual": sprintf("%d of %d live tokens without end", [endless, input.subject.held_token_count]),
	"expected": expected,
	"message": sprintf("live tokens that may be renewed for ever: %d of %d, by accessor %s", [endless, input.subject.held_token_count, names.few_of(shown, endless)]),
} if {
	endless := input.subject.held_tokens.endless_count
	endless > 0
	shown := [token.accessor | some token in input.subject.held_tokens.sample; token.life_s == 0]
}

violations contains {
	"actual": seconds,
	"expected": expected,
	"message": sprintf("a live token may live for %s, the limit is %d", [names.quantity(seconds, "second", "seconds"), limit_s]),
} if {
	seconds := input.subject.held_tokens.longest_life_s
	seconds > limit_s
}
