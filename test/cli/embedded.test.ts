import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { countersign, type Ended } from "./process.ts";

/** The collectors' own vault as a store: a real one, in processes of their own. */
const root = await mkdtemp(join(tmpdir(), "countersign-own-vault-"));
afterAll(() => rm(root, { recursive: true, force: true }));

/** Several commands, each a process of its own. */
const LIMIT_MS = 240_000;

/** Values and keys that must show nowhere but in the vault's own sealed files. */
const CANARY = "Canary-Otter-Lantern-9042";
const KEY = Buffer.alloc(32, 0xa7);
const FORMS = [
  CANARY,
  ...(["base64", "hex"] as const).flatMap((form) => [Buffer.from(CANARY).toString(form), KEY.toString(form)]),
];

const CONFIG = `version: 1
sources:
  own-vault: { connector: embedded }
owners:
  - { owner: platform, when: { store: own-vault } }
tiers:
  - { tier: standard, when: { kind: secret } }
embedded_vault:
  keys:
    - { type: key-file, name: main, path: main.key }
    - { type: key-file, name: safe, path: safe.key, purpose: recovery }
`;

let places = 0;

class Place {
  readonly directory = join(root, `place-${(places += 1)}`);

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  async made(): Promise<this> {
    await mkdir(this.directory);
    await this.key("main.key", KEY);
    await this.key("safe.key", Buffer.alloc(32, 0x3c));
    await writeFile(this.path("countersign.yaml"), CONFIG);
    return this;
  }

  async key(name: string, bytes: Buffer): Promise<void> {
    await writeFile(this.path(name), bytes);
    await chmod(this.path(name), 0o600);
  }

  async run(args: readonly string[], input?: string): Promise<Ended> {
    const ended = await countersign(args, { cwd: this.directory, ...(input === undefined ? {} : { input }) });
    expect(ended.err).not.toMatch(/\n {4}at /);
    return ended;
  }

  /** Each finding as `status policy`. */
  async findings(): Promise<string[]> {
    const csv = await readFile(this.path("out/findings.csv"), "utf8");
    const [header = "", ...rows] = csv.trim().split(/\r?\n/);
    const names = header.replace(/^\uFEFF/, "").split(",");
    return rows
      .map((row) => row.split(","))
      .map((cells) => `${cells[names.indexOf("status")] ?? ""} ${cells[names.indexOf("policy_id")] ?? ""}`)
      .sort();
  }

  /** Every byte below a folder, unpacked. */
  async texts(folder = ".countersign/snapshots"): Promise<string> {
    const entries = await readdir(this.path(folder), { recursive: true, withFileTypes: true });
    const texts = entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const bytes = await readFile(join(entry.parentPath, entry.name));
        return (entry.name.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes).toString("latin1");
      });
    return (await Promise.all(texts)).join("\n");
  }

  async leaks(folder: string): Promise<string[]> {
    const text = await this.texts(folder);
    expect(text.length).toBeGreaterThan(1000);
    return FORMS.filter((form) => text.includes(form));
  }
}

let template: Promise<Place> | undefined;

/** A place of its own with a vault that holds one credential. */
async function withVault(): Promise<Place> {
  template ??= (async () => {
    const made = await new Place().made();
    const put = ["vault", "put", "payments/token", "--stdin", "--max-age-days", "30"];
    for (const args of [["vault", "init"], put])
      expect(await made.run(args, CANARY)).toMatchObject({ exit: 0 });
    return made;
  })();
  const place = new Place();
  await cp((await template).directory, place.directory, { recursive: true });
  return place;
}

async function newestGeneration(place: Place): Promise<string> {
  const directory = place.path(".countersign/vault/gen");
  const [newest = ""] = (await readdir(directory)).sort().reverse();
  return join(directory, newest);
}

