# METADATA
# title: Store stops with one machine
# description: |
#   When the only node fails, every application that needs a secret waits until it is back. A cluster on integrated
#   storage must have three nodes to survive the loss of one.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [availability, store]
#   rests_on_absence: false
#   families: [repl]
#   params:
#     min_nodes:
#       type: integer
#       unit: count
#       description: Least number of nodes.
#       default: 3
#   remediation:
#     hashicorp: >-
#       Join further nodes on integrated storage: `vault operator raft join https://<leader>:8200`, and check with
#       `vault operator raft list-peers`. Migrate from a storage without high availability with `vault operator migrate`.
#   sources:
#     - Vault documentation, high availability, https://developer.hashicorp.com/vault/docs/concepts/ha
#     - NIST SP 800-53 Rev. 5, CP-9 and CP-10, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.ha_missing

min_nodes := data.params.ha_missing.min_nodes

applicable if {
	input.subject.kind == "store"
	not "high_availability" in input.subject.absent_features
}

compliant if {
	input.subject.ha_enabled
	input.subject.node_count >= min_nodes
}

violations contains {
	"actual": "no high availability",
	"expected": sprintf("at least %d nodes", [min_nodes]),
	"message": "the storage of the store has no high availability",
} if {
	input.subject.ha_enabled == false
}

violations contains {
	"actual": input.subject.node_count,
	"expected": sprintf("at least %d nodes", [min_nodes]),
	"message": sprintf("nodes: %d, asked for: %d", [input.subject.node_count, min_nodes]),
} if {
	input.subject.ha_enabled
	input.subject.node_count < min_nodes
}
