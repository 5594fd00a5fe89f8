# METADATA
# title: Principals can both read the secret and grant access to it
# description: |
#   Who reads a value and also hands out access to it can let anyone in, and nobody else need agree. Reading and granting
#   belong in two hands. Counted are principals that can read the value and can write policies, roles, identities or
#   mounts that lead to it. A standard or low secret is allowed the administrators of its store.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [grant]
#   rests_on_absence: false
#   families: [sod]
#   params:
#     limit:
#       type: integer
#       unit: count
#       description: Greatest number of principals that can read the value and grant access to it.
#       strictest: min
#       by_tier: {critical: 0, high: 0, standard: 2, low: 2}
#   remediation:
#     hashicorp: >-
#       Split the policy in two: one that writes `sys/policies/acl/*`, `auth/*` and `identity/*` and reads no secret, and
#       one that reads secrets and administers nothing. Deny the data paths in the administrators' policy with
#       `capabilities = ["deny"]`. Keep the union for a break-glass identity.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-5, separation of duties, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, policies, https://developer.hashicorp.com/vault/docs/concepts/policies
package countersign.secret.reader_also_grants

limit := data.params.reader_also_grants.limit

applicable if input.subject.kind == "secret"

compliant if {
	input.subject.reader_and_granter_count <= limit
	input.subject.readers.possible_count == 0
}

violations contains {
	"actual": both,
	"expected": sprintf("at most %d", [limit]),
	"message": sprintf("readers that can also grant access: %d, allowed: %d", [both, limit]),
} if {
	both := input.subject.reader_and_granter_count
	both > limit
}
