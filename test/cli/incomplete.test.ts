import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { packageJson, packageText, reportCommandLine } from "../../src/cli/reporting.ts";
import type { RawRecord } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { ROOT, openExample } from "../evidence/example.ts";
import { ensurePoppler } from "../render/poppler.ts";
import { snapshotMade } from "./snapshots-made.ts";

const poppler = ensurePoppler();
const root = await mkdtemp(join(tmpdir(), "countersign-incomplete-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const example = await openExample();
const good = example.manifest.snapshot_id;
const snapshots = join(root, "state/snapshots");

const base = processEnvironment(new AbortController().signal);
const environment: Environment = {
  ...base,
  cwd: root,
  env: { COUNTERSIGN_STATE: join(root, "state"), VAULT_TOKEN: "unused" },
  terminal: { out: () => undefined, err: () => undefined, interactive: false },
  ports: { ...base.ports, clock: { now: () => new Date("2027-01-02T00:00:00.000Z") } },
};

const isRoot = ({ operation, params }: RawRecord): boolean =>
  operation === "kv2.list" && params["mount"] === "apps/" && params["path"] === undefined;

/** What the listing of `apps/` led to is not asked where that is refused. */
const notBelowApps = (record: RawRecord): boolean =>
  isRoot(record) || record.params["mount"] !== "apps/" || record.params["path"] === undefined;

function refusedAtApps(record: RawRecord): RawRecord {
  if (!isRoot(record)) return record;
  const text = '{"errors":["permission denied"]}';
  return {
    ...record,
    status: 403,
    body: { text },
    body_sha256: sha256(text),
    body_bytes: text.length,
    refused: { reason: "denied", detail: "the collector may not LIST apps/metadata" },
  };
}

const report = async (from?: string) =>
  await reportCommandLine(environment, {
    config: join(ROOT, "examples/vault/countersign.yaml"),
    out: "out",
    page: "a4",
    history: 10,
    outcomes: "none",
    ...(from === undefined ? {} : { from }),
  });

it(
  "says first that a population is incomplete, and where the last complete one stands",
  { timeout: 120_000 },
  async () => {
    await cp(example.directory, join(snapshots, good), { recursive: true });
    const whole = await report();
    expect(packageText(whole.evidence)).not.toContain("INCOMPLETE");
    expect(packageJson(whole.evidence)).not.toHaveProperty("incomplete");
    const manifest = await readFile(join(root, "out/MANIFEST.sha256"), "utf8");
    const refused = basename(
      await snapshotMade(snapshots, {
        taken_at: "2027-01-01T06:00:00.000Z",
        keep: notBelowApps,
        change: refusedAtApps,
      }),
    );
    const { evidence } = await report(refused);
    const { incomplete } = evidence.head;
    const secrets = whole.evidence.subjects.filter(({ id }) =>
      id.startsWith("vault-production:apps/"),
    ).length;
    expect(incomplete?.last_complete).toMatchObject({ snapshot_id: good, secret_count: secrets });
    expect(incomplete?.last_complete?.finding_count).toBeGreaterThan(0);
    const [first = "", second = "", third = ""] = packageText(evidence).split("\n");
    expect(first).toBe(
      "INCOMPLETE: the secrets of vault-production:apps/ could not be listed (the collector may not LIST apps/metadata); what follows speaks of what was read.",
    );
    expect(second).toBe(
      `${secrets} secrets and ${incomplete?.last_complete?.finding_count} findings of the last complete report (${example.manifest.taken_at}) are not in it; ` +
        `\`countersign report --from ${good} --out <directory>\` makes that one again.`,
    );
    const kept = join(root, "out/last-complete");
    expect(third).toBe(`The last complete report (${example.manifest.taken_at}) is kept in ${kept}.`);
    expect(await readFile(join(kept, "MANIFEST.sha256"), "utf8")).toBe(manifest);
    for (const line of manifest.trim().split("\n")) {
      const [digest = "", file = ""] = line.split("  ");
      expect(sha256(await readFile(join(kept, file)))).toBe(digest);
    }
    expect(packageJson(evidence)).toMatchObject({ last_complete_report: { path: kept } });
    expect(Object.keys(packageJson(evidence))[0]).toBe("incomplete");
    const head = JSON.parse(await readFile(join(root, "out/evidence-package.json"), "utf8")) as object;
    expect(head).toHaveProperty("incomplete.causes");
    if ("missing" in poppler) return;
    const text = found(poppler).pages(join(root, "out/evidence-report.pdf")).join("");
    expect([...text.matchAll(/INCOMPLETE: the secrets/g)]).toHaveLength(2);
  },
);
