import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  PLANTED_PASSWORD,
  WRONG_TOKEN,
  emptyPlace,
  place,
  ran,
  root,
  snapshots,
  store,
  type Case,
} from "../cli/places.ts";
import { found } from "../counterparties/availability.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";

const asRoot = process.getuid?.() === 0;

describe("a configuration", () => {
  it.each<[string, Case, number, string, RegExp]>([
    [
      "with a key that nobody knows",
      { more: "retention: 7\n" },
      2,
      "E_CONFIG",
      /countersign\.yaml:7:1: expected only known keys, got retention/,
    ],
    [
      "with a key that the connector does not know",
      { auth: "{ method: token, token: env:VAULT_TOKEN }\n    adress: x" },
      2,
      "E_CONFIG",
      /countersign\.yaml:7:5: expected only known keys/,
    ],
    [
      "with a token in it",
      { auth: `{ method: token, token: ${WRONG_TOKEN} }` },
      2,
      "E_CONFIG_LITERAL",
      /countersign\.yaml:6:/,
    ],
    [
      "with a password in it",
      { auth: `{ method: userpass, username: ada, password: ${PLANTED_PASSWORD} }` },
      2,
      "E_CONFIG_LITERAL",
      /password/,
    ],
    [
      "with a password in the address",
      { address: `http://ada:${PLANTED_PASSWORD}@127.0.0.1:1` },
      2,
      "E_CONFIG_LITERAL",
      /address/,
    ],
    ["that is no YAML", { more: "limits: {\n" }, 2, "E_CONFIG", /valid YAML/],
    [
      "that names a variable that is not set",
      { auth: "{ method: token, token: env:NOWHERE }" },
      2,
      "E_REFERENCE",
      /env:NOWHERE/,
    ],
    [
      "that names an empty file",
      { auth: "{ method: token, token: file:/dev/null }" },
      2,
      "E_REFERENCE",
      /file:\/dev\/null/,
    ],
    [
      "that names the embedded vault, which was never made",
      { auth: "{ method: token, token: vault:countersign }" },
      2,
      "E_NOT_FOUND",
      /expected a vault in .*, got none/,
    ],
  ])("%s: exit 2, and nothing of it is repeated", async (_what, given, code, name, message) => {
    const directory = await place(given);
    const { exit, err } = await ran(directory, given);
    expect({ exit, err: err.includes(`countersign: ${name}: `) }).toEqual({ exit: code, err: true });
    expect(err).toMatch(message);
    if (name !== "E_CONFIG") expect(err).toMatch(/^ {2}fix: /m);
  });

  it("that is missing says which command writes one", async () => {
    const directory = await emptyPlace();
    const { exit, err } = await ran(directory);
    expect(exit).toBe(2);
    expect(err).toContain("countersign init");
  });
});

describe("a state directory", () => {
  it("that cannot be written to: E_DISK, exit 5, nothing collected", async () => {
    const directory = await place();
    // Nothing is closed to root but the kernel's own file systems.
    const closed = asRoot ? "/sys/countersign" : join(directory, "closed");
    if (!asRoot) {
      await mkdir(closed);
      await chmod(closed, 0o500);
    }
    const { exit, err } = await ran(directory, {}, { env: { COUNTERSIGN_STATE: closed } });
    expect(exit).toBe(5);
    expect(err).toMatch(/countersign: E_DISK: /);
    expect(err).toMatch(/^ {2}fix: .*another directory/m);
  });

  it("on a disk that fills up: E_DISK, exit 5; with room again, the same command goes on and is whole", async () => {
    const directory = await place();
    const state = join(directory, ".countersign");
    await mkdir(state);
    const mounted =
      asRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", state]).status === 0;
    try {
      const full = await ran(directory, {}, mounted ? {} : { shell: 'ulimit -f 400; exec "$@"' });
      expect(full.exit).toBe(5);
      expect(full.err).toMatch(/countersign: E_DISK: .*(ENOSPC|EFBIG)/);
      expect(full.err).toMatch(/^ {2}fix: /m);
      expect(await snapshots(directory)).toEqual([]);
      if (mounted) expect(spawnSync("mount", ["-o", "remount,size=64m", state]).status).toBe(0);
      const again = await ran(directory);
      expect(again.exit).toBe(3);
      expect(await snapshots(directory)).toHaveLength(1);
      expect(again.err).toContain("Resuming the run");
    } finally {
      if (mounted) spawnSync("umount", [state]);
    }
  });
});

