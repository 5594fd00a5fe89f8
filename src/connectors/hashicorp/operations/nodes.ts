import type { Fact, FactKind, Gap } from "../../../facts/index.ts";
import { flag, nonEmptyText, objectAt, optionalText, setText, someObjects } from "../json.ts";
import { fact, gapIn, type Answered, type Omission, type Operation } from "../operation.ts";

/**
 * Kinds of facts that each node has of its own, from its own configuration file. `sys/config/state/sanitized` tells those
 * of the node that answers, and a standby has the active node answer: no other's can be asked for.
 */
const OF_EACH_NODE: readonly FactKind[] = ["endpoint", "store_config"];

/** What tells of nodes tells as well whose settings are not seen, so its refusal hides those too. */
const HIDDEN_WITH_NODES: readonly FactKind[] = ["availability", ...OF_EACH_NODE];

function leader(answered: Answered): Fact[] {
  const { body } = answered;
  return [
    fact(answered, "availability", "sys/leader", {
      ha_enabled: flag(body, "ha_enabled"),
      leader_address: setText(body, "leader_address"),
    }),
  ];
}

function haStatus(answered: Answered): (Fact | Gap)[] {
  const nodes = someObjects(answered.data, "nodes").map((node) => ({
    name: nonEmptyText(node, "hostname"),
    ...optionally("address", setText(node, "api_address")),
    active: flag(node, "active_node"),
    // Vault from 1.10 on.
    ...optionally("version", optionalText(node, "version")),
  }));
  return [
    fact(answered, "availability", "sys/ha-status", { ha_enabled: true, nodes }),
    ...unseenSettings(answered, nodes.length),
  ];
}

function raft(answered: Answered): (Fact | Gap)[] {
  const nodes = someObjects(objectAt(answered.data, "config"), "servers").map((node) => ({
    name: nonEmptyText(node, "node_id"),
    ...optionally("address", setText(node, "address")),
    active: flag(node, "leader"),
  }));
  return [
    fact(answered, "availability", "sys/storage/raft/configuration", { ha_enabled: true, nodes }),
    ...unseenSettings(answered, nodes.length),
  ];
}

/** A gap where there are nodes beside the one whose settings are read; the same words, whatever counted them. */
function unseenSettings(answered: Answered, nodeCount: number): Gap[] {
  if (nodeCount < 2) return [];
  return [settingsGap(answered, `the cluster has ${nodeCount} nodes`)];
}

function settingsGap(answered: Answered, because: string): Gap {
  const omission: Omission = {
    resource:
      answered.record.operation === "server.raft" ? "sys/storage/raft/configuration" : "sys/ha-status",
    hides: OF_EACH_NODE,
    reason: "unsupported",
    detail: `${because}, and this API tells listeners and settings of one alone, the node that answers`,
    fix: "Compare the configuration file of each node with what this one tells, and keep the comparison as evidence.",
  };
  return gapIn(answered, omission);
}

function optionally<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/** Asked only where high availability is on: a lone server answers the first with itself. */
const HA_DETAILS = ["server.ha_status", "server.raft"].map((operation) => ({ operation, params: {} }));

/** Which nodes a store has. */
export const nodes: readonly Operation[] = [
  {
    id: "server.leader",
    title: "Whether there is high availability, and who leads",
    method: "GET",
    path: "sys/leader",
    needs: [],
    hides: HIDDEN_WITH_NODES,
    // Whether the nodes are asked for hangs on this answer.
    resource: "sys/",
    rootOnly: true,
    absent: "gone",
    bare: true,
    facts: leader,
    next: ({ body }) => (body["ha_enabled"] === true ? HA_DETAILS : []),
  },
  {
    id: "server.ha_status",
    title: "Nodes that the active one hears of",
    method: "GET",
    path: "sys/ha-status",
    needs: ["read"],
    hides: HIDDEN_WITH_NODES,
    resource: "sys/ha-status",
    rootOnly: true,
    absent: "feature",
    facts: haStatus,
    factsOfNothing: (answered) => [
      settingsGap(answered, "the server does not tell how many nodes there are"),
    ],
  },
  {
    id: "server.raft",
    title: "Raft members",
    method: "GET",
    path: "sys/storage/raft/configuration",
    needs: ["read"],
    hides: HIDDEN_WITH_NODES,
    resource: "sys/storage/raft/configuration",
    rootOnly: true,
    absent: "feature",
    facts: raft,
  },
];
