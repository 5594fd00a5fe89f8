import { chmod, cp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { putCredential, revealCredential } from "../../src/cli/vault-credentials.ts";
import { SLOW, draws } from "../vault/seeded.ts";
import {
  CANARY,
  FORMS,
  LIMIT_MS,
  PASSPHRASE,
  Place,
  filesBelow,
  keyFile,
  leaks,
  made,
  type Summary,
} from "./vault-place.ts";

/** Flips in each kind of file. */
const FLIPS_EACH = SLOW ? 20 : 1;

describe("countersign vault", () => {
  it(
    "works without a configuration, by the passphrase in a file; another is exit 2",
    async () => {
      const place = await new Place().made();
      place.env = { COUNTERSIGN_VAULT_PASSPHRASE_FILE: await place.keep("passphrase", `${PASSPHRASE}\n`) };
      const init = await place.vault(["init"]);
      expect(init).toMatchObject({ exit: 0, err: "" });
      const [, fingerprint = "none"] = /fingerprint +([0-9a-f]{32})/.exec(init.out) ?? [];
      await place.keep("value", `${CANARY}\n`);
      expect(await place.json(["put", "store/token", "--file", "value"])).toEqual({
        name: "store/token",
        version: 1,
      });
      const list = await place.vault(["list"]);
      expect(list.exit).toBe(0);
      expect(list.out).toContain(fingerprint);
      expect(list.out).toContain("store/token");
      expect(await place.open(["reveal", "store/token", "--yes"])).toMatchObject({ exit: 0, out: CANARY });
      await place.keep("passphrase", "another passphrase of five words");
      expect(await place.refusal(["list"])).toEqual([2, "E_VAULT_LOCKED"]);
      // A check that could not look at everything is neither damage nor a pass.
      const fsck = await place.vault(["fsck"]);
      expect(fsck.exit).toBe(3);
      expect(fsck.out).toContain("locked");
      await rm(join(place.directory, "passphrase"));
      expect(await place.refusal(["list"])).toEqual([2, "E_REFERENCE"]);
      place.env = {};
      const asking = await place.vault(["list"]);
      expect(asking.exit).toBe(2);
      expect(asking.err).toContain("COUNTERSIGN_VAULT_PASSPHRASE_FILE");
    },
    LIMIT_MS,
  );

  it(
    "tells names, versions and ages, and who used what, and never the value",
    async () => {
      const place = await made();
      const options = ["--max-age-days", "30", "--note", "from the payments team", "--stdin"];
      expect(await place.json(["put", "store/token", ...options], CANARY)).toMatchObject({ version: 2 });
      const { entries } = await place.json<Summary>(["list"]);
      expect(entries.map(({ name, versions }) => [name, versions.length])).toEqual([["store/token", 2]]);
      expect(await place.json(["show-metadata", "store/token"])).toMatchObject({
        name: "store/token",
        max_age_days: 30,
        note: "from the payments team",
        versions: [{ version: 1 }, { version: 2 }],
      });
      for (const args of [["list"], ["show-metadata", "store/token"], ["log"], ["doctor"], ["fsck"]])
        expect(await place.vault(args), args.join(" ")).toMatchObject({ exit: 0, err: "" });
      expect((await place.vault(["show-metadata", "store/token"])).out).toContain("from the payments team");
      const log = await place.json<{ events: object[] }>(["log", "--name", "store/token"]);
      expect(log.events).toMatchObject([
        { operation: "put", name: "store/token", outcome: "done" },
        { operation: "put", name: "store/token", outcome: "done" },
      ]);
      expect(await place.refusal(["show-metadata", "store/other"])).toEqual([2, "E_NOT_FOUND"]);
      expect(await place.json(["remove", "store/token"])).toEqual({ name: "store/token", removed: true });
      expect(await place.refusal(["show-metadata", "store/token"])).toEqual([2, "E_NOT_FOUND"]);
    },
    LIMIT_MS,
  );

  it(
    "takes no value as an argument, and no empty one",
    async () => {
      const place = await made();
      expect(await place.refusal(["put", "store/other", CANARY])).toEqual([2, "E_USAGE"]);
      expect(await place.refusal(["put", "store/other", `--value=${CANARY}`])).toEqual([2, "E_USAGE"]);
      expect(await place.refusal(["put", "store/other", "--stdin"], "")).toEqual([2, "E_INPUT"]);
      expect(await place.refusal(["put", "Store Other", "--stdin"], CANARY)).toEqual([2, "E_INPUT"]);
      expect(await place.refusal(["put", "store/other", "--file", "nowhere"])).toEqual([2, "E_NOT_FOUND"]);
      const { entries } = await place.json<Summary>(["list"]);
      expect(entries.map(({ name }) => name)).toEqual(["store/token"]);
    },
    LIMIT_MS,
  );

  it("refuses a key file that others may read, and one that is none", async () => {
    const place = await made();
    await chmod(join(place.directory, "main.key"), 0o644);
    const refused = await place.vault(["list"]);
    expect(refused.exit).toBe(2);
    expect(refused.err).toMatch(/E_INPUT: .*main\.key.* 644\n {2}fix: chmod 600/);
    const other = await new Place().made();
    await other.keep("main.key", Buffer.alloc(32, 1), 0o644);
    await other.configure(keyFile("main"));
    expect(await other.refusal(["init"])).toEqual([2, "E_INPUT"]);
    for (const none of ["too short", "", Buffer.alloc(32)]) {
      await other.keep("main.key", none);
      expect(await other.refusal(["init"])).toEqual([2, "E_INPUT"]);
    }
    expect((await filesBelow(other.state)).length).toBe(0);
    // A key that broke where it lies is no damage of the vault.
    await place.keep("main.key", "too short");
    expect(await place.refusal(["list"])).toEqual([2, "E_INPUT"]);
  }, 60_000);

  it("says where there is no vault", async () => {
    const place = await new Place().made();
    await place.keep("main.key", Buffer.alloc(32, 1));
    await place.configure(keyFile("main"));
    for (const args of [
      ["list"],
      ["put", "a"],
      ["fsck"],
      ["log"],
      ["doctor"],
      ["adopt", "--fingerprint", "0".repeat(32)],
    ])
      expect(await place.refusal(args, "x"), args.join(" ")).toEqual([2, "E_NOT_FOUND"]);
    expect(await filesBelow(place.state)).toEqual([]);
  }, 60_000);
});

describe("countersign vault log", () => {
  it("does not pass over a line that is not whole", async () => {
    const place = await made();
    const [log = ""] = (await filesBelow(place.state)).filter((path) => path.endsWith(".jsonl"));
    const text = await readFile(log, "utf8");
    await writeFile(log, text.replace(/.\n$/, "\n"));
    const shown = await place.vault(["log", "--json"]);
    expect(shown.err).toContain("The last line of 1 access log is not whole");
    expect(shown.err).toContain("No access log tells of generation 2 of the vault");
    expect(JSON.parse(shown.out)).toMatchObject({
      events: [],
      not_whole: [basename(log)],
      untold_generations: [2],
    });
    expect((await place.vault(["fsck"])).exit).toBe(4);
  }, 60_000);
});

describe("the choice of events", () => {
  it(
    "is by instant, whatever the offset, and refuses what is no instant or no name",
    async () => {
      const place = await made();
      const since = async (instant: string) =>
        (await place.json<{ events: object[] }>(["log", "--since", instant])).events.length;
      const at = (await place.json<{ events: { at: string }[] }>(["log"])).events[0]?.at ?? "";
      // The same instant as the event's, by a clock an hour ahead of UTC.
      const ahead = new Date(Date.parse(at) + 3_600_000).toISOString().replace("Z", "+01:00");
      expect(await since(ahead)).toBe(1);
      expect(await since("2099-01")).toBe(0);
      expect((await place.vault(["log", "--since", "yesterday"])).exit).toBe(2);
      expect(await place.refusal(["log", "--name", "Store/Token"])).toEqual([2, "E_INPUT"]);
    },
    LIMIT_MS,
  );
});

describe("countersign vault reveal", () => {
  it("refuses where nobody can be asked, prints the value with --yes, and logs it", async () => {
    const place = await made();
    const refused = await place.vault(["reveal", "store/token"]);
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain("--yes");
    const { exit, out, err } = await place.open(["reveal", "store/token", "--yes"]);
    expect({ exit, out }).toEqual({ exit: 0, out: CANARY });
    expect(err).toContain("the access log has it");
    const json = await place.open(["reveal", "store/token", "--yes", "--version", "1", "--json"]);
    expect(JSON.parse(json.out)).toEqual({ name: "store/token", value_base64: FORMS[1] });
    expect((await place.open(["reveal", "store/token", "--yes", "--version", "2"])).exit).toBe(2);
    const { events } = await place.json<{ events: { operation: string; outcome: string }[] }>(["log"]);
    expect(events.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      "put done",
      "reveal done",
      "reveal done",
      "reveal not_found",
    ]);
  }, 60_000);

  it.each([
    ["its name", "store/token\r", CANARY],
    ["another", "yes\r", undefined],
  ])("asks a person to type the name, and goes on for %s", async (_, typed, printed) => {
    const place = await made();
    const said: string[] = [];
    const results: (Uint8Array | string)[] = [];
    const modes: boolean[] = [];
    const environment: Environment = {
      ...processEnvironment(new AbortController().signal),
      env: {},
      cwd: place.directory,
      terminal: { out: (text) => results.push(text), err: (text) => said.push(text), interactive: true },
      input: {
        isTTY: true,
        setRawMode: (mode) => modes.push(mode),
        async *[Symbol.asyncIterator]() {
          yield await Promise.resolve(Buffer.from(typed));
        },
      },
    };
    const revealing = revealCredential(environment, "store/token", {});
    if (printed === undefined) await expect(revealing).rejects.toMatchObject({ code: "E_USAGE" });
    else expect(await revealing).toBe(0);
    expect(results.join("")).toBe(printed ?? "");
    expect(said.join("")).toContain("Type its name");
    expect(leaks(said.join(""))).toEqual([]);
    expect(modes).toEqual([true, false]);
  });
});

