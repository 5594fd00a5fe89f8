import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_EARLIER, processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { assessCommandLine, packageText, type Assessed } from "../../src/cli/reporting.ts";
import type { EvidencePackage } from "../../src/evidence/index.ts";
import { ROOT, openExample } from "../evidence/example.ts";
import { snapshotMade, withAuditRefused, withoutAudit, type Made } from "./snapshots-made.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-history-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const example = await openExample();
const SUMMER = "2026-07-01T06:00:00.000Z";
const AUTUMN = "2026-10-01T06:00:00.000Z";
const told: string[] = [];

const earlier = async (taken_at: string, change?: Made["change"]): Promise<string> =>
  await snapshotMade(join(root, "state/snapshots"), {
    taken_at,
    ...(change === undefined ? {} : { change }),
  });

const environment: Environment = {
  ...processEnvironment(new AbortController().signal),
  env: { COUNTERSIGN_STATE: join(root, "state"), VAULT_TOKEN: "unused" },
  terminal: { out: () => undefined, err: (text) => told.push(text), interactive: false },
};
const now = example.manifest.snapshot_id;
let config = join(ROOT, "examples/vault/countersign.yaml");

const assess = (from: string, history = MAX_EARLIER): Promise<Assessed> =>
  assessCommandLine(environment, { config, from, history });

let summer = "";
let autumn = "";
let whole: EvidencePackage;
beforeAll(async () => {
  summer = await earlier(SUMMER, withoutAudit);
  autumn = await earlier(AUTUMN, withAuditRefused);
  await cp(example.directory, join(root, "state/snapshots", now), { recursive: true });
  whole = await assess(now);
}, 120_000);

const overdueSinceSummer = ({ findings }: EvidencePackage): number =>
  findings.filter(
    ({ policy_id, first_seen_bad_at }) => policy_id === "rotation_overdue" && first_seen_bad_at === SUMMER,
  ).length;

