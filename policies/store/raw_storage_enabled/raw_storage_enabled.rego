# METADATA
# title: Raw storage can be read through the API
# description: |
#   `sys/raw` reads and writes the store's own storage behind all policies on secrets, audit settings included. It is for
#   repair under supervision and is off by default. It is set on each node and in force on the active one; what another node
#   has holds from the day that it leads. The store tells the setting of the node that answers. Of the others it is read from their
#   configuration files, where the source names them (`node_config_files`); without them the outcome of a cluster is
#   undetermined at best.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [node_config, store, store_config]
#   rests_on_absence: false
#   families: [priv]
#   remediation:
#     hashicorp: Remove `raw_storage_endpoint = true` from the server's configuration and restart each node.
#   sources:
#     - Vault documentation, server configuration, raw_storage_endpoint, https://developer.hashicorp.com/vault/docs/configuration#raw_storage_endpoint
#     - Vault API documentation, sys/raw, https://developer.hashicorp.com/vault/api-docs/system/raw
package countersign.store.raw_storage_enabled

import data.countersign.lib.names

applicable if {
	input.subject.kind == "store"
	not "raw_storage" in input.subject.absent_features
}

opened_by_file := object.get(input.subject, "raw_storage_nodes", [])

compliant if {
	input.subject.raw_storage_enabled == false
	count(opened_by_file) == 0
}

violations contains {
	"actual": "on",
	"expected": "off",
	"message": "sys/raw is on: the storage can be read and written past all policies",
} if {
	input.subject.raw_storage_enabled
}

violations contains {
	"actual": sprintf("on in the file of %s", [names.short(node)]),
	"expected": "off",
	"message": sprintf("sys/raw is on by the configuration file of %s: once it leads, the storage can be read and written past all policies", [names.short(node)]),
} if {
	some node in opened_by_file
}
