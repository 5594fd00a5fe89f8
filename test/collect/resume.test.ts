import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CallFailure } from "../../src/facts/index.ts";
import type { CollectPorts, CollectRequest, Collected } from "../../src/collect/index.ts";
import { json } from "./fake-store.ts";
import { collected, NOW, stillPorts, temporaryDirectory } from "./run.ts";

/** Collects until the `count`-th question, and is interrupted there. */
async function interruptedAt(
  state: string,
  count: number,
  change: Partial<CollectRequest> = {},
): Promise<unknown> {
  const controller = new AbortController();
  let asked = 0;
  const run = collected({
    stateDirectory: state,
    signal: controller.signal,
    ports: stillPorts({
      intercept: async (_call, _attempt, send) => {
        if (++asked === count) controller.abort();
        return await send();
      },
    }),
    ...change,
  });
  return await run.then(
    () => "ended",
    (thrown: unknown) => thrown,
  );
}

async function continued(
  state: string,
  change: Partial<CollectRequest> = {},
  ports: Partial<CollectPorts> = {},
) {
  const notes: string[] = [];
  let asked = 0;
  const result: Collected = await collected({
    stateDirectory: state,
    progress: { advanced: () => undefined, noted: (note) => notes.push(note) },
    ports: stillPorts({
      intercept: async (_call, _attempt, send) => {
        asked += 1;
        return await send();
      },
      ...ports,
    }),
    ...change,
  });
  return { ...result, notes, asked };
}

describe("an interrupted run", () => {
  test("ends with its own code and leaves a journal, at every question", async () => {
    for (let count = 1; count <= 11; count += 1) {
      const state = await temporaryDirectory();
      expect(await interruptedAt(state, count)).toMatchObject({ code: "E_INTERRUPTED", exit: 130 });
      expect(await readdir(join(state, "collecting"))).toHaveLength(1);
      const { facts, manifest, resumed, asked } = await continued(state);
      expect(facts.counts()).toEqual({ mount: 3, secret: 5, secret_metadata: 5 });
      expect(manifest.sources[0]?.status).toBe("complete");
      expect(asked).toBeLessThanOrEqual(12 - resumed!.answerCount);
      expect(await readdir(join(state, "collecting"))).toEqual([]);
    }
  });

  test("is continued with the same facts, records and name as one that was not interrupted", async () => {
    const state = await temporaryDirectory();
    await interruptedAt(state, 6);
    const { manifest } = await continued(state);
    expect(manifest).toEqual((await collected()).manifest);
  });

  test("asks again what had failed", async () => {
    const state = await temporaryDirectory();
    const controller = new AbortController();
    const run = collected({
      stateDirectory: state,
      signal: controller.signal,
      ports: stillPorts({
        intercept: async (call, _attempt, send) => {
          if (call.params["path"] === "/list/shop/0")
            throw new CallFailure("denied", "no", { answer: json({}, 403) });
          if (call.params["path"] === "/read/billing/mail") controller.abort();
          return await send();
        },
      }),
    });
    await expect(run).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect((await continued(state)).facts.gaps).toEqual([]);
  });

  test("of another configuration is left alone, and that is said", async () => {
    const state = await temporaryDirectory();
    await interruptedAt(state, 6);
    const { resumed, notes, asked } = await continued(
      state,
      { productVersion: "0.0.1-test" },
      { random: () => 0.6 },
    );
    expect([resumed, asked]).toEqual([undefined, 11]);
    expect(notes).toEqual([expect.stringMatching(/^Not resumed: the run .* had another configuration/)]);
    expect(await readdir(join(state, "collecting"))).toHaveLength(1);
  });

  test("that is too old is removed, and that is said", async () => {
    const state = await temporaryDirectory();
    await interruptedAt(state, 6);
    const { resumed, notes } = await continued(
      state,
      {},
      { clock: { now: () => new Date(Date.parse(NOW) + 86_400_001) } },
    );
    expect(resumed).toBeUndefined();
    expect(notes).toEqual([expect.stringMatching(/^Removed the interrupted run .* too long ago/)]);
    expect(await readdir(join(state, "collecting"))).toEqual([]);
  });
});

test("a snapshot that cannot be written leaves every answer for the next start", async () => {
  const state = await temporaryDirectory();
  await writeFile(join(state, "snapshots"), "a file in the way");
  await expect(collected({ stateDirectory: state })).rejects.toMatchObject({ code: "E_DISK", exit: 5 });
  await rm(join(state, "snapshots"));
  const { manifest, asked } = await continued(state);
  // Only the call that must be fresh.
  expect(asked).toBe(1);
  expect(manifest).toEqual((await collected()).manifest);
});

test("a journal that outlived its snapshot is removed, and a new run starts", async () => {
  const state = await temporaryDirectory();
  await interruptedAt(state, 6);
  const [leftId = ""] = await readdir(join(state, "collecting"));
  const journal = await readFile(join(state, "collecting", leftId, "journal.ndjson"));
  await continued(state);
  await mkdir(join(state, "collecting", leftId));
  await writeFile(join(state, "collecting", leftId, "journal.ndjson"), journal);
  const { resumed, notes } = await continued(state, {}, { random: () => 0.7 });
  expect(resumed).toBeUndefined();
  expect(notes).toEqual([`Removed what was left of the run ${leftId}: its snapshot is complete.`]);
});

test("two sources interrupted together are continued together", async () => {
  const state = await temporaryDirectory();
  const sources = ["vault-eu", "vault-us"].map((name) => ({
    name,
    connector: "fake",
    address: `https://${name}.example.org`,
    settings: { address: `https://${name}.example.org` },
  }));
  expect(await interruptedAt(state, 9, { sources })).toMatchObject({ code: "E_INTERRUPTED" });
  const { facts, notes } = await continued(state, { sources });
  expect(facts.counts()).toEqual({ mount: 6, secret: 10, secret_metadata: 10 });
  expect(notes).toEqual([expect.stringMatching(/^Resuming the run /)]);
});
