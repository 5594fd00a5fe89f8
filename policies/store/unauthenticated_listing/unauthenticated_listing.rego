# METADATA
# title: Store names its mounts to callers who have not logged in
# description: |
#   A mount or auth method with `listing_visibility` set to `unauth` is shown to anyone who reaches the server. It gives
#   no value away, but names what is there and where to try. It is meant for the login page and is seldom needed.
# schemas:
#   - input: schema.store
# custom:
#   severity: low
#   needs: [auth_method, mount, store]
#   rests_on_absence: false
#   families: [pub]
#   params:
#     allowed_paths:
#       type: strings
#       description: Paths of mounts and auth methods that may be shown, e.g. the one that people log in with.
#       default: []
#   remediation:
#     hashicorp: >-
#       `vault secrets tune -listing-visibility=hidden <mount>/` and `vault auth tune -listing-visibility=hidden <path>/`.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Hide the mount or auth method from callers who have not logged in (`listing_visibility` of `vault_mount`, `tune.listing_visibility` of
#           `vault_auth_backend`).
#         example: |-
#           tune {
#             listing_visibility = "hidden"
#           }
#   sources:
#     - Vault API documentation, tune mount, listing_visibility, https://developer.hashicorp.com/vault/api-docs/system/mounts
#     - Vault API documentation, unauthenticated mounts, https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts
package countersign.store.unauthenticated_listing

import data.countersign.lib.names

allowed_paths := data.params.unauthenticated_listing.allowed_paths

named := {path |
	some listed in array.concat(input.subject.mounts, input.subject.auth_methods)
	listed.listing_visibility == "unauth"
	path := listed.path
}

surplus := [path | some path in named; not path in allowed_paths]

# Mounts beyond those that the subject names are counted, and no rule can allow what it cannot name.
surplus_count := count(surplus) + (input.subject.unauthenticated_listing_count - count(named))

applicable if {
	input.subject.kind == "store"
	not "listener" in input.subject.absent_features
}

compliant if surplus_count == 0

violations contains {
	"actual": names.few_of(surplus, surplus_count),
	"expected": "hidden",
	"message": sprintf("shown to callers who have not logged in: %s", [names.counted_of(surplus, surplus_count, "path", "paths")]),
} if {
	surplus_count > 0
}
