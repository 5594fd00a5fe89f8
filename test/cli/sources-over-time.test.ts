import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { MAX_EARLIER, processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { assessCommandLine, packageJson, packageText, type Assessed } from "../../src/cli/reporting.ts";
import { ROOT, openExample } from "../evidence/example.ts";
import { snapshotMade, withoutAudit, type Made } from "./snapshots-made.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-sources-"));
const snapshots = join(root, "snapshots");
afterAll(() => rm(root, { recursive: true, force: true }));
afterEach(() => rm(root, { recursive: true, force: true }));

const { directory, manifest } = await openExample();
const present = manifest.snapshot_id;
const HOME = manifest.sources[0]!.store_id;
const SUMMER = "2026-07-01T06:00:00.000Z";

const environment: Environment = {
  ...processEnvironment(new AbortController().signal),
  env: { COUNTERSIGN_STATE: root, VAULT_TOKEN: "unused" },
  terminal: { out: () => undefined, err: () => undefined, interactive: false },
};

const assess = (from: string): Promise<Assessed> =>
  assessCommandLine(environment, {
    config: join(ROOT, "examples/vault/countersign.yaml"),
    from,
    history: MAX_EARLIER,
  });

/** The example, with this one before it. */
async function after(made: Omit<Made, "taken_at">): Promise<Assessed> {
  await snapshotMade(snapshots, { taken_at: SUMMER, ...made });
  await cp(directory, join(snapshots, present), { recursive: true });
  return await assess(present);
}

describe("a store that earlier snapshots looked at and this one does not", { timeout: 120_000 }, () => {
  it.each([
    ["beside the present one", [HOME, "vault-us"]],
    ["under another name", ["vault-us"]],
  ])("%s is named, with what was open there, none of it fixed", async (_how, stores) => {
    const evidence = await after({ stores, change: withoutAudit });
    const { history } = evidence.head;
    expect(history?.snapshots).toHaveLength(1);
    const ofThat = evidence.past.filter(({ store_id }) => store_id === "vault-us");
    expect(ofThat.map(({ policy_id }) => policy_id)).toContain("audit_sink_missing");
    expect(new Set(ofThat.map(({ now }) => now))).toEqual(new Set(["not_looked_at"]));
    expect(history?.stores_not_looked_at).toMatchObject([
      { store_id: "vault-us", last_looked_at: SUMMER, open_finding_count: ofThat.length },
    ]);
    expect(packageText(evidence)).toContain(
      `1 store of earlier snapshots not looked at any more, so nothing here speaks of them:\n  vault-us: last looked at ${SUMMER}, ${ofThat.length} findings open then`,
    );
    expect(packageJson(evidence)).toMatchObject({ stores_not_looked_at: [{ store_id: "vault-us" }] });
    expect(evidence.past.some(({ now, store_id }) => now === "fixed" && store_id === HOME)).toBe(
      stores.includes(HOME),
    );
  });
});

describe("a source that looked at another part of its store", { timeout: 120_000 }, () => {
  it("fixes nothing by what it finds, and says so", async () => {
    const evidence = await after({ selection: { mounts: { exclude: ["archive/"] } }, change: withoutAudit });
    expect(evidence.past).toContainEqual(
      expect.objectContaining({ policy_id: "audit_sink_missing", now: "not_comparable" }),
    );
    expect(evidence.past.filter(({ now }) => now === "fixed" || now === "no_longer_there")).toEqual([]);
    expect(evidence.head.history?.source_changes).toEqual([
      { snapshot_id: present, taken_at: manifest.taken_at, store_id: HOME, changed: ["selection"] },
    ]);
  });
});

describe("snapshots that were taken at the same instant", { timeout: 120_000 }, () => {
  it("follow each other by their ids", async () => {
    const made = await Promise.all(
      ["one", "two"].map((run_id) => snapshotMade(snapshots, { taken_at: SUMMER, run_id })),
    );
    const [first = "", second = ""] = made.map((path) => basename(path)).sort();
    expect((await assess(second)).head.history?.snapshots).toMatchObject([{ snapshot_id: first }]);
    expect((await assess(first)).head.history).toBeUndefined();
  });
});
