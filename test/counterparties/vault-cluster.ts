import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createAuthority, type Authority } from "./certificates.ts";
import { at, textAt, textsAt } from "./json.ts";
import { freePorts, startServer, waitUntil, type ServerProcess } from "./server-process.ts";
import { vaultApi, type VaultApi, type VaultApiSettings } from "./vault-api.ts";

const START_LIMIT_MS = 90_000;

export interface ClusterSettings {
  /** From `ensureVault()`. */
  readonly binary: string;
  /** An empty directory; raft data, certificates and logs go below it. */
  readonly dir: string;
  readonly nodes?: 1 | 3;
  /** Unseal key shares and how many of them unseal; 5 and 3 unless given. */
  readonly shares?: number;
  readonly threshold?: number;
  /** Number of file audit devices; 2 unless given. */
  readonly auditDevices?: number;
  /** False: plain HTTP, as a fault. */
  readonly tls?: boolean;
  /** Lets `sys/raw` be asked for; off unless given. */
  readonly rawStorage?: boolean;
  /** Two a node, for clients and for the cluster; free ones unless given. */
  readonly ports?: readonly number[];
}

export interface VaultNode {
  readonly address: string;
  readonly process: ServerProcess;
  readonly logFile: string;
}

/** A running, initialised and unsealed cluster that is no dev server. */
export interface VaultCluster {
  /** Of the first node, which is active after the start. */
  readonly address: string;
  readonly nodes: readonly VaultNode[];
  /** Absent without TLS. */
  readonly caCertPath?: string;
  /** The cluster's own authority, also for client certificates. */
  readonly authority: Authority;
  readonly rootToken: string;
  readonly unsealKeys: readonly string[];
  /** A client of the first node; with the root token unless another is given. */
  api(token?: string): VaultApi;
  /** How the client was made, for tools that make their own. */
  readonly connection: VaultApiSettings;
  /** Seals the first node, which must be active. */
  seal(): Promise<void>;
  /** Unseals the first node; in a cluster it comes back as a standby. */
  unseal(): Promise<void>;
  /** SIGTERM to every node. */
  stop(): Promise<void>;
  /** SIGKILL to every node. */
  kill(): Promise<void>;
}

