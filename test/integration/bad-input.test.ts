import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SnapshotManifest } from "../../src/facts/index.ts";
import { countersign, type Ended, type SpawnOptions } from "../cli/process.ts";
import {
  PLANTED_TOKEN,
  reply,
  startRecordedStore,
  type Meddle,
  type RecordedStore,
} from "../cli/recorded-store.ts";
import { found } from "../counterparties/availability.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { exampleRecords, openExample } from "../evidence/example.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-bad-input-"));
const asRoot = process.getuid?.() === 0;

/** Credentials that must show up nowhere. */
const WRONG_TOKEN = "hvs.CAESIPlantedButWrongToken9876543210";
const PLANTED_PASSWORD = "Planted-Horse-Battery-5521";
const PLANTED = [PLANTED_TOKEN, WRONG_TOKEN, PLANTED_PASSWORD];

let store: RecordedStore;
let places = 0;

beforeAll(async () => {
  const example = await openExample();
  store = await startRecordedStore(await exampleRecords(example));
});
afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

interface Case {
  readonly address?: string;
  readonly token?: string;
  /** What stands under `auth:`. */
  readonly auth?: string;
  /** Lines behind the sources. */
  readonly more?: string;
  readonly meddle?: Meddle;
  readonly command?: readonly string[];
}

/** A directory with a configuration of its own. */
async function place({ address = store.address, auth, more = "" }: Case = {}): Promise<string> {
  const directory = join(root, `case-${(places += 1)}`);
  await mkdir(directory);
  await writeFile(
    join(directory, "countersign.yaml"),
    `version: 1
sources:
  vault-production:
    connector: hashicorp
    address: ${address}
    auth: ${auth ?? '{ method: token, token: "${env:VAULT_TOKEN}" }'}
${more}`,
  );
  return directory;
}

/** Runs a command there, and sees that no credential came out of it or stayed in a file. */
async function ran(directory: string, given: Case = {}, options: SpawnOptions = {}): Promise<Ended> {
  const { command = ["collect"], meddle, token = PLANTED_TOKEN } = given;
  store.meddle(meddle);
  const ended = await countersign(command, {
    cwd: directory,
    ...options,
    env: { VAULT_TOKEN: token, PASSWORD: PLANTED_PASSWORD, ...options.env },
  });
  expect(leaks(ended.out, "standard output")).toEqual([]);
  expect(leaks(ended.err, "standard error")).toEqual([]);
  expect(await leaksBelow(join(directory, ".countersign"))).toEqual([]);
  expect(ended.out + ended.err).not.toMatch(/\n {4}at /);
  return ended;
}

function leaks(text: string, where: string): string[] {
  return PLANTED.filter((value) => text.includes(value)).map((value) => `${value} in ${where}`);
}

async function leaksBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      const text = file.endsWith(".zst") && bytes.length > 0 ? zstdDecompressSync(bytes) : bytes;
      return leaks(text.toString("utf8"), file);
    }),
  );
  return found.flat();
}

async function snapshots(directory: string): Promise<SnapshotManifest[]> {
  const parent = join(directory, ".countersign/snapshots");
  const names = (await readdir(parent).catch(() => [])).sort();
  return Promise.all(
    names.map(
      async (name) =>
        JSON.parse(await readFile(join(parent, name, "manifest.json"), "utf8")) as SnapshotManifest,
    ),
  );
}

const html = (_request: unknown, response: Parameters<Meddle>[1]): boolean => {
  response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title>");
  return true;
};

const sealed: Meddle = (request, response) => {
  const state = {
    type: "shamir",
    initialized: true,
    sealed: true,
    t: 3,
    n: 5,
    progress: 0,
    version: "1.21.1",
  };
  if (request.url?.includes("seal-status") === true) reply(response, 200, state);
  else if (request.url?.includes("sys/health") === true) reply(response, 503, { ...state, standby: true });
  else reply(response, 503, { errors: ["Vault is sealed"] });
  return true;
};

const only =
  (path: string, meddle: Meddle): Meddle =>
  (request, response, count) =>
    request.url?.includes(path) === true && meddle(request, response, count);

const truncated: Meddle = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "5000" });
  response.write('{"data":{"kv/":{"type"', () => response.destroy());
  return true;
};

/** Says nothing at all. */
const silent: Meddle = () => true;

const IMPATIENT = "limits: { call_timeout_s: 1 }\n";

