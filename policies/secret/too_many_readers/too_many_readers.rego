# METADATA
# title: More principals can read the secret than its tier allows
# description: |
#   Each reader is one more place from which a value can leak, and one more to change when it is rotated. Counted is
#   effective access: whoever can read the value by any path, not only those whom someone meant to let in. Break-glass
#   identities and root tokens reach everything by intent and are not counted; a finding says how many they are. Who reads only by a login through a role
#   or group that perhaps is not theirs to take makes no finding, and no pass either. Readers of a secret that is scheduled for deletion, or
#   whose key is disabled, count: one call brings it back for all of them.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [grant]
#   rests_on_absence: false
#   unstated: >-
#     How many principals read the secret: some do only by a login of which it is not known whether they may take
#     it.
#   families: [eff]
#   params:
#     limit:
#       type: integer
#       unit: count
#       description: Greatest number of principals that can read the value.
#       strictest: min
#       by_tier: {critical: 5, high: 10, standard: 25, low: 50}
#   remediation:
#     aws: >-
#       List the readers and their paths with `countersign access who-can <secret>`. Name secrets instead of `*` in
#       `Resource`, give by tag (`aws:ResourceTag/<tag>`) or by prefix of names, and let the secret's own policy deny
#       all but its readers.
#     hashicorp: >-
#       List the readers and their paths with `countersign access who-can <secret>`. Narrow policies to the paths that
#       each application needs, take surplus policies from roles and groups, and split mounts that many teams share.
#     kubernetes: >-
#       Bind roles to the service accounts that need the secret, in its namespace, and name it under `resourceNames`. `list` and `watch` answer
#       with values, and whoever runs pods in a namespace reads its secrets: move the secret to a namespace of its own.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name the principals that need `{label}` in what gives access to it, one by one, in the place of accounts and wildcards.
#         example: |-
#           Principal:
#             AWS: !GetAtt ReaderRole.Arn
#     kubernetes:
#       any:
#         text: >-
#           Bind the service accounts that need `{reference}` one by one, in the place of groups such as `system:serviceaccounts`.
#     terraform:
#       any:
#         text: >-
#           Name the principals that need `{reference}` in what gives access to it, one by one, in the place of groups, accounts and wildcards.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6, least privilege, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
package countersign.secret.too_many_readers

import data.countersign.lib.names

limit := data.params.too_many_readers.limit

applicable if {
	input.subject.kind == "secret"
	not "configuration" in input.subject.traits
}

readers := input.subject.readers

# Break-glass identities and root tokens are judged by themselves.
counted := readers.count - readers.emergency_count

# Without those who perhaps may log in through a role or group that reads, which is counted itself, and identities as which
# nobody can log in yet.
settled := counted - readers.perhaps_count

compliant if counted + readers.possible_count <= limit

violations contains {
	"actual": settled,
	"expected": sprintf("at most %s", [names.quantity(limit, "reader", "readers")]),
	"message": sprintf("readers: %d, allowed: %d%s", [settled, limit, names.uncounted(readers)]),
} if {
	settled > limit
}