describe("a credential that is no text", () => {
  it(
    "comes out as it went in, with what looks like a line end; a text loses its own",
    async () => {
      const place = await made();
      const bytes = Buffer.from([0xff, 0xfe, 0x80, 0x0d, 0x0a]);
      await place.keep("binary", bytes);
      await place.keep("text", "caf\u00e9\r\n");
      const results: Uint8Array[] = [];
      const environment: Environment = {
        ...processEnvironment(new AbortController().signal),
        env: {},
        cwd: place.directory,
        terminal: {
          out: (what) => results.push(typeof what === "string" ? Buffer.from(what) : what),
          err: () => undefined,
          interactive: false,
        },
      };
      for (const name of ["binary", "text"]) {
        await putCredential(environment, name, { file: name });
        results.length = 0;
        await revealCredential(environment, name, { yes: true });
        const kept = name === "binary" ? bytes : Buffer.from("caf\u00e9");
        expect(Buffer.concat(results).toString("hex"), name).toBe(kept.toString("hex"));
      }
    },
    LIMIT_MS,
  );
});

describe("the keys of a vault", () => {
  it(
    "are rotated, wrapped anew, added and removed, and every value stays",
    async () => {
      const place = await made("second");
      const before = await place.json<Summary>(["list"]);
      expect(await place.json(["rotate"])).toEqual({ rotated: ["store/token"] });
      const rotated = await place.json<Summary>(["list"]);
      expect(rotated.entries[0]?.versions[0]?.blob).not.toBe(before.entries[0]?.versions[0]?.blob);
      expect(await place.refusal(["rotate", "store/other"])).toEqual([2, "E_NOT_FOUND"]);
      const rewrapped = await place.json<Summary>(["rewrap"]);
      expect(rewrapped).toMatchObject({ epoch: 2, slots: [{ identity: "main" }] });
      expect(rewrapped.fingerprint).not.toBe(before.fingerprint);

      expect(await place.refusal(["slot", "add", "second"])).toEqual([2, "E_INPUT"]);
      await place.configure(keyFile("main"), keyFile("second"));
      const added = await place.json<Summary>(["slot", "add", "second"]);
      expect(added.slots.map(({ identity }) => identity)).toEqual(["main", "second"]);
      await place.configure(keyFile("second"));
      expect(await place.open(["reveal", "store/token", "--yes"])).toMatchObject({ exit: 0, out: CANARY });

      // The key of every slot that stays must be there.
      const [main, second] = added.slots;
      expect(await place.refusal(["slot", "remove", "0".repeat(32)])).toEqual([2, "E_INPUT"]);
      expect(await place.refusal(["slot", "remove", second!.id])).toEqual([2, "E_INPUT"]);
      const removed = await place.json<Summary>(["slot", "remove", main!.id]);
      expect(removed).toMatchObject({
        epoch: 3,
        slots: [{ identity: "second" }],
        reissue_if_compromised: ["store/token"],
      });
      expect((await place.vault(["slot", "list"])).out).toContain("second");
      await place.configure(keyFile("main"));
      expect(await place.refusal(["list"])).toEqual([2, "E_VAULT_LOCKED"]);
      // A key that is not plugged in leaves the vault to the next.
      await rm(join(place.directory, "main.key"));
      await place.configure(keyFile("main"), keyFile("second"));
      expect(await place.open(["reveal", "store/token", "--yes"])).toMatchObject({ exit: 0, out: CANARY });
    },
    LIMIT_MS,
  );
});

