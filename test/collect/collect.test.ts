import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CallFailure, readFacts, readManifest, readRecords, type Connector } from "../../src/facts/index.ts";
import {
  NO_AUDIT_LOGS,
  NO_EVENT_RECORDS,
  NO_OWN_RECORDS,
  NO_REVIEW_RECORDS,
  reperform,
  replayIo,
} from "../../src/collect/index.ts";
import { bodyOf, fakeConnector, inMemory, json, SMALL } from "./fake-store.ts";
import { collected, SOURCE, stillPorts, temporaryDirectory } from "./run.ts";

describe("a collection without a fault", () => {
  test("writes one snapshot that holds every record and fact, and leaves nothing else", async () => {
    const state = await temporaryDirectory();
    const { directory, manifest, facts, errors } = await collected({ stateDirectory: state });
    expect(errors).toEqual([]);
    expect(facts.counts()).toEqual({ mount: 3, secret: 5, secret_metadata: 5 });
    expect(manifest.sources).toMatchObject([
      {
        store_id: "vault-eu",
        status: "complete",
        caller: "collector",
        scopes: [{ scope: "vault-eu", status: "complete", record_count: 11, gap_count: 0 }],
      },
    ]);
    expect(await readRecords(directory, manifest)).toHaveLength(11);
    expect((await readFacts(directory, await readManifest(directory))).counts()).toEqual(facts.counts());
    expect(await readdir(join(state, "collecting"))).toEqual([]);
  });

  test("gives the same bytes for the same answers", async () => {
    const [one, two] = [await collected(), await collected()];
    expect(two.manifest).toEqual(one.manifest);
  });

  test("keeps the caller's token out of its record, and says so", async () => {
    const { directory, manifest } = await collected();
    const whoami = (await readRecords(directory, manifest)).find(({ operation }) => operation === "whoami")!;
    expect(bodyOf(whoami)).toEqual({ display_name: "collector", token: "[redacted]" });
    expect(whoami.redactions).toEqual([{ pointer: "/token", rule: "connector" }]);
  });
});

describe("statuses", () => {
  test("a source that cannot be read at all has failed, and the others are complete", async () => {
    const connector = fakeConnector((path, limits) =>
      Promise.reject(new CallFailure("unavailable", `no route to ${path}`, { cause: limits })),
    );
    const { manifest, facts } = await collected({
      sources: [SOURCE, { ...SOURCE, name: "vault-us", connector: "down" }],
      connectors: [fakeConnector(inMemory(SMALL)), { ...connector, id: "down" }],
    });
    expect(manifest.sources.map(({ store_id, status }) => [store_id, status])).toEqual([
      ["vault-eu", "complete"],
      ["vault-us", "failed"],
    ]);
    expect(facts.gaps).toMatchObject([
      {
        store_id: "vault-us",
        operation: "whoami",
        reason: "unavailable",
        hides: ["mount", "secret", "secret_metadata"],
      },
    ]);
  });

  test("a refused answer is kept, and its gap names it", async () => {
    const { directory, manifest, facts } = await collected({
      connector: {
        ...fakeConnector((path, limits) =>
          path.startsWith("/list/shop")
            ? Promise.reject(
                new CallFailure("denied", "expected 200, got 403", { answer: json({ errors: ["no"] }, 403) }),
              )
            : inMemory(SMALL)(path, limits),
        ),
      },
    });
    expect(manifest.sources[0]).toMatchObject({ status: "partial" });
    const refused = (await readRecords(directory, manifest)).filter((record) => record.refused !== undefined);
    expect(refused).toMatchObject([{ status: 403, refused: { reason: "denied" } }]);
    expect(facts.gaps).toMatchObject([{ reason: "denied", resource: "vault-eu/shop/" }]);
    expect(facts.gaps[0]?.record).toMatch(/^[0-9a-f]{64}$/);
    await expect(reperform(directory, [fakeConnector(inMemory(SMALL))])).resolves.toMatchObject({
      revised: [],
    });
  });

  test("a connector that reads nothing and says nothing has failed", async () => {
    // eslint would have a generator await something; an iterator that ends at once needs none.
    const nothing: Connector<never>["collect"] = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
    });
    const { manifest, facts } = await collected({ connector: { collect: nothing } });
    expect(manifest.sources[0]?.status).toBe("failed");
    expect(facts.gaps).toHaveLength(1);
  });
});

describe("a bug in a connector", () => {
  test("in collect fails its source alone and hides everything that it yields", async () => {
    const broken = fakeConnector((path, limits) => {
      if (path.startsWith("/read")) throw new TypeError("x is undefined");
      return inMemory(SMALL)(path, limits);
    });
    const { manifest, facts, errors } = await collected({
      sources: [SOURCE, { ...SOURCE, name: "vault-us", connector: "broken" }],
      connectors: [fakeConnector(inMemory(SMALL)), { ...broken, id: "broken" }],
    });
    expect(errors).toMatchObject([{ code: "E_INTERNAL", exit: 70 }]);
    expect(manifest.sources.map(({ status }) => status)).toEqual(["complete", "failed"]);
    expect(facts.gaps).toMatchObject([
      { store_id: "vault-us", hides: ["mount", "secret", "secret_metadata"] },
    ]);
  });

  test("in normalise does the same, and the message quotes no answer", async () => {
    const { manifest, facts, errors } = await collected({
      connector: {
        normalise: (record) => {
          throw new SyntaxError(`unexpected token in ${JSON.stringify(record.body)}`);
        },
      },
    });
    expect(manifest.sources[0]?.status).toBe("failed");
    expect(errors[0]?.message).toBe("the connector fake could not normalise list: SyntaxError");
    expect(facts.gaps.every(({ hides }) => hides.length === 3)).toBe(true);
  });

  test("that leaves calls behind leaves nothing running", async () => {
    let cancelled = 0;
    const { errors } = await collected({
      connector: {
        collect: (_settings, _context, io) => ({
          [Symbol.asyncIterator]: () => ({
            next: () => {
              const call = { operation: "x", scope: "vault-eu", params: {}, hides: ["mount"] } as const;
              void io.call(call, async ({ signal }) => {
                signal.addEventListener("abort", () => (cancelled += 1));
                return await new Promise(() => undefined);
              });
              return Promise.reject(new TypeError("gone"));
            },
          }),
        }),
      },
    });
    expect([errors.length, cancelled]).toEqual([1, 1]);
  });

  test("a fact that names another record is one", async () => {
    const { errors } = await collected({
      connector: {
        normalise: (record) =>
          fakeConnector(inMemory(SMALL))
            .normalise(record)
            .map((item) => ({ ...item, record: "0".repeat(64) })),
      },
    });
    expect(errors[0]?.code).toBe("E_INTERNAL");
  });
});

