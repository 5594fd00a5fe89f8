import { describe, expect, it } from "vitest";
import { SERVER_KINDS, type Gap } from "../../../src/facts/index.ts";
import { collecting, gapOf } from "./collecting.ts";
import { HEALTH, SEAL, status, type Route } from "./fake-server.ts";
import type { Collected } from "./plain-io.ts";
import { recordWith } from "./replays.ts";
import { hashicorp } from "../../../src/connectors/index.ts";

const { collect, tokensSent } = collecting();

/** Questions for the seal status in one reading: what it tells is the first, then who answers at the start and at the end. */
const START = 2;
const END = 3;

/** Answers the seal status as usual, but with `changed` where its question's number says so. */
function seal(isChanged: (asked: number) => boolean, changed: Route): Route {
  let asked = 0;
  return (request, response) => {
    asked += 1;
    const route = isChanged(asked) ? changed : SEAL;
    if (typeof route === "function")
      (route as (a: typeof request, b: typeof response) => void)(request, response);
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(route));
  };
}

const from = (first: number, change: object): Route =>
  seal((asked) => asked >= first, { ...SEAL, ...change });

const reading = async (route: Route): Promise<Collected> => await collect({ "GET sys/seal-status": route });

describe("a store that is not the one that it was", () => {
  it("is asked who it is before the login and after everything else, and leaves no gap while it is the same", async () => {
    const collected = await reading(SEAL);
    const asked = collected.records.map(({ operation }) => operation);
    expect(asked.slice(0, 4)).toEqual([
      "server.health",
      "server.seal_status",
      "server.identity",
      "token.self",
    ]);
    expect(asked.at(-1)).toBe("server.identity");
    expect(gapOf(collected, "server.identity")).toBeUndefined();
  });

  it.each([
    [
      "another cluster",
      { cluster_id: "0f1e2d3c-0000-4000-8000-000000000001" },
      "expected one cluster_id as long as the store is read, got 5b7d8a52-3a1c-4c6f-9b1e-0d6c3a2f4e11 and then 0f1e2d3c-0000-4000-8000-000000000001",
    ],
    [
      "another version",
      { version: "1.22.0" },
      "expected one version as long as the store is read, got 1.21.2 and then 1.22.0",
    ],
    [
      "a version that is kept back",
      { version: "" },
      "expected one version as long as the store is read, got 1.21.2 and then none",
    ],
    ["sealed", { sealed: true, cluster_id: undefined }, "the store was sealed while it was read"],
    [
      "no cluster that it names",
      { cluster_id: undefined },
      "expected cluster_id to be a string, got nothing",
    ],
  ])("at its end, but %s, is a gap over everything", async (_name, change, detail) => {
    const collected = await reading(from(END, change));
    const gaps = collected.gaps.filter(({ operation }) => operation === "server.identity");
    expect(gaps).toMatchObject([{ resource: "payments-vault:", detail, hides: SERVER_KINDS }]);
    expect(gaps[0]).toHaveProperty("record");
    expect(collected.facts.some(({ kind }) => kind === "token")).toBe(true);
  });

  it("at its start is a gap over everything, and never sees the token", async () => {
    const collected = await reading(from(START, { cluster_id: "0f1e2d3c-0000-4000-8000-000000000001" }));
    expect(gapOf(collected, "server.identity")).toMatchObject({ hides: SERVER_KINDS });
    expect(tokensSent()).toBe(0);
  });

  it("and cannot be told from another where the first answer names no cluster", async () => {
    const collected = await reading(seal((asked) => asked < START, { ...SEAL, cluster_id: undefined }));
    expect(gapOf(collected, "server.identity")?.detail).toMatch(/got none and then 5b7d8a52/);
  });

  it("or does not say so at its end is a gap over everything", async () => {
    const failing = status(500, { errors: ["internal error"] });
    expect(gapOf(await reading(seal((asked) => asked >= END, failing)), "server.identity")).toMatchObject({
      reason: "unavailable",
      resource: "payments-vault:",
      hides: SERVER_KINDS,
    });
  });
});

