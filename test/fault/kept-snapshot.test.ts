import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFacts, readManifest, readRecords } from "../../src/facts/index.ts";
import { reperform, type Collected, type CollectRequest } from "../../src/collect/index.ts";
import { connectors } from "../../src/connectors/index.ts";
import {
  PLANTED_TOKEN,
  reply,
  startRecordedStore,
  type Meddle,
  type RecordedStore,
} from "../cli/recorded-store.ts";
import { ORIGINAL } from "../collect/forgery.ts";
import { collected, stillPorts, temporaryDirectory } from "../collect/run.ts";

let store: RecordedStore;

beforeAll(async () => {
  store = await startRecordedStore(await readRecords(ORIGINAL, await readManifest(ORIGINAL)));
});
afterAll(async () => {
  await store.close();
});

/** Collects from the recorded store with the real connector, and makes the snapshot again from what was kept. */
async function keptOf(
  settings: Readonly<Record<string, unknown>> = {},
  change: Partial<CollectRequest> = {},
): Promise<Collected> {
  const result = await collected({
    sources: [
      {
        name: "vault-production",
        connector: "hashicorp",
        address: store.address,
        settings: {
          address: store.address,
          auth: { method: "token", token: "env:VAULT_TOKEN" },
          ...settings,
        },
      },
    ],
    connectors: [...connectors.values()],
    credentials: { read: () => Promise.resolve(PLANTED_TOKEN) },
    limits: { attempts: 1, callMs: 300 },
    ...change,
  });
  const { directory, manifest, facts } = result;
  const again = await reperform(directory, [...connectors.values()]);
  expect(again.manifest).toEqual(manifest);
  expect([...again.facts.all()]).toEqual([...facts.all()]);
  expect(again.facts.gaps).toEqual(facts.gaps);
  return result;
}

const FAULTS: Readonly<Record<string, Meddle>> = {
  "a refusal": (_, response) => (reply(response, 403, { errors: ["permission denied"] }), true),
  "an error of the server": (_, response) => (reply(response, 500, { errors: ["internal error"] }), true),
  "a sealed store": (_, response) => (reply(response, 503, { errors: ["Vault is sealed"] }), true),
  "a page": (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<title>Sign in</title>");
    return true;
  },
  "a broken connection": (_, response) => {
    response.destroy();
    return true;
  },
  "another shape": (_, response) => (reply(response, 200, { data: { keys: [1, null], keys_info: 3 } }), true),
  silence: () => true,
};

describe("a snapshot is made again from its records as it was", () => {
  test.each(Object.keys(FAULTS))("after %s, at every seventh answer", async (name) => {
    store.meddle((request, response, count) => count % 7 === 0 && FAULTS[name]!(request, response, count));
    const { facts } = await keptOf();
    expect(facts.gaps.length).toBeGreaterThan(1);
  });

  test.each(["sys/health", "sys/seal-status", "auth/token/lookup-self", "sys/mounts"])(
    "after any fault at %s",
    async (path) => {
      for (const fault of Object.values(FAULTS)) {
        store.meddle(
          (request, response, count) =>
            request.url?.includes(path) === true && fault(request, response, count),
        );
        await keptOf();
      }
    },
  );

  test("with engines left out, which its manifest says", async () => {
    store.meddle();
    const mounts = { exclude: ["personal/", "auth/ldap/"] };
    const { manifest, facts } = await keptOf({ mounts });
    expect(manifest.sources).toMatchObject([{ selection: { mounts }, status: "partial" }]);
    expect(facts.gaps.filter(({ detail }) => detail.includes("excluded"))).toHaveLength(2);
    await keptOf({ mounts: { include: ["apps/"] } });
  });

  test("begun in a namespace of a server that has none", async () => {
    store.meddle((request, response, count) => {
      if (request.headers["x-vault-namespace"] !== undefined) delete request.headers["x-vault-namespace"];
      return count > 400 && (reply(response, 404, { errors: [] }), true);
    });
    const { manifest } = await keptOf({ namespace: "team-a" });
    expect(manifest.sources[0]).toMatchObject({ selection: { namespace: "team-a" } });
    expect(manifest.sources[0]?.scopes.map(({ scope }) => scope)).toEqual(["vault-production"]);
  });

  test.each([
    ["questions", { calls: 100 }],
    ["bytes", { totalBytes: 100_000 }],
    ["bytes of one answer", { answerBytes: 2000 }],
  ])("cut by a limit of %s", async (_what, limits) => {
    store.meddle();
    const { facts } = await keptOf({}, { limits });
    expect(facts.gaps.some(({ reason }) => reason === "limit")).toBe(true);
  });

  test("without its credential", async () => {
    store.meddle();
    const { facts } = await keptOf({}, { credentials: { read: () => Promise.reject(new Error("no")) } });
    expect(facts.gaps.length).toBeGreaterThan(0);
  });

  test("interrupted, and then continued with another token", async () => {
    const stateDirectory = await temporaryDirectory();
    const stop = new AbortController();
    store.meddle((_request, _response, count) => {
      if (count === 300) stop.abort();
      return false;
    });
    await expect(keptOf({}, { stateDirectory, signal: stop.signal })).rejects.toMatchObject({
      code: "E_INTERRUPTED",
    });
    store.meddle();
    const { resumed } = await keptOf({}, { stateDirectory });
    expect(resumed?.answerCount).toBeGreaterThan(200);
  });

  test("by a clock that is set back while it lasts", async () => {
    store.meddle();
    let reads = 0;
    const start = Date.parse("2026-09-30T06:00:00.000Z");
    const clock = { now: () => new Date(start - (reads += 1) * 1000) };
    const { directory, manifest } = await keptOf({}, { ports: stillPorts({ clock }) });
    expect(manifest.taken_at >= manifest.started_at).toBe(true);
    expect((await readFacts(directory, manifest)).counts()["secret"]).toBe(203);
  });
});