describe("an assessment with earlier snapshots", () => {
  it("dates what fails, lists what was fixed, and takes no unknown for either", () => {
    const { history } = whole.head;
    expect(history?.snapshots.map(({ taken_at }) => taken_at)).toEqual([SUMMER, AUTUMN]);
    expect(history).toMatchObject({ not_read: [], older_count: 0, rule_changes: [] });
    const audit = whole.past.filter(({ policy_id }) => policy_id === "audit_sink_missing");
    expect(audit).toMatchObject([
      {
        now: "fixed",
        first_seen_bad_at: SUMMER,
        last_seen_bad_at: SUMMER,
        fixed_at: example.manifest.taken_at,
      },
    ]);
    const old = whole.findings.filter(
      ({ policy_id, status }) => policy_id === "rotation_overdue" && status === "violation",
    );
    const first = new Set(old.map(({ first_seen_bad_at }) => first_seen_bad_at));
    expect([...first].sort()).toEqual([SUMMER, AUTUMN, example.manifest.taken_at]);
    for (const { first_seen_bad_at = "", last_seen_good_at = "" } of old)
      expect(last_seen_good_at < first_seen_bad_at).toBe(true);
    expect(old.some(({ last_seen_good_at }) => last_seen_good_at === AUTUMN)).toBe(true);
  });

  it("of the unknown in between says that it failed before and is not fixed", async () => {
    const evidence = await assess(autumn);
    expect(evidence.past.filter(({ policy_id }) => policy_id === "audit_sink_missing")).toEqual([]);
    const [unknown] = evidence.findings.filter(({ policy_id }) => policy_id === "audit_sink_missing");
    expect(unknown).toMatchObject({ status: "undetermined", last_seen_bad_at: SUMMER, unjudged_count: 1 });
  });

  it("gives the same package from kept judgements and from damaged ones", async () => {
    const directory = join(root, "state/history");
    const names = await readdir(directory);
    expect(names.length).toBe(3);
    expect((await assess(now)).head).toEqual(whole.head);
    for (const name of names) await writeFile(join(directory, name, "subjects.ndjson.zst"), "damaged");
    expect((await assess(now)).head).toEqual(whole.head);
  });

  it("looks at no more than was asked for, and says what it left", async () => {
    const one = await assess(now, 1);
    expect(one.head.history).toMatchObject({ older_count: 1, snapshots: [{ taken_at: AUTUMN }] });
    expect(one.head.reproduce).toContain("--history 1");
    const none = await assess(now, 0);
    expect(none.head.history).toBeUndefined();
    expect(none.head.parts.past_findings).toBeUndefined();
    for (const finding of none.findings) {
      expect(finding).not.toHaveProperty("first_seen_bad_at");
      expect(finding).not.toHaveProperty("unjudged_count");
    }
  });

  it("knows nothing of what came later", async () => {
    expect((await assess(summer)).head.history).toBeUndefined();
  });

  it("says that the rules changed, and judges the earlier snapshots with the present ones", async () => {
    const text = await readFile(config, "utf8");
    const before = config;
    config = join(root, "countersign.yaml");
    await writeFile(config, `${text}\nparameters: { rotation_overdue: { limit_days: 1 } }\n`);
    const changed = await assess(now);
    config = before;
    expect(changed.head.history?.rule_changes).toEqual([
      { snapshot_id: now, taken_at: example.manifest.taken_at, changed: ["parameters"] },
    ]);
    expect(overdueSinceSummer(changed)).toBeGreaterThan(overdueSinceSummer(whole));
  });

  it("ends where it is interrupted, and keeps what was judged", async () => {
    const interrupted = { ...environment, signal: AbortSignal.abort() };
    await expect(
      assessCommandLine(interrupted, { config, from: now, history: MAX_EARLIER }),
    ).rejects.toMatchObject({ code: "E_INTERRUPTED", exit: 130 });
    expect(await readdir(join(root, "state/history"))).toHaveLength(3);
  });

  describe("where a snapshot was judged once", () => {
    let name = "";
    let away = "";
    beforeAll(async () => {
      name = summer.split("/").at(-1)!;
      away = join(root, name);
      await rename(summer, away);
    });
    afterAll(async () => {
      await rm(summer, { recursive: true, force: true });
      await rename(away, summer);
    });

    it("and is gone, says so", async () => {
      const gone = await assess(now);
      expect(gone.head.history).toMatchObject({
        not_read: [{ snapshot_id: name, reason: "judged once, now gone" }],
        snapshots: [{ taken_at: AUTUMN }],
      });
      expect(overdueSinceSummer(gone)).toBe(0);
      expect(packageText(gone)).toContain(`${name}: judged once, now gone`);
    });

    it("and is beyond the bound, counts it", async () => {
      expect((await assess(now, 1)).head.history).toMatchObject({ not_read: [], older_count: 1 });
    });

    it("and what is left does not say when it was, or is of another store, says so too", async () => {
      const kept = join(root, "state/history", name, "judgement.json");
      const judgement = await readFile(kept, "utf8");
      await writeFile(kept, "damaged");
      expect((await assess(now)).head.history?.not_read).toHaveLength(1);
      await writeFile(kept, judgement.replaceAll("vault-production", "vault-of-others"));
      expect((await assess(now)).head.history?.not_read).toHaveLength(1);
      await writeFile(kept, judgement.replaceAll(SUMMER, "2999-01-01T00:00:00.000Z"));
      expect((await assess(now)).head.history?.not_read).toEqual([]);
      await writeFile(kept, judgement);
    });

    it("and is damaged now, says so", async () => {
      await cp(away, summer, { recursive: true });
      await writeFile(join(summer, "manifest.json"), "{}");
      const reason = "judged once, now E_INTEGRITY";
      expect((await assess(now)).head.history?.not_read).toEqual([{ snapshot_id: name, reason }]);
    });
  });

  it("takes no snapshot for gone that only stands elsewhere", async () => {
    const copy = join(root, "copy", now);
    await cp(example.directory, copy, { recursive: true });
    expect((await assess(copy)).head.history).toBeUndefined();
  });

  it("is not failed by an earlier snapshot that is damaged, and leaves strange directories alone", async () => {
    await rm(join(root, "state/history"), { recursive: true });
    await mkdir(join(root, "state/snapshots/backup"));
    await writeFile(join(root, "state/snapshots/backup/manifest.json"), "{}");
    await writeFile(join(summer, "records.ndjson.zst"), "damaged");
    const { history } = (await assess(now)).head;
    expect(history?.not_read).toEqual([{ snapshot_id: summer.split("/").at(-1), reason: "E_INTEGRITY" }]);
    expect(history?.snapshots.map(({ taken_at }) => taken_at)).toEqual([AUTUMN]);
    expect(told).toEqual([]);
  });
});