describe("the embedded vault as a source", () => {
  it(
    "is read, judged and reported as every other store, and shows no value",
    { timeout: LIMIT_MS },
    async () => {
      const place = await withVault();
      expect(await place.run(["vault", "reveal", "payments/token", "--yes"])).toMatchObject({ exit: 0 });
      const ran = await place.run(["run"]);
      expect([ran.exit, ran.err]).toEqual([1, ""]);
      expect(await place.findings()).toEqual([
        "deviation credential_revealed",
        "deviation key_slots_dependent",
        // Nothing tells of people, requests and reviews here: that is not known, and is never a pass.
        "undetermined access_review_missing",
        "undetermined people_roster_stale",
        "undetermined request_approval_faulty",
      ]);
      const records = await place.leaks(".countersign/snapshots");
      expect([...records, ...(await place.leaks("out"))]).toEqual([]);
      const texts = await place.texts();
      expect(texts).toContain("payments/token");
      // What values are sealed with stays in the vault as well.
      expect(texts).not.toMatch(/"(blob|dek|wrapped)\\?":|"sealed\\?":\\?"/);

      const who = await place.run(["access", "who-can", "payments/token", "--action", "read", "--json"]);
      const { grants, complete } = JSON.parse(who.out) as {
        grants: { certainty: string }[];
        complete: boolean;
      };
      // Either slot opens it: the one for every day, and the one for recovery.
      expect([grants.map(({ certainty }) => certainty), complete]).toEqual([["certain", "certain"], true]);
    },
  );

  it("is judged again from its snapshot without a vault", { timeout: LIMIT_MS }, async () => {
    const place = await withVault();
    expect(await place.run(["run"])).toMatchObject({ exit: 1 });
    const digests = await readFile(place.path("out/MANIFEST.sha256"), "utf8");
    await rm(place.path(".countersign/vault"), { recursive: true });
    await rm(place.path("main.key"));
    const [snapshot = ""] = await readdir(place.path(".countersign/snapshots"));
    expect(
      await place.run(["report", "--from", place.path(".countersign/snapshots", snapshot)]),
    ).toMatchObject({
      exit: 1,
    });
    expect(await readFile(place.path("out/MANIFEST.sha256"), "utf8")).toBe(digests);
  });

  it(
    "leaves gaps where no key opens it, and no outcome of what they hide",
    { timeout: LIMIT_MS },
    async () => {
      const place = await withVault();
      await place.key("main.key", Buffer.alloc(32, 1));
      await place.key("safe.key", Buffer.alloc(32, 2));
      const ran = await place.run(["run"]);
      expect(ran.exit).toBe(3);
      expect(ran.err).toContain("E_DENIED: own-vault: expected a key that opens the vault");
      const found = await place.findings();
      expect(found.filter((one) => !one.startsWith("undetermined "))).toEqual([]);
      const asked = ["backup_stale", "integrity_not_intact", "key_slots_dependent", "mfa_missing", "tls_off"];
      expect(asked.filter((policy) => !found.includes(`undetermined ${policy}`))).toEqual([]);
    },
  );

  it("is found altered, whatever else cannot be read", { timeout: LIMIT_MS }, async () => {
    const place = await withVault();
    const newest = await newestGeneration(place);
    const bytes = await readFile(newest);
    bytes[300] = (bytes[300] ?? 0) ^ 1;
    await chmod(newest, 0o600);
    await writeFile(newest, bytes);
    const ran = await place.run(["run"]);
    expect(ran.exit).toBe(4);
    expect(ran.err).toContain("not intact (E_INTEGRITY)");
    expect((await place.findings()).filter((one) => !one.startsWith("undetermined "))).toEqual([
      "deviation integrity_not_intact",
    ]);
  });

  it("is found taken back", { timeout: LIMIT_MS }, async () => {
    const place = await withVault();
    await cp(place.path(".countersign/vault"), place.path("earlier"), { recursive: true });
    expect(await place.run(["vault", "put", "payments/other", "--stdin"], CANARY)).toMatchObject({ exit: 0 });
    await rm(place.path(".countersign/vault"), { recursive: true });
    await cp(place.path("earlier"), place.path(".countersign/vault"), { recursive: true });
    const ran = await place.run(["run"]);
    expect(ran.exit).toBe(4);
    expect(ran.err).toContain("not intact (E_ROLLBACK)");
    expect(ran.err).toMatch(
      /E_INTEGRITY: .*finding.* of damage: .*rolled_back .*\n {2}fix: .*countersign vault fsck/,
    );
    const collected = JSON.parse((await place.run(["collect", "--json"])).out) as object;
    expect(collected).toMatchObject({ exit: 4 });
    expect(collected).toHaveProperty(
      "errors",
      expect.arrayContaining([expect.objectContaining({ error: "E_INTEGRITY", exit: 4 })]),
    );
    expect(await place.findings()).toContain("deviation integrity_not_intact");
    expect(await place.texts()).toContain('"rolled_back"');
  });

  it(
    "keeps no report of a store that cannot be read from staying, unless it is not intact itself",
    { timeout: LIMIT_MS },
    async () => {
      const place = await withVault();
      expect(await place.run(["run"])).toMatchObject({ exit: 1 });
      const before = await readFile(place.path("out/MANIFEST.sha256"), "utf8");
      const more =
        "sources:\n  vault-production:\n    connector: hashicorp\n    address: http://127.0.0.1:9\n" +
        '    auth: { method: token, token: "file:main.key" }\n';
      await writeFile(place.path("countersign.yaml"), CONFIG.replace("sources:\n", more));

      const shut = await place.run(["run"]);
      expect(shut.exit).toBe(3);
      expect(shut.out).toMatch(/^vault-production: nothing could be read\nSo out is left as it was/);
      expect(await readFile(place.path("out/MANIFEST.sha256"), "utf8")).toBe(before);
      const told = JSON.parse((await place.run(["run", "--json"])).out) as {
        collected: { unread: string[] };
      };
      expect(told.collected.unread).toEqual(["vault-production"]);

      const newest = await newestGeneration(place);
      const bytes = await readFile(newest);
      bytes[300] = (bytes[300] ?? 0) ^ 1;
      await chmod(newest, 0o600);
      await writeFile(newest, bytes);
      const damaged = await place.run(["run"]);
      expect(damaged.exit).toBe(4);
      expect(damaged.err).toContain("The embedded vault is not intact, so this is reported");
      expect(damaged.out).toMatch(
        /^(INCOMPLETE: [^\n]*\n)+The last complete report [^\n]* is kept in [^\n]*\n(own-vault: [^\n]*\n)?vault-production: nothing could be read\n/,
      );
      expect(await readFile(place.path("out/MANIFEST.sha256"), "utf8")).not.toBe(before);
      expect(await place.findings()).toContain("deviation integrity_not_intact");
    },
  );

  it("whose passphrase file is gone says so, once", { timeout: LIMIT_MS }, async () => {
    const place = await new Place().made();
    await place.key("gone", Buffer.from("Lantern-Otter-Meadow-7716"));
    const keys = "keys:\n    - { type: passphrase, passphrase: file:gone }\n";
    await writeFile(place.path("countersign.yaml"), CONFIG.replace(/keys:\n[^]*$/, keys));
    expect(await place.run(["vault", "init"])).toMatchObject({ exit: 0 });
    await rm(place.path("gone"));
    const { exit, out, err } = await place.run(["collect"]);
    expect(exit).toBe(3);
    expect(err).toContain("own-vault: expected a key of the embedded vault in");
    expect(err).toContain("fix: Put the file there, or correct what names it");
    expect(err).not.toContain("E_MALFORMED");
    expect(out).not.toContain("expected a key of the embedded vault");
  });

  it("is a gap where there is none", { timeout: LIMIT_MS }, async () => {
    const place = await new Place().made();
    const ran = await place.run(["run"]);
    expect(ran.exit).toBe(3);
    expect(ran.out).toContain("own-vault: nothing could be read\nSo out is left as it was");
    // Who asks for a report of it all the same gets unknowns.
    expect((await place.run(["report"])).exit).toBe(3);
    expect((await place.findings()).filter((one) => !one.startsWith("undetermined "))).toEqual([]);
  });
});