describe("countersign vault rotate", () => {
  it(
    "that stops part way says which credentials have new keys, and for which to run it again",
    async () => {
      const place = await made();
      for (const name of ["a/1", "a/2"]) await place.json(["put", name, "--stdin"], CANARY);
      const { entries } = await place.json<Summary>(["list"]);
      const blob = entries.find(({ name }) => name === "a/2")?.versions[0]?.blob ?? "none";
      await rm(join(place.state, "vault/blob", blob.slice(0, 2), blob));
      const { exit, err } = await place.vault(["rotate"]);
      expect(exit).toBe(4);
      expect(err).toContain("rotated 1 of 3 credentials: a/1; then: ");
      expect(err).toMatch(/again for\s+a\/2, store\/token/);
      expect(err).not.toContain("do not make the change again");
    },
    LIMIT_MS,
  );
});

describe("the files of a vault", () => {
  it(
    "are backed up, and restored where no vault is, by who has its fingerprint",
    async () => {
      const place = await made();
      const identity = await generateX25519Identity();
      const recipient = await identityToRecipient(identity);
      await place.keep("backup.key", `# public key: ${recipient}\n${identity}\n`);
      const { fingerprint } = await place.json<Summary>(["list"]);
      expect(await place.refusal(["backup", "--to", "b.age", "--recipient", "age1none"])).toEqual([
        2,
        "E_INPUT",
      ]);
      await place.json(["backup", "--to", "b.age", "--recipient", recipient]);
      expect(leaks(await readFile(join(place.directory, "b.age"), "latin1"))).toEqual([]);
      const restore = ["restore", "b.age", "--identity", "backup.key"];
      expect(await place.json([...restore, "--test"])).toEqual({ tested: true, versions: 1 });
      expect((await place.vault(["doctor"])).out).toMatch(/ok +backup:[^\n]*\nok +restore test:/);
      // A backup of an earlier epoch is this vault's too.
      await place.json(["rewrap"]);
      expect(await place.json([...restore, "--test"])).toEqual({ tested: true, versions: 1 });
      // Nothing of the test stays, and the vault is as it was.
      expect((await readdir(place.state)).sort()).toEqual(["leaves", "vault", "vault-anchor"]);
      expect(await place.refusal([...restore, "--fingerprint", fingerprint])).toEqual([2, "E_INPUT"]);

      place.env = { COUNTERSIGN_STATE: "elsewhere" };
      expect(await place.refusal(restore)).toEqual([2, "E_USAGE"]);
      expect(await place.refusal([...restore, "--fingerprint", "0".repeat(32)])).toEqual([4, "E_INTEGRITY"]);
      // What does not open under the fingerprint is not put in the vault's place.
      expect(await filesBelow(place.state)).toEqual([]);
      expect(await place.json([...restore, "--fingerprint", fingerprint])).toMatchObject({ fingerprint });
      expect(await place.open(["reveal", "store/token", "--yes"])).toMatchObject({ exit: 0, out: CANARY });
      const { findings } = await place.json<{ findings: { severity: string }[] }>(["fsck"]);
      expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);

      await place.keep("backup.key", `${await generateX25519Identity()}\n`);
      expect(await place.refusal([...restore, "--test"])).toEqual([2, "E_VAULT_LOCKED"]);
    },
    LIMIT_MS,
  );

  it(
    "that are older than what is remembered are refused until a person adopts them",
    async () => {
      const place = await made();
      const older = join(place.directory, "older");
      await cp(join(place.state, "vault"), older, { recursive: true });
      const { fingerprint } = await place.json<Summary>(["list"]);
      await place.json(["put", "store/token"], "newer");
      await rm(join(place.state, "vault"), { recursive: true });
      expect((await place.vault(["fsck"])).exit).toBe(4);
      await rename(older, join(place.state, "vault"));
      expect(await place.refusal(["list"])).toEqual([4, "E_ROLLBACK"]);
      expect((await place.vault(["fsck"])).out).toContain("rolled_back");
      expect(await place.refusal(["adopt"])).toEqual([2, "E_USAGE"]);
      expect(await place.refusal(["adopt", "--fingerprint", "0".repeat(32)])).toEqual([4, "E_INTEGRITY"]);
      expect(await place.json(["adopt", "--fingerprint", fingerprint])).toMatchObject({ generation: 2 });
      expect(await place.open(["reveal", "store/token", "--yes"])).toMatchObject({ exit: 0, out: CANARY });
      const { findings } = await place.json<{ findings: { code: string }[] }>(["fsck"]);
      expect(findings.map(({ code }) => code)).toContain("adopted");
    },
    LIMIT_MS,
  );

  it(
    "are checked whole: a flipped bit is exit 4, wherever it is",
    async () => {
      const place = await made();
      const clean = await place.json<{ findings: unknown[]; counts: object }>(["fsck"]);
      expect(clean).toMatchObject({
        findings: [],
        counts: { entries: 1, blobs: 1, generations: 2 },
        exit: 0,
        exits: [0],
      });
      expect((await place.vault(["fsck"])).out).toContain("Intact");
      // A sample: test/vault/tamper.test.ts flips every bit, with the functions that these commands call.
      const random = draws();
      const parts = [
        "vault/blob",
        "vault/gen",
        "vault/log",
        "vault-anchor/0",
        "vault-anchor/ledger",
        "leaves",
      ];
      for (const part of Array.from({ length: FLIPS_EACH }, () => parts).flat()) {
        const files = await filesBelow(place.state);
        const path = random.pick(files.filter((one) => one.startsWith(join(place.state, part))));
        const bytes = await readFile(path);
        const bit = random.between(0, bytes.length * 8 - 1);
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        await writeFile(path, flipped);
        const what = `bit ${bit} of ${path}`;
        const { exit, out } = await place.vault(["fsck", "--json"]);
        expect(exit, what).toBe(4);
        expect(JSON.parse(out), what).toMatchObject({ exits: [4] });
        expect(await filesBelow(place.state), what).toEqual(files);
        const seen = await place.vault(["list", "--json"]);
        expect([0, 4], `${what}: ${seen.out}`).toContain(seen.exit);
        if (part === "leaves") expect((await place.vault(["fsck"])).out).toMatch(/^error +\w+ /m);
        await writeFile(path, bytes);
      }
      expect((await place.vault(["fsck"])).exit).toBe(0);
    },
    FLIPS_EACH * LIMIT_MS,
  );
});