describe("a store that cannot be read", () => {
  it.each<[string, Case, string, RegExp, RegExp]>([
    [
      "is not there",
      { address: "http://127.0.0.1:1" },
      "E_UNREACHABLE",
      /nothing listens at the address/,
      /Check the address/,
    ],
    [
      "does not know the token",
      { token: WRONG_TOKEN },
      "E_DENIED",
      /does not know the collector's token/,
      /valid token/,
    ],
    ["is sealed", { meddle: sealed }, "E_SEALED", /the store is sealed/, /unseal the store/],
    [
      "answers a page instead of JSON",
      { meddle: html },
      "E_MALFORMED",
      /got an HTML page \(200\)/,
      /another service answered/,
    ],
    [
      "hangs",
      { meddle: silent, more: IMPATIENT },
      "E_UNREACHABLE",
      /expected an answer within 1000 ms, got none/,
      /call_timeout_s|load|network/i,
    ],
    ["speaks no TLS where the address says so", { address: "https://127.0.0.1" }, "E_UNREACHABLE", /./, /./],
  ])("because it %s: its own message, what to do, exit 3", async (what, given, code, message, fix) => {
    const address = what.startsWith("speaks") ? store.address.replace("http:", "https:") : given.address;
    const complete = { ...given, ...(address === undefined ? {} : { address }) };
    const directory = await place(complete);
    const { exit, out, err } = await ran(directory, complete);
    expect(exit).toBe(3);
    expect(err).toMatch(new RegExp(`^countersign: ${code}: vault-production: `, "m"));
    expect(err).toMatch(message);
    expect(err).toMatch(/^ {2}fix: /m);
    expect(err.slice(err.indexOf("fix: "))).toMatch(fix);
    expect(out).toContain("Could not be read");
    const [manifest] = await snapshots(directory);
    expect(manifest?.sources[0]?.status).not.toBe("complete");
    expect(Object.values(manifest?.gap_counts ?? {}).length).toBeGreaterThan(0);
  });

  it("is told to programs as well", async () => {
    const directory = await place();
    const { exit, out } = await ran(directory, { token: WRONG_TOKEN, command: ["collect", "--json"] });
    expect(JSON.parse(out)).toMatchObject({ exit: 3, errors: [{ error: "E_DENIED", exit: 3 }] });
    expect(exit).toBe(3);
  });

  it("gives a report without a pass", async () => {
    const directory = await place();
    const { exit, out } = await ran(directory, { meddle: sealed, command: ["run", "--json"] });
    const { exits, summary } = JSON.parse(out) as {
      exits: number[];
      summary: { gap_count: number; outcomes: { compliant: number } };
    };
    expect(exits).toContain(3);
    expect([1, 3]).toContain(exit);
    expect(summary.gap_count).toBeGreaterThan(0);
    const seen = JSON.parse(out) as { frameworks: { status_counts: Record<string, number> }[] };
    for (const { status_counts } of seen.frameworks) expect(status_counts["satisfied"] ?? 0).toBe(0);
  });
});

describe("an answer that cannot be used", () => {
  it.each<[string, Meddle, string, RegExp, RegExp]>([
    ["is cut", only("sys/mounts", truncated), "malformed", /expected a whole body, got \d+ bytes/, /proxy/],
    ["is a page", only("sys/mounts", html), "malformed", /HTML page/, /another service/],
    ["never comes", only("sys/mounts", silent), "timeout", /within 1000 ms/, /./],
    [
      "is a refusal",
      only("sys/mounts", (_, response) => (reply(response, 403, { errors: ["permission denied"] }), true)),
      "denied",
      /may not GET sys\/mounts/,
      /capabilities/,
    ],
    [
      "is JSON of another shape",
      only("sys/mounts", (_, response) => (reply(response, 200, { data: [1, 2] }), true)),
      "malformed",
      /./,
      /./,
    ],
    [
      "nests without end",
      only("sys/mounts", (_, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(`{"data":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
        return true;
      }),
      "malformed",
      /levels|parse/,
      /./,
    ],
    [
      "holds half a character",
      only("sys/mounts", (_, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .end('{"data":{"kv\\ud800/":{"type":"kv"}}}');
        return true;
      }),
      "malformed",
      /surrogate|Unicode/i,
      /./,
    ],
    [
      "is larger than any that is kept",
      only("sys/mounts", (_, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(`{"data":{"a":"${"x".repeat(9 * 1024 * 1024)}"}}`);
        return true;
      }),
      "limit",
      /bytes, got more/,
      /./,
    ],
    [
      "is an error of the server that holds a credential",
      only(
        "sys/mounts",
        (_, response) => (reply(response, 500, { errors: [`token ${WRONG_TOKEN} failed`] }), true),
      ),
      "unavailable",
      /the server failed \(500\)/,
      /./,
    ],
  ])("because it %s: a gap with its reason, and the rest is read", async (_what, meddle, reason, message) => {
    const directory = await place({ more: IMPATIENT });
    const { exit, out } = await ran(directory, { meddle });
    expect(exit).toBe(3);
    expect(out).toMatch(new RegExp(`^ {2}${reason}: namespace\\.mounts: `, "m"));
    expect(out).toMatch(message);
    const [manifest] = await snapshots(directory);
    expect(manifest?.sources[0]?.status).toBe("partial");
    expect(manifest?.fact_counts["principal"]).toBeGreaterThan(10);
    expect(manifest?.fact_counts["secret"]).toBeUndefined();
  });

  it("because a policy on the server is malformed: a gap for it, and no pass for whom it may concern", async () => {
    const directory = await place();
    const broken = only("sys/policies/acl/legacy-read", (_, response) => {
      reply(response, 200, {
        data: { name: "legacy-read", policy: 'path "secret/*" { capabilities = ["read"' },
      });
      return true;
    });
    const { exit, out } = await ran(directory, { meddle: broken });
    expect(exit).toBe(3);
    expect(out).toMatch(/^ {2}malformed: namespace\.policy: .*legacy-read/m);
  });
});

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
      "that names the embedded vault",
      { auth: "{ method: token, token: vault:countersign }" },
      2,
      "E_REFERENCE",
      /does not have yet/,
    ],
  ])("%s: exit 2, and nothing of it is repeated", async (_what, given, code, name, message) => {
    const directory = await place(given);
    const { exit, err } = await ran(directory, given);
    expect({ exit, err: err.includes(`countersign: ${name}: `) }).toEqual({ exit: code, err: true });
    expect(err).toMatch(message);
    if (name !== "E_CONFIG") expect(err).toMatch(/^ {2}fix: /m);
  });

  it("that is missing says which command writes one", async () => {
    const directory = join(root, `case-${(places += 1)}`);
    await mkdir(directory);
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