describe("Ctrl-C in the middle of collecting", () => {
  it("ends with 130 and what to do; the same command goes on and gives the facts of an undisturbed run", async () => {
    const whole = await place();
    await ran(whole);
    const asked = store.asked;
    const [expected] = await snapshots(whole);

    const directory = await place();
    let interrupt: () => void = () => undefined;
    const stopped = await ran(
      directory,
      {
        meddle: (_request, _response, count) => {
          if (count === Math.floor(asked / 2)) interrupt();
          return false;
        },
      },
      { started: (child) => (interrupt = () => void child.kill("SIGINT")) },
    );
    expect(stopped.exit).toBe(130);
    expect(stopped.err).toContain("countersign: E_INTERRUPTED: ");
    expect(stopped.err).toMatch(/^ {2}fix: Run the same command again/m);
    expect(stopped.out).toBe("");
    expect(await snapshots(directory)).toEqual([]);

    const resumed = await ran(directory);
    expect(resumed.exit).toBe(3);
    expect(resumed.err).toContain("Resuming the run");
    expect(store.asked).toBeLessThan(asked);
    const [manifest] = await snapshots(directory);
    expect(manifest?.facts.count).toBe(expected?.facts.count);
    expect(await facts(directory)).toEqual(await facts(whole));
    expect(await readdir(join(directory, ".countersign/collecting"))).toEqual([]);
  });
});

/** The facts of the one snapshot, without what differs between two runs: digests of records hold the instant. */
async function facts(directory: string): Promise<unknown[]> {
  const [manifest] = await snapshots(directory);
  const path = join(directory, ".countersign/snapshots", manifest?.snapshot_id ?? "", "facts.ndjson.zst");
  const lines = zstdDecompressSync(await readFile(path))
    .toString("utf8")
    .trimEnd()
    .split("\n");
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ kind }) => kind !== "health")
    .map((fact) => ({ ...fact, record: "" }));
}

const vault = await ensureVault();

describe.skipIf("missing" in vault)("a real server", () => {
  let cluster: VaultCluster;
  beforeAll(async () => {
    cluster = await startVaultCluster({ binary: found(vault), dir: join(root, "vault"), nodes: 1 });
  });
  afterAll(() => cluster.stop());

  const real = (): Case => ({
    address: `${cluster.address}\n    ca_cert_file: ${cluster.caCertPath ?? ""}`,
  });

  it("refuses a wrong token, and says so", async () => {
    const directory = await place(real());
    const { exit, err } = await ran(directory, { token: WRONG_TOKEN });
    expect(exit).toBe(3);
    expect(err).toMatch(
      /countersign: E_DENIED: vault-production: the store does not know the collector's token/,
    );
  });

  it("whose authority is not known is not trusted", async () => {
    const directory = await place({ address: cluster.address });
    const { exit, err } = await ran(directory);
    expect(exit).toBe(3);
    expect(err).toMatch(/E_UNREACHABLE: .*no known authority signed/);
    expect(err).toMatch(/fix: .*ca_cert_file/);
  });

  it("that is sealed says so, and its report has no pass", async () => {
    await cluster.seal();
    const directory = await place(real());
    const { exit, err } = await ran(directory);
    expect(exit).toBe(3);
    expect(err).toMatch(/countersign: E_SEALED: vault-production: the store is sealed/);
    const [manifest] = await snapshots(directory);
    expect(manifest?.fact_counts["store"]).toBe(1);
  });
});
