import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventFinding } from "../../src/events/index.ts";
import { countersign } from "../cli/process.ts";
import { found } from "../counterparties/availability.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { seeded } from "../estate/random.ts";
import {
  SINCE,
  UNTIL,
  addressOf,
  install,
  instant,
  load,
  oddities,
  reads,
  type Cast,
  type Expected,
} from "../events/vault-load.ts";
import { Script, moved, tallied } from "../events/vault-script.ts";

/**
 * The audit log of a real server under a scripted load. Every record is the server's own; times are moved, each part of a
 * day by one distance, so that days of work and a silence lie in a run of seconds.
 */
const OPERATIONS = process.env["SLOW"] === "1" ? 10_000 : 1_500;
const SEED = Number(process.env["SEED"] ?? 20261127);

const vault = await ensureVault();

describe.skipIf("missing" in vault)("the log of a real Vault under load", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-vault-log-"));
  const clusters: VaultCluster[] = [];
  const scripts = new Map<string, Script>();
  let expected: Expected[];

  const start = async (name: string): Promise<{ cluster: VaultCluster; script: Script; log: string }> => {
    const home = join(dir, name);
    const settings = { dir: home, auditDevices: 0, shares: 1, threshold: 1 };
    const cluster = await startVaultCluster({ binary: found(vault), ...settings });
    const log = join(home, "node-1", "audit-file.log");
    const script = new Script(cluster, log);
    clusters.push(cluster);
    scripts.set(name, script);
    return { cluster, script, log };
  };

  const events = async (...args: readonly string[]) => await countersign(["events", ...args], { cwd: dir });
  const asked = async (sql: string): Promise<Record<string, unknown>[]> =>
    JSON.parse((await events("query", "--json", sql)).out) as Record<string, unknown>[];

  beforeAll(async () => {
    const [prod, stage] = await Promise.all([start("prod"), start("stage")]);
    const stageCast = await staged(stage.script, stage.cluster.rootToken);
    let cast!: Cast;
    await prod.script.phase(instant(0, "06:00:00"), async () => {
      cast = await install(prod.script, prod.cluster.rootToken);
    });
    const { odd, expected: known } = oddities(prod.script, cast);
    const both = instant(13, "09:10:00");
    odd.set(both, async () => {
      await stage.script.phase(both, async () => await reads(stageCast, "kv/app"));
    });
    await load(prod.script, cast, seeded(SEED), OPERATIONS, odd);
    expected = [...known(), ["many_stores", addressOf("guy"), undefined]];
    for (const { script, log } of [prod, stage]) {
      const text = moved(readFileSync(log), script.phases);
      writeFileSync(join(dir, `${log === prod.log ? "prod" : "stage"}.log`), text);
    }
    writeFileSync(
      join(dir, "countersign.yaml"),
      JSON.stringify({
        version: 1,
        sources: Object.fromEntries(
          [prod, stage].map(({ cluster }, index) => [
            index === 0 ? "prod" : "stage",
            { connector: "hashicorp", address: cluster.address },
          ]),
        ),
        break_glass: [{ kind: "principal", name: "glass" }],
        events: { workloads: [{ kind: "principal", name: "w?" }] },
      }),
    );
  });

  afterAll(async () => {
    await Promise.all([...scripts.values()].map((script) => script.close()));
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    rmSync(dir, { recursive: true, force: true });
  });

  it("each operation stands in the table once, as it was done and ended", async () => {
    for (const store of ["prod", "stage"]) {
      const path = join(dir, `${store}.log`);
      const whole = readFileSync(path);
      // While it grows: up to the middle of a line, then the rest.
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length / 2)));
      expect(await events("ingest", "--store", store, path)).toMatchObject({ exit: 0 });
      writeFileSync(path, whole);
      expect(await events("ingest", "--store", store, path)).toMatchObject({ exit: 0 });
    }
    const rows = await asked(
      `SELECT store_id, coalesce(principal_key, '-') || ' ' || operation || ' ' || outcome || ' ' || count(*) AS told
         FROM events GROUP BY store_id, principal_key, operation, outcome`,
    );
    for (const [store, { ledger }] of scripts) {
      const told = rows.filter(({ store_id }) => store_id === store).map((row) => String(row["told"]));
      expect(told.sort()).toEqual(tallied(ledger));
    }
    expect(scripts.get("prod")!.ledger.length).toBeGreaterThan(OPERATIONS * 0.9);
  });

  it("each detection finds its oddity, and nothing else is found", async () => {
    const { exit, out } = await events("detect", "--json", "--since", SINCE, "--until", UNTIL);
    expect(exit).toBe(1);
    const { findings, holes } = JSON.parse(out) as { findings: EventFinding[]; holes: string[] };
    expect(holes).toEqual([]);
    const uncounted = new Set(expected.flatMap(([id, , events]) => (events === undefined ? [id] : [])));
    const told = findings.map(({ detection, principal_key, source_ip, event_count }) =>
      line([
        detection,
        principal_key ?? source_ip ?? "-",
        uncounted.has(detection) ? undefined : event_count,
      ]),
    );
    expect(told.sort()).toEqual(expected.map(line).sort());
  });
});

function line([detection, who, events]: Expected): string {
  return `${detection} ${who} ${events ?? ""}`;
}

/** A second server with one secret and one reader, who comes from where a person of the first one does. */
async function staged(script: Script, rootToken: string) {
  const root = script.actor("root", "127.0.0.1");
  const reader = script.actor("reader", addressOf("guy"));
  await script.phase(instant(0, "06:00:00"), async () => {
    root.holds(rootToken, "name:root");
    const administer = async (path: string, body: Record<string, unknown>): Promise<unknown> =>
      await root.does({ method: "POST", path, body, operation: "administer" });
    script.triesDevice();
    await administer("sys/audit/file", { type: "file", options: { file_path: "audit-file.log" } });
    await administer("sys/mounts/kv", { type: "kv", options: { version: "1" } });
    await administer("sys/auth/userpass", { type: "userpass" });
    await administer("sys/policies/acl/reader", { policy: 'path "kv/*" { capabilities = ["read"] }' });
    await administer("auth/userpass/users/reader", { password: "reader", token_policies: "reader" });
    await root.does({ method: "POST", path: "kv/app", body: { value: "v" }, operation: "write" });
    await reader.logsIn("auth/userpass/login/reader", { password: "reader" });
    await reads(reader, "kv/app");
  });
  return reader;
}
