# METADATA
# title: AppRole secret id is good for ever
# description: |
#   A secret id is the password of an application. One that neither ends nor runs out of uses stays good in every image,
#   log and backup into which it ever slipped. Judged are the limits that the role gives to new secret ids. Where the
#   role was read and sets none, there is none.
# schemas:
#   - input: schema.principal
# custom:
#   severity: medium
#   needs: [auth_role]
#   rests_on_absence: true
#   families: [v_ttl]
#   params:
#     limit_s:
#       type: integer
#       unit: second
#       description: Longest life of a secret id that is not bound by a number of uses.
#       default: 7776000
#     limit_uses:
#       type: integer
#       unit: count
#       description: Most uses that bound a secret id whose life does not.
#       default: 1000
#   remediation:
#     hashicorp: >-
#       `vault write auth/approle/role/<role> secret_id_ttl=24h secret_id_num_uses=10`, then destroy the old ones:
#       list them with `vault list auth/approle/role/<role>/secret-id` and
#       `vault write auth/approle/role/<role>/secret-id-accessor/destroy secret_id_accessor=<accessor>`.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Let secret ids of `{reference}` end, after a time and after some uses.
#         example: |-
#           secret_id_ttl      = 2592000
#           secret_id_num_uses = 40
#   sources:
#     - Vault documentation, AppRole auth method, https://developer.hashicorp.com/vault/docs/auth/approle
#     - Vault documentation, AppRole best practices, https://developer.hashicorp.com/vault/docs/auth/approle/approle-pattern
#     - NIST SP 800-53 Rev. 5, IA-5 f, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.secret_id_unbounded

import data.countersign.lib.names

limit_s := data.params.secret_id_unbounded.limit_s

ttl_s := object.get(input.subject, "secret_id_ttl_s", 0)

applicable if "bind_secret_id" in input.subject.bounds

compliant if life_bounded

uses := input.subject.secret_id_num_uses

limit_uses := data.params.secret_id_unbounded.limit_uses

compliant if {
	uses > 0
	uses <= limit_uses
}

violations contains {
	"actual": "no end and any number of uses",
	"expected": sprintf("an end within %s, or a number of uses", [names.quantity(limit_s, "second", "seconds")]),
	"message": "a secret id of this role never ends and may be used any number of times",
} if {
	input.subject.secret_id_num_uses == 0
	ttl_s == 0
}

violations contains {
	"actual": ttl_s,
	"expected": sprintf("an end within %s, or a number of uses", [names.quantity(limit_s, "second", "seconds")]),
	"message": sprintf("a secret id of this role lives for %s, the limit is %d", [names.quantity(ttl_s, "second", "seconds"), limit_s]),
} if {
	input.subject.secret_id_num_uses == 0
	ttl_s > limit_s
}

violations contains {
	"actual": uses,
	"expected": sprintf("an end within %s, or at most %s", [names.quantity(limit_s, "second", "seconds"), names.quantity(limit_uses, "use", "uses")]),
	"message": sprintf("a secret id of this role may be used %d times, the limit is %d, and its life does not bound it", [uses, limit_uses]),
} if {
	uses > limit_uses
	not life_bounded
}

life_bounded if {
	ttl_s > 0
	ttl_s <= limit_s
}