describe("a cluster's other nodes", () => {
  const node = (name: string, active = false) => ({
    hostname: name,
    api_address: `https://${name}.example.org:8200`,
    active_node: active,
  });
  const peer = (name: string, leader = false) => ({ node_id: name, address: `${name}:8201`, leader });
  const unseen = (operation: string, data: object): Gap[] =>
    hashicorp
      .normalise(recordWith({ operation }, { data }))
      .flatMap((found) => ("hides" in found ? [found] : []));

  it.each([
    ["server.ha_status", { nodes: [node("vault-1", true), node("vault-2")] }, "sys/ha-status"],
    [
      "server.raft",
      { config: { servers: [peer("node-1", true), peer("node-2")] } },
      "sys/storage/raft/configuration",
    ],
  ])("that %s tells of have settings that nobody saw", (operation, data, resource) => {
    expect(unseen(operation, data)).toMatchObject([
      {
        reason: "unsupported",
        hides: ["endpoint", "node_config", "store_config"],
        resource: `payments-vault:${resource}`,
        detail: expect.stringMatching(/^the cluster has 2 nodes/) as string,
      },
    ]);
  });

  const NODES = { nodes: [node("vault-1", true), node("vault-2")] };
  const PEERS = { config: { servers: [peer("node-1", true), peer("node-2")] } };
  const hidden = (params: Record<string, string>) =>
    (
      [
        ["server.ha_status", NODES],
        ["server.raft", PEERS],
      ] as const
    ).map(([operation, data]) =>
      hashicorp
        .normalise(recordWith({ operation, params }, { data }))
        .flatMap((found) => ("hides" in found ? found.hides : [])),
    );

  it("hide no setting that is in force on the active node alone, where it is certain that this one told", () => {
    expect(hidden({ settings_of: "active" })).toEqual([
      ["endpoint", "node_config"],
      ["endpoint", "node_config"],
    ]);
  });

  it("hide neither listener nor raw storage where each has a configuration file", () => {
    expect(hidden({ files_of: "node-1\nnode-2", files_by: "raft" })).toEqual([
      ["store_config"],
      ["store_config"],
    ]);
    expect(hidden({ files_of: "node-2", files_by: "raft", settings_of: "active" })).toEqual([[], []]);
    // The file of the node that tells its own is none of another's: raft knows nodes by name.
    expect(hidden({ files_of: "node-1", files_by: "raft", settings_of: "active" })).toEqual([
      [],
      ["endpoint", "node_config"],
    ]);
  });

  const FILES_HIDE = ["endpoint", "node_config"];
  const three = [node("a", true), node("b"), node("c")];
  /** Two servers on one machine behind one load balancer. */
  const alike = (port: number) => ({ ...node("vm"), cluster_address: `https://127.0.0.1:${port}` });
  const unseenWith = (nodes: object[], files: string[], operation = "server.ha_status") => {
    const params = { settings_of: "active", files_of: files.join("\n") };
    const data = operation === "server.raft" ? { config: { servers: nodes } } : { nodes };
    return hashicorp
      .normalise(recordWith({ operation, params }, { data }))
      .flatMap((found) => ("hides" in found ? [found] : []));
  };

  it.each([
    ["the active node's file is another's", three, ["a", "b"], "c"],
    ["files are of nodes that there are not", three, ["old-1", "old-2"], "b, c"],
    [
      "files are named by raft node id, but raft is not the storage",
      three,
      ["node-1", "node-2", "node-3"],
      "b, c",
    ],
    [
      "two nodes share the name",
      [node("a", true), alike(1), alike(2)],
      ["vm"],
      "https://127.0.0.1:1, https://127.0.0.1:2",
    ],
    [
      "a node is told of twice",
      [node("a", true), node("b"), node("b")],
      ["b", "x"],
      "b https://b.example.org:8200, b https://b.example.org:8200",
    ],
    ["two nodes are active at once", [node("a", true), node("b", true)], ["b"], "a"],
  ])("are unseen where %s", (_name, nodes, files, without) => {
    expect(unseenWith(nodes, files)).toMatchObject([
      {
        hides: FILES_HIDE,
        detail: expect.stringContaining(`node_config_files names no file of ${without}, and`) as string,
        fix: expect.stringContaining("by the hostname that sys/ha-status tells") as string,
      },
    ]);
  });

  it.each([
    ["hostname", three, ["b", "c"]],
    ["hostname, the active one's too", three, ["a", "b", "c"]],
    ["address for clients", three, ["https://b.example.org:8200", "c"]],
    [
      "address for the cluster where the others are shared",
      [node("a", true), alike(1), alike(2)],
      ["https://127.0.0.1:1", "https://127.0.0.1:2"],
    ],
  ])("are seen by files that are named by %s", (_name, nodes, files) => {
    expect(unseenWith(nodes, files)).toEqual([]);
  });

  it("that raft tells of twice are unseen", () => {
    const members = [peer("node-1", true), peer("node-2"), peer("node-2")];
    expect(unseenWith(members, ["node-2"], "server.raft")).toMatchObject([{ hides: FILES_HIDE }]);
  });

  it.each([
    ["raft", [], ["server.raft"]],
    ["consul", ["server.ha_status"], []],
  ])("are held against the files by the members of %s alone", async (storage_type, counted, absent) => {
    const routes = {
      "GET sys/seal-status": { ...SEAL, storage_type },
      "GET sys/leader": { ha_enabled: true, leader_address: "https://vault-1.example.org:8200" },
      "GET sys/ha-status": { data: NODES },
    };
    const files = { node_config_files: { "node-1": "none.hcl", "node-2": "none.hcl" } };
    const told = async (answer: Route) =>
      (await collect({ ...routes, "GET sys/storage/raft/configuration": answer }, files)).gaps
        .filter(({ operation, reason }) => /ha_status|raft/.test(operation) && reason === "unsupported")
        .map(({ operation }) => operation);
    expect(await told({ data: PEERS })).toEqual(counted);
    // Where raft is the storage and has no members to tell, nothing tells whose the files are.
    expect(await told(status(404, { errors: ["unsupported path"] }))).toEqual([...counted, ...absent]);
  });

  it("all need a file where it is not certain whose settings the store told", () => {
    const all = ["endpoint", "node_config", "store_config"];
    expect(hidden({ files_of: "node-2" })).toEqual([all, all]);
  });

  it.each([
    ["a community Vault", {}, { settings_of: "active" }],
    ["Vault Enterprise", { enterprise: true }, undefined],
    ["OpenBao", { enterprise: undefined, version: "2.5.0" }, undefined],
  ])("are asked about of %s", async (_name, more, params) => {
    const { records } = await collect({
      "GET sys/health": { ...HEALTH, ...more },
      "GET sys/leader": { ha_enabled: true, leader_address: "https://vault-1.example.org:8200" },
      "GET sys/ha-status": { data: NODES },
    });
    const asked = records.find(({ operation }) => operation === "server.ha_status");
    expect(asked?.params).toEqual(params ?? {});
  });

  it("are none where the cluster has one node", () => {
    expect(unseen("server.ha_status", { nodes: [node("vault-1", true)] })).toEqual([]);
    expect(unseen("server.raft", { config: { servers: [peer("node-1", true)] } })).toEqual([]);
  });

  it("may be there where the server does not tell, or refuses to", async () => {
    const leader = { ha_enabled: true, leader_address: "https://vault-1.example.org:8200" };
    const routes = { "GET sys/leader": leader };
    const older = await collect({
      ...routes,
      "GET sys/ha-status": status(404, { errors: ["unsupported path"] }),
    });
    expect(gapOf(older, "server.ha_status")).toMatchObject({ hides: ["endpoint", "node_config"] });
    const refused = status(403, { errors: ["permission denied"] });
    for (const [route, operation] of [
      ["GET sys/leader", "server.leader"],
      ["GET sys/ha-status", "server.ha_status"],
      ["GET sys/storage/raft/configuration", "server.raft"],
    ] as const) {
      const collected = await collect({ ...routes, [route]: refused });
      expect(gapOf(collected, operation)).toMatchObject({
        hides: ["availability", "endpoint", "node_config", "store_config"],
      });
    }
  });
});