/** Starts, joins, initialises and unseals a cluster with raft storage on loopback, and enables its audit devices. */
export async function startVaultCluster(settings: ClusterSettings): Promise<VaultCluster> {
  mkdirSync(settings.dir, { recursive: true });
  const authority = createAuthority(settings.dir, "Harbour & Pine Test CA");
  const count = settings.nodes ?? 1;
  const ports = settings.ports ?? (await freePorts(2 * count));
  const plan = Array.from({ length: count }, (_, index) => nodePlan(settings, authority, ports, index));
  const nodes = plan.map((node) => startNode(settings, authority, node, plan));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.process.stop()));
  };
  try {
    return { ...(await initialised(settings, authority, nodes)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface NodePlan {
  readonly id: string;
  readonly home: string;
  readonly port: number;
  readonly clusterPort: number;
  readonly scheme: "https" | "http";
  readonly certPath: string;
  readonly keyPath: string;
}

function nodePlan(
  settings: ClusterSettings,
  authority: Authority,
  ports: readonly number[],
  index: number,
): NodePlan {
  const id = `node-${index + 1}`;
  const home = join(settings.dir, id);
  mkdirSync(join(home, "raft"), { recursive: true });
  const scheme = settings.tls === false ? "http" : "https";
  const [port, clusterPort] = [ports[2 * index]!, ports[2 * index + 1]!];
  const { certPath, keyPath } = authority.issue(id, "server");
  // The server shows its configuration to whoever may read it: the paths in it are relative to the node's directory.
  return {
    id,
    home,
    port,
    clusterPort,
    scheme,
    certPath: relative(home, certPath),
    keyPath: relative(home, keyPath),
  };
}

function startNode(
  settings: ClusterSettings,
  authority: Authority,
  node: NodePlan,
  plan: readonly NodePlan[],
): VaultNode {
  const others = plan.filter((other) => other !== node);
  const config = {
    ui: true,
    disable_mlock: true,
    log_level: "warn",
    raw_storage_endpoint: settings.rawStorage ?? false,
    api_addr: address(node),
    cluster_addr: `https://127.0.0.1:${node.clusterPort}`,
    storage: {
      raft: {
        path: "raft",
        node_id: node.id,
        performance_multiplier: 1,
        // An empty list does not parse.
        ...(others.length === 0 ? {} : { retry_join: others.map((other) => joining(other, authority)) }),
      },
    },
    listener: [
      {
        tcp: {
          address: `127.0.0.1:${node.port}`,
          cluster_address: `127.0.0.1:${node.clusterPort}`,
          ...(node.scheme === "https"
            ? { tls_cert_file: node.certPath, tls_key_file: node.keyPath, tls_min_version: "tls12" }
            : { tls_disable: true }),
        },
      },
    ],
  };
  const configFile = join(node.home, "config.json");
  writeFileSync(configFile, JSON.stringify(config, undefined, 2));
  const logFile = join(node.home, "server.log");
  const process = startServer({
    name: `vault ${node.id}`,
    command: settings.binary,
    args: ["server", "-config", configFile],
    cwd: node.home,
    logFile,
  });
  return { address: address(node), process, logFile };
}

function joining(leader: NodePlan, authority: Authority) {
  const ca = leader.scheme === "https" ? { leader_ca_cert_file: authority.caCertPath } : {};
  return { leader_api_addr: address(leader), ...ca };
}

function address(node: NodePlan): string {
  return `${node.scheme}://127.0.0.1:${node.port}`;
}

async function initialised(settings: ClusterSettings, authority: Authority, nodes: readonly VaultNode[]) {
  const tls = settings.tls === false ? {} : { caCertPath: authority.caCertPath };
  const members = nodes.map((node) => ({ node, api: vaultApi({ address: node.address, ...tls }) }));
  const first = members[0]!;
  const threshold = settings.threshold ?? 3;
  await waitFor(first, "to listen", async () => (await sealStatus(first)) !== undefined);
  const init = await first.api.ok("PUT", "sys/init", {
    secret_shares: settings.shares ?? 5,
    secret_threshold: threshold,
  });
  const unsealKeys = textsAt(init, "keys_base64");
  const rootToken = textAt(init, "root_token");
  const unsealMember = async (member: Member) => {
    // A follower takes unseal keys only after it has joined the leader.
    await waitFor(
      member,
      "to be initialised",
      async () => at(await sealStatus(member), "initialized") === true,
    );
    for (const key of unsealKeys.slice(0, threshold)) await member.api.ok("PUT", "sys/unseal", { key });
    await waitFor(member, "to be unsealed", async () => [200, 429].includes(await health(member)));
  };
  await unsealMember(first);
  await waitFor(first, "to be active", async () => (await health(first)) === 200);
  for (const member of members.slice(1)) await unsealMember(member);
  const root = first.api.as(rootToken);
  await waitFor(first, "all nodes to vote", async () => {
    const state = await root.ok("GET", "sys/storage/raft/autopilot/state");
    return at(state, "data", "healthy") === true && textsAt(state, "data", "voters").length === nodes.length;
  });
  await enableAudit(root, settings.auditDevices ?? 2);
  return {
    address: first.node.address,
    nodes,
    ...tls,
    authority,
    rootToken,
    unsealKeys,
    connection: { address: first.node.address, ...tls, token: rootToken },
    api: (token: string = rootToken) => first.api.as(token),
    seal: async () => {
      await root.ok("PUT", "sys/seal");
    },
    unseal: async () => {
      await unsealMember(first);
      if (nodes.length === 1) await waitFor(first, "to be active", async () => (await health(first)) === 200);
    },
    kill: async () => {
      await Promise.all(nodes.map((node) => node.process.kill()));
    },
  };
}

interface Member {
  readonly node: VaultNode;
  readonly api: VaultApi;
}

async function sealStatus(member: Member): Promise<unknown> {
  const answer = await member.api.send("GET", "sys/seal-status");
  return answer.status === 200 ? answer.body : undefined;
}

/** 200 active, 429 standby, 503 sealed, 501 not initialised. */
async function health(member: Member): Promise<number> {
  return (await member.api.send("GET", "sys/health")).status;
}

async function enableAudit(root: VaultApi, devices: number): Promise<void> {
  // Relative to the working directory of each node.
  for (const name of Array.from({ length: devices }, (_, index) => `file${index === 0 ? "" : index + 1}`)) {
    const options = { file_path: `audit-${name}.log`, mode: "0600" };
    await root.ok("PUT", `sys/audit/${name}`, { type: "file", description: "All requests", options });
  }
}

function waitFor(member: Member, what: string, ready: () => Promise<boolean>): Promise<void> {
  const { process, logFile } = member.node;
  return waitUntil(ready, {
    what: `${member.node.address} ${what}`,
    limitMs: START_LIMIT_MS,
    logFile,
    process,
  });
}
