import { afterEach, describe, expect, test } from "vitest";
import { reperform, type CollectRequest, type Collected } from "../../src/collect/index.ts";
import { hashicorp } from "../../src/connectors/index.ts";
import { SERVER_KINDS, readRecords } from "../../src/facts/index.ts";
import { HEALTH, SEAL, fakeServer, type FakeServer } from "../connectors/hashicorp/fake-server.ts";
import { collected, stillPorts, temporaryDirectory } from "./run.ts";

let server: FakeServer | undefined;
afterEach(async () => {
  await server?.close();
});

/** A server that says of itself what `state` holds at the moment. */
async function serving(state: { seal: object }): Promise<FakeServer> {
  server = await fakeServer({
    // This machine's clock stands still at another hour.
    "GET sys/health": { ...HEALTH, server_time_utc: undefined },
    "GET sys/seal-status": (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(state.seal));
    },
  });
  return server;
}

function requestTo({ address }: FakeServer, stateDirectory: string): Partial<CollectRequest> {
  return {
    sources: [{ name: "vault-eu", connector: "hashicorp", address, settings: { address } }],
    connectors: [hashicorp],
    credentials: { read: () => Promise.resolve("hvs.secret") },
    stateDirectory,
  };
}

const OTHER = { ...SEAL, cluster_id: "0f1e2d3c-0000-4000-8000-000000000001" };

/** Collects up to the question for the audit devices, is interrupted there, and goes on with another state of the server. */
async function resumedWith(seal: object): Promise<Collected> {
  const state = { seal: SEAL as object };
  const request = requestTo(await serving(state), await temporaryDirectory());
  const controller = new AbortController();
  const ports = stillPorts({
    intercept: async (call, _attempt, send) => {
      if (call.operation === "server.audit") controller.abort();
      return await send();
    },
  });
  await expect(collected({ ...request, ports, signal: controller.signal })).rejects.toMatchObject({
    code: "E_INTERRUPTED",
  });
  state.seal = seal;
  return await collected(request);
}

async function operationsOf({ directory, manifest }: Collected): Promise<string[]> {
  return (await readRecords(directory, manifest)).map(({ operation }) => operation);
}

describe("an interrupted collection", () => {
  test("of a store that is still the same is continued, and its last answer to who it is is fresh", async () => {
    const result = await resumedWith({ ...SEAL, progress: 1 });
    expect(result.resumed).toBeDefined();
    expect(result.facts.gaps.filter(({ operation }) => operation === "server.identity")).toEqual([]);
    const records = await readRecords(result.directory, result.manifest);
    const bodies = records
      .filter(({ operation }) => operation === "server.identity")
      .map(({ body, params }) => [params["at"], JSON.stringify(body).includes("progress")]);
    expect(bodies.sort()).toEqual([
      ["end", true],
      ["start", true],
    ]);
    await expect(reperform(result.directory, [hashicorp])).resolves.toMatchObject({ revised: [] });
  });

  test.each([
    ["another cluster", OTHER, /^expected one cluster_id/],
    ["another version", { ...SEAL, version: "1.22.0" }, /^expected one version/],
    ["a sealed one", { ...SEAL, sealed: true, cluster_id: undefined }, /^the store was sealed/],
  ])("that meets %s goes no further, and leaves a gap over everything", async (_name, seal, detail) => {
    const result = await resumedWith(seal);
    const { facts, manifest, directory } = result;
    expect(facts.gaps).toMatchObject([
      {
        operation: "server.identity",
        detail: expect.stringMatching(detail) as string,
        hides: SERVER_KINDS,
        resource: "vault-eu:",
      },
    ]);
    expect(await operationsOf(result)).not.toContain("namespace.mounts");
    expect(manifest.sources[0]?.scopes.every(({ status }) => status === "partial")).toBe(true);
    // What it concludes rests on records alone: made again offline it is the same to the byte, or this throws.
    await expect(reperform(directory, [hashicorp])).resolves.toMatchObject({ revised: [] });
  });
});

test("a store that becomes another one while it is read leaves a gap over everything, kept and made again", async () => {
  const state = { seal: SEAL as object };
  const request = requestTo(await serving(state), await temporaryDirectory());
  const ports = stillPorts({
    intercept: async (call, _attempt, send) => {
      if (call.operation === "server.audit") state.seal = OTHER;
      return await send();
    },
  });
  const result = await collected({ ...request, ports });
  expect(result.facts.gaps.filter(({ operation }) => operation === "server.identity")).toMatchObject([
    { hides: SERVER_KINDS, resource: "vault-eu:" },
  ]);
  expect(await operationsOf(result)).toContain("namespace.mounts");
  await expect(reperform(result.directory, [hashicorp])).resolves.toMatchObject({ revised: [] });
});