test("a missing credential keeps its own code", async () => {
  const { errors, manifest } = await collected({
    connector: {
      collect: (_settings, context, io) => ({
        async *[Symbol.asyncIterator]() {
          await context.credentials.read("env:VAULT_TOKEN");
          yield await io.call({ operation: "x", scope: "x", params: {}, hides: ["mount"] }, () =>
            Promise.reject(new Error()),
          );
        },
      }),
    },
    credentials: {
      read: async (reference) => {
        const { CountersignError } = await import("../../src/base/index.ts");
        throw new CountersignError("E_REFERENCE", `expected ${reference} to be set, got nothing`);
      },
    },
  });
  expect(errors).toMatchObject([{ code: "E_REFERENCE", exit: 2 }]);
  expect(manifest.sources[0]?.status).toBe("failed");
});

describe("the sources asked for", () => {
  test.each([
    ["none", [], "expected at least one source, got none"],
    ["one twice", [SOURCE, SOURCE], "expected each source once, got vault-eu twice"],
    [
      "one of no connector",
      [{ ...SOURCE, connector: "aws" }],
      "expected a connector of fake for the source vault-eu, got aws",
    ],
  ])("%s is a configuration error", async (_name, sources, message) => {
    await expect(collected({ sources })).rejects.toMatchObject({ code: "E_CONFIG", message });
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("replay", () => {
  test("answers from records alone, what is missing as a gap", async () => {
    const { directory, manifest, facts } = await collected();
    const records = await readRecords(directory, manifest);
    const silent = fakeConnector(() => Promise.reject(new Error("nothing may be sent")));
    const credentials = { read: () => Promise.reject(new Error("no")) };
    const context = {
      source: "vault-eu",
      credentials,
      own: NO_OWN_RECORDS,
      logs: NO_AUDIT_LOGS,
      events: NO_EVENT_RECORDS,
      reviews: NO_REVIEW_RECORDS,
    };
    const items = await all(silent.collect(SOURCE.settings, context, replayIo("vault-eu", records)));
    expect(items.filter((item) => !("hides" in item))).toHaveLength(records.length);

    const fewer = records.filter(({ params }) => params["path"] !== "/read/shop/db");
    const again = await all(silent.collect(SOURCE.settings, context, replayIo("vault-eu", fewer)));
    expect(again.filter((item) => "hides" in item)).toMatchObject([
      { reason: "unavailable", detail: "not recorded", resource: "vault-eu/shop/db" },
    ]);
    expect(facts.gaps).toEqual([]);
  });

  test("re-performing gives the kept facts, or says which differ", async () => {
    const { directory, facts } = await collected();
    const same = await reperform(directory, [fakeConnector(inMemory(SMALL))]);
    expect([...same.facts.all()]).toEqual([...facts.all()]);

    const other = fakeConnector(inMemory(SMALL), {
      normalise: (record) =>
        fakeConnector(inMemory(SMALL))
          .normalise(record)
          .map((item) => ("engine" in item ? { ...item, engine: "pki" } : item)),
    });
    await expect(reperform(directory, [other])).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: expect.stringContaining(
        "mount vault-eu/billing/ is kept otherwise than its record tells",
      ) as unknown,
    });
    await expect(reperform(directory, [{ ...other, revision: 2 }])).resolves.toMatchObject({
      revised: [{ storeId: "vault-eu", recorded: 1, present: 2 }],
    });
    await expect(reperform(directory, [])).rejects.toMatchObject({ code: "E_CONFIG" });
  });
});

test("progress tells every source's counts", async () => {
  const seen: unknown[] = [];
  await collected({
    progress: { advanced: (progress) => seen.push(progress), noted: () => undefined },
    ports: stillPorts({
      intercept: (call, attempt, send) =>
        call.operation === "mounts" && attempt === 1
          ? Promise.reject(new CallFailure("throttled", "slow down"))
          : send(),
    }),
  });
  expect(seen.at(-1)).toEqual({
    source: "vault-eu",
    asked: 11,
    answered: 11,
    replayed: 0,
    retries: 1,
    gaps: 0,
  });
});

test("a directory that another process holds is refused", async () => {
  const state = await temporaryDirectory();
  let inner: Promise<unknown> | undefined;
  await collected({
    stateDirectory: state,
    ports: stillPorts({
      intercept: async (_call, _attempt, send) => {
        inner ??= collected({ stateDirectory: state }).catch((thrown: unknown) => thrown);
        await inner;
        return await send();
      },
    }),
  });
  expect(await inner).toMatchObject({ code: "E_STATE_LOCKED", exit: 5 });
  await expect(access(join(state, "collecting", "lock"))).rejects.toThrow();
});
