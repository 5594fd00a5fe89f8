import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFacts, readManifest, type FactSet, type SnapshotManifest } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { at } from "../counterparties/json.ts";
import { ensurePostgres } from "../counterparties/postgres.ts";
import { ensureSlapd } from "../counterparties/slapd.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { SOURCE, collectorToken, contentOf, untilSettled } from "../estate/collector.ts";
import { command, startCommand, type Running } from "../estate/command.ts";
import { PEOPLE, SERVICES } from "../estate/company.ts";
import { TRANSIT_KEYS } from "../estate/engines.ts";
import { fillEstate } from "../estate/fill.ts";
import { VALUE_MARK, secretSpecs } from "../estate/secrets.ts";

const vault = await ensureVault();
const missing = [vault, ensurePostgres(), ensureSlapd()].some((each) => "missing" in each);

const SPECS = secretSpecs();
const VERSIONED = SPECS.filter(({ mount }) => mount !== "legacy");

/** Tells whether the reading of an unchanged server differs for reasons of time alone. */
const VOLATILE = new Set(["health", "lease_count", "token", "token_count", "availability"]);

describe.skipIf(missing)("countersign against a cluster of three", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-collect-"));
  let cluster: VaultCluster;
  let token: string;
  let env: Record<string, string>;

  /** A working directory of its own with a configuration; each is a user of the tool. */
  const place = (name: string, more = ""): string => {
    const home = join(dir, name);
    mkdirSync(home);
    writeFileSync(
      join(home, "countersign.yaml"),
      `version: 1\nsources:\n  ${SOURCE}:\n    connector: hashicorp\n${more}`,
    );
    return home;
  };

  beforeAll(async () => {
    cluster = await startVaultCluster({ binary: found(vault), dir: join(dir, "cluster"), nodes: 3 });
    await fillEstate(cluster, dir);
    await untilSettled(cluster.api());
    const connection = { VAULT_ADDR: cluster.address, VAULT_CACERT: cluster.caCertPath! };
    const printed = await command(
      ["init", "--discover"],
      { ...connection, VAULT_TOKEN: cluster.rootToken },
      dir,
    );
    expect(printed).toMatchObject({ code: 0 });
    token = await collectorToken(cluster.api(), printed.stdout);
    env = { ...connection, VAULT_TOKEN: token };
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it("runs from the cluster to the report, and says what it could not see", async () => {
    const home = place("run");
    const { code, stdout, stderr } = await command(["run", "--json"], env, home);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    const result = JSON.parse(stdout) as unknown;
    expect(at(result, "collected", "gap_counts")).toEqual({ unsupported: 3 });
    const files = readdirSync(join(home, "out"));
    expect(files).toEqual(
      expect.arrayContaining(["evidence-report.pdf", "evidence-package.json", "findings.csv", "gaps.csv"]),
    );
    // What two nodes of three listen on, and whether they open the raw storage once they lead, was seen by nobody.
    const found = readFileSync(join(home, "out", "findings.csv"), "utf8").split("\n");
    for (const policy of ["raw_storage_enabled", "tls_off", "tls_version_old"])
      expect(found.filter((line) => line.includes(`,${policy},`))).toEqual([
        expect.stringContaining("undetermined") as string,
      ]);
    const { facts, manifest } = await snapshotOf(home);
    expect(manifest.sources[0]).toMatchObject({ status: "partial", address: cluster.address });
    expectEstate(facts);
  });

  it("keeps no secret value and no token anywhere", async () => {
    const home = place("quiet");
    await command(["run"], env, home);
    const leaks = filesBelow(home).flatMap((file) => {
      const text = contentText(file);
      return [VALUE_MARK, token, cluster.rootToken, ...cluster.unsealKeys]
        .filter((secret) => text.includes(secret))
        .map((secret) => `${file}: ${secret.slice(0, 8)}…`);
    });
    expect(leaks).toEqual([]);
    expect(filesBelow(home).length).toBeGreaterThan(8);
  });

  it("reads the same through a standby", async () => {
    const home = place("standby");
    const standby = { ...env, VAULT_ADDR: cluster.nodes[2]!.address };
    const { code, stderr } = await command(["collect"], standby, home);
    expect({ code, stderr }).toMatchObject({ code: 3 });
    expect(lasting((await snapshotOf(home)).facts)).toEqual(
      lasting((await snapshotOf(join(dir, "run"))).facts),
    );
  });

  it.each([
    ["Ctrl-C", "SIGINT", 130],
    ["being killed", "SIGKILL", null],
  ] as const)("continues after %s and ends with the same snapshot", async (_name, signal, code) => {
    const home = place(`interrupted-${signal}`, "limits: { concurrency: 1 }\n");
    const first = startCommand(["collect"], env, home);
    await someAnswers(home, first);
    first.process.kill(signal);
    expect((await first.ended).code).toBe(code);
    expect(readdirSync(join(home, ".countersign"))).not.toContain("snapshots");
    const second = await command(["collect", "--json"], env, home);
    expect(second).toMatchObject({ code: 3 });
    expect(second.stderr).toMatch(/Resuming the run .*: \d{2,} answers are kept/);
    expect(lasting((await snapshotOf(home)).facts)).toEqual(
      lasting((await snapshotOf(join(dir, "run"))).facts),
    );
  });

  it("shows a sealed server as unknown, not as clean", async () => {
    const home = place("sealed");
    await cluster.seal();
    const { code, stdout } = await command(["run", "--json"], env, home);
    await cluster.unseal();
    expect([1, 3]).toContain(code);
    expect(at(JSON.parse(stdout) as unknown, "exits")).toContain(3);
    const { facts } = await snapshotOf(home);
    expect(facts.of("secret")).toEqual([]);
    expect(facts.gaps.some(({ hides }) => hides.includes("secret"))).toBe(true);
  });
});

/** What the script put into the server is what the snapshot says. */
function expectEstate(facts: FactSet): void {
  const secrets = new Map(
    facts.of("secret_metadata").map((secret) => [`${secret.mount}${secret.name}`, secret]),
  );
  expect(
    VERSIONED.map(({ mount, path }) => {
      const secret = secrets.get(`${mount}/${path}`);
      return [
        mount,
        path,
        secret?.current_version,
        secret?.deleted_version_count,
        secret?.destroyed_version_count,
      ];
    }),
  ).toEqual(
    VERSIONED.map(({ mount, path, versions, deleted, destroyed }) => [
      mount,
      path,
      versions,
      deleted.length,
      destroyed.length,
    ]),
  );
  expect(secrets.size).toBe(VERSIONED.length);
  for (const { mount, path, labels } of VERSIONED)
    expect(secrets.get(`${mount}/${path}`)?.labels).toMatchObject(labels);
  const named = facts.of("secret").filter(({ mount }) => mount === "legacy/");
  expect(named).toHaveLength(SPECS.length - VERSIONED.length);
  const names = facts.of("principal").map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([...PEOPLE.map(({ login }) => login), ...SERVICES.map(({ name }) => name)]),
  );
  expect(facts.of("key")).toHaveLength(TRANSIT_KEYS.length);
  expect(facts.of("sink")).toHaveLength(2);
  expect(facts.of("endpoint").map(({ tls }) => tls)).toEqual([true]);
  expect(facts.of("availability").flatMap(({ nodes }) => nodes ?? [])).not.toHaveLength(0);
  expect(facts.of("store")).toMatchObject([{ sealed: false, key_shares: 5, key_threshold: 3 }]);
}

async function snapshotOf(home: string): Promise<{ facts: FactSet; manifest: SnapshotManifest }> {
  const parent = join(home, ".countersign", "snapshots");
  const directory = join(parent, readdirSync(parent)[0]!);
  const manifest = await readManifest(directory);
  return { manifest, facts: await readFacts(directory, manifest) };
}

/**
 * What does not change while nobody changes the server. A binary without a build date states the start of its own process less
 * a year, so that each node has another.
 */
function lasting(facts: FactSet): string[] {
  return [...facts.all()]
    .filter(({ kind }) => !VOLATILE.has(kind))
    .map((fact) => contentOf(fact).replace(/"build_date":"[^"]*",/, ""));
}

/** Waits until a running collection has kept some answers. */
async function someAnswers(home: string, { process: child }: Running): Promise<void> {
  const collecting = join(home, ".countersign", "collecting");
  for (;;) {
    if (child.exitCode !== null) throw new Error("expected the collection to go on, but it ended");
    const journals = filesBelow(collecting).filter((file) => file.endsWith("journal.ndjson"));
    if (journals.some((file) => statSync(file).size > 200_000)) return;
    await delay(10);
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function contentText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes).toString("latin1");
}
