import type { Fact, FactKind, Gap } from "../../../facts/index.ts";
import { flag, nonEmptyText, objectAt, optionalText, setText, someObjects } from "../json.ts";
import {
  fact,
  gapIn,
  type Answered,
  type Ask,
  type Omission,
  type Operation,
  type WalkContext,
} from "../operation.ts";

/**
 * Kinds of facts that each node has of its own, from its own configuration file. `sys/config/state/sanitized` tells those
 * of the node that answers, and a standby has the active node answer: no other's can be asked for.
 */
const OF_EACH_NODE: readonly FactKind[] = ["endpoint", "node_config", "store_config"];

/**
 * Of these, what is judged of every node: what each has in force at the same time, and what must not come into force with the
 * next one that leads. Their configuration files tell it. The other settings are in force on the active node alone: they are
 * the whole cluster's where it is certain that this node has told them.
 */
const OF_EVERY_NODE: readonly FactKind[] = ["endpoint", "node_config"];

/** In the questions about nodes: those whose configuration files are read, one a line. */
const FILES = "files_of";

/** In the questions about nodes: `active` where whoever answers about settings is certainly the active node. */
const TOLD_BY = "settings_of";

/** In the questions about nodes: `raft` where that is the storage, whose members the files are named by. */
const JUDGED_BY = "files_by";

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

/** A node, and what may stand for it in the settings, best first. */
interface Member {
  readonly names: readonly string[];
  readonly active: boolean;
}

function haStatus(answered: Answered): (Fact | Gap)[] {
  const listed = someObjects(answered.data, "nodes");
  const nodes = listed.map((node) => ({
    name: nonEmptyText(node, "hostname"),
    ...optionally("address", setText(node, "api_address")),
    active: flag(node, "active_node"),
    // Vault from 1.10 on.
    ...optionally("version", optionalText(node, "version")),
  }));
  const members = listed.map((node) => ({
    // Servers on one machine share its name, nodes behind a load balancer may share the address.
    names: ["hostname", "api_address", "cluster_address"].flatMap((key) => optionalText(node, key) || []),
    active: flag(node, "active_node"),
  }));
  return [
    fact(answered, "availability", "sys/ha-status", { ha_enabled: true, nodes }),
    ...unseenSettings(
      answered,
      nodes.length,
      byRaft(answered) ? uncounted(answered, members) : unnamed(answered, members),
    ),
  ];
}

function raft(answered: Answered): (Fact | Gap)[] {
  const nodes = someObjects(objectAt(answered.data, "config"), "servers").map((node) => ({
    name: nonEmptyText(node, "node_id"),
    ...optionally("address", setText(node, "address")),
    active: flag(node, "leader"),
  }));
  const members = nodes.map(({ name, active }) => ({ names: [name], active }));
  return [
    fact(answered, "availability", "sys/storage/raft/configuration", { ha_enabled: true, nodes }),
    ...unseenSettings(answered, nodes.length, unnamed(answered, members)),
  ];
}

/** Whether it is certain that the active node has told its settings. */
function isTold({ params }: Answered): boolean {
  return params[TOLD_BY] === "active";
}

/** Whether raft tells of each node whether it has a file: only there do ids of nodes stand. */
function byRaft({ params }: Answered): boolean {
  return params[JUDGED_BY] === "raft";
}

/** Nodes whose configuration files are read. */
function filesOf({ params }: Answered): readonly string[] {
  const told = params[FILES];
  return told === undefined ? [] : told.split("\n");
}

/**
 * The nodes that neither told their settings nor have a file, by what they are called. A file counts where its name is that of
 * one node alone: a name that two have may leave either unseen, and one that none has is of no node. Two that are
 * active at once, of a cluster that changes, have not both told theirs.
 */
