# METADATA
# title: Database connection may be used by any role
# description: |
#   The connection logs in as the administrator of a database, and each role runs statements of its own with it. Where the
#   connection allows every role, whoever may write one role of the engine may do anything in that database: make an account
#   for themselves, or change what others' accounts may do.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [connection, mount]
#   rests_on_absence: false
#   families: [priv]
#   remediation:
#     hashicorp: >-
#       `vault write <mount>/config/<connection> allowed_roles=<role>,<role>` with the roles that there are
#       (`vault list <mount>/roles` and `vault list <mount>/static-roles`).
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Name the roles that may use the connection, in the place of `*`.
#         example: |-
#           allowed_roles = ["app"]
#   sources:
#     - Vault API documentation, database secrets engine, configure connection, https://developer.hashicorp.com/vault/api-docs/secret/databases
#     - NIST SP 800-53 Rev. 5, AC-6, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.connection_for_any_role

import data.countersign.lib.names

open := input.subject.connections_for_any_role

open_count := input.subject.connection_for_any_role_count

applicable if input.subject.connection_count > 0

compliant if open_count == 0

violations contains {
	"actual": names.few_of(open, open_count),
	"expected": "named roles",
	"message": sprintf("any role of the engine may use %s", [names.counted_of(open, open_count, "connection", "connections")]),
} if {
	open_count > 0
}
