# METADATA
# title: Raw storage can be read through the API
# description: |
#   `sys/raw` reads and writes the store's own storage behind all policies on secrets, audit settings included. It is for
#   repair under supervision and is off by default. It is set on each node and in force on the active one, whose setting is
#   judged. Another node may have another, which holds from the day that it leads; where it is not certain that the active node
#   answers, the outcome is undetermined at best.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [store, store_config]
#   rests_on_absence: false
#   families: [priv]
#   remediation:
#     hashicorp: Remove `raw_storage_endpoint = true` from the server's configuration and restart each node.
#   sources:
#     - Vault documentation, server configuration, raw_storage_endpoint, https://developer.hashicorp.com/vault/docs/configuration#raw_storage_endpoint
#     - Vault API documentation, sys/raw, https://developer.hashicorp.com/vault/api-docs/system/raw
package countersign.store.raw_storage_enabled

applicable if {
	input.subject.kind == "store"
	not "raw_storage" in input.subject.absent_features
}

compliant if input.subject.raw_storage_enabled == false

violations contains {
	"actual": "on",
	"expected": "off",
	"message": "sys/raw is on: the storage can be read and written past all policies",
} if {
	input.subject.raw_storage_enabled
}