function unnamed(answered: Answered, members: readonly Member[]): string[] {
  const files = filesOf(answered);
  const told = isTold(answered) && members.filter(({ active }) => active).length === 1;
  const isOwn = (name: string) => members.filter(({ names }) => names.includes(name)).length === 1;
  return members
    .filter(
      ({ names, active }) => !(told && active) && !names.some((name) => files.includes(name) && isOwn(name)),
    )
    .map(({ names }) => names.find(isOwn) ?? names.join(" "));
}

/** The nodes for which there are too few files, whatever these are called, where raft knows which is whose. */
function uncounted(answered: Answered, members: readonly Member[]): string[] {
  const seen = (isTold(answered) ? 1 : 0) + filesOf(answered).length;
  return members.slice(seen).map(({ names }) => names.join(" "));
}

/**
 * A gap over what is not seen of nodes beside the one whose settings are read; the same words, whatever told of them. A file
 * tells listeners and whether the raw storage is open.
 */
function unseenSettings(answered: Answered, nodeCount: number, without: readonly string[]): Gap[] {
  const hides = hiddenOfOthers(answered).filter(
    (kind) => without.length > 0 || !OF_EVERY_NODE.includes(kind),
  );
  if (nodeCount < 2 || hides.length === 0) return [];
  const which =
    filesOf(answered).length === 0 ||
    without.length === 0 ||
    (answered.record.operation === "server.ha_status" && byRaft(answered))
      ? ""
      : `, node_config_files names no file of ${without.join(", ")}`;
  return [settingsGap(answered, `the cluster has ${nodeCount} nodes${which}`, hides)];
}

/** What is not told of nodes beside the one that answers. */
function hiddenOfOthers(answered: Answered): readonly FactKind[] {
  return isTold(answered) ? OF_EVERY_NODE : OF_EACH_NODE;
}

function settingsGap(answered: Answered, because: string, hides = hiddenOfOthers(answered)): Gap {
  const omission: Omission = {
    resource:
      answered.record.operation === "server.raft" ? "sys/storage/raft/configuration" : "sys/ha-status",
    hides,
    reason: "unsupported",
    detail: `${because}, and this API tells listeners and settings of one alone, the node that answers`,
    fix:
      "Bring the configuration file of each node to the collector and name it in node_config_files of the source: by raft " +
      "node id where raft is the storage, else by the hostname that sys/ha-status tells, or by the api_address or " +
      "cluster_address there where nodes share it; its listeners and raw_storage_endpoint are then read there.",
  };
  return gapIn(answered, omission);
}

/** Whether this gap says that a cluster has nodes of which nothing told the settings, nor a file. */
export function isOfUnseenNodes({ operation, reason, hides }: Gap): boolean {
  const asked = operation === "server.ha_status" || operation === "server.raft";
  return asked && reason === "unsupported" && hides.includes("node_config");
}

function optionally<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/**
 * Asked only where high availability is on: a lone server answers the first with itself. A standby of a community Vault
 * answers nothing of settings: it has the active node answer, or sends there. Vault Enterprise and OpenBao have standbys
 * that read by themselves, and a load balancer may lead each question to another.
 */
function details({ dialect, enterprise, storage, nodeFiles = [] }: WalkContext): Ask[] {
  const params = {
    ...(dialect === "vault" && enterprise === false ? { [TOLD_BY]: "active" } : {}),
    ...(nodeFiles.length === 0 ? {} : { [FILES]: nodeFiles.join("\n") }),
    ...(nodeFiles.length > 0 && storage === "raft" ? { [JUDGED_BY]: "raft" } : {}),
  };
  return ["server.ha_status", "server.raft"].map((operation) => ({ operation, params }));
}

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
    next: ({ body }, context) => (body["ha_enabled"] === true ? details(context) : []),
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
    // Without members nothing tells whose the files are.
    factsOfNothing: (answered) =>
      byRaft(answered)
        ? [settingsGap(answered, "the server does not tell the members of its raft storage")]
        : [],
  },
];
