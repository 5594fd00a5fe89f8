import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listSnapshots } from "../../src/facts/index.ts";
import { openExample } from "../evidence/example.ts";
import { countersign } from "./process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const directory = await mkdtemp(join(tmpdir(), "countersign-cli-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Every command that does something. */
const COMMANDS = [
  ["init"],
  ["collect"],
  ["assess"],
  ["report"],
  ["run"],
  ["access", "who-can"],
  ["access", "what-can"],
  ["access", "path"],
  ["access", "simulate"],
  ["people", "check"],
  ["policy", "list"],
  ["policy", "check"],
  ["policy", "test"],
  ["policy", "format"],
  ["policy", "build"],
  ["doctor"],
  ["demo"],
] as const;

const ENV = { COUNTERSIGN_STATE: join(directory, "state"), VAULT_TOKEN: "unused" };

describe("help", () => {
  it.each(COMMANDS.map((command) => [command.join(" "), command] as const))(
    "of %s has an example",
    async (name, command) => {
      const { exit, out, err } = await countersign([...command, "--help"]);
      expect({ exit, err }).toEqual({ exit: 0, err: "" });
      expect(out).toMatch(new RegExp(`\\n {2}\\$ countersign ${name}`));
      expect(out).toContain("--json");
    },
  );

  it("of the program names every command and every exit code", async () => {
    const { exit, out } = await countersign(["--help"]);
    expect(exit).toBe(0);
    for (const [command] of COMMANDS) expect(out).toMatch(new RegExp(`\\n {2}${command} `));
    for (const code of [0, 1, 2, 3, 4, 5, 70, 130]) expect(out).toMatch(new RegExp(`(^|\\s)${code} [a-z]`));
  });

  it("is given, with exit 2, where no command is named", async () => {
    const { exit, out, err } = await countersign([]);
    expect(exit).toBe(2);
    expect(out + err).toContain("Usage: countersign");
  });

  it("tells the version", async () => {
    const { exit, out } = await countersign(["--version"]);
    expect(exit).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("a command line that is not understood", () => {
  it.each([
    [["colect"], "collect"],
    [["policy", "chek"], "check"],
    [["assess", "--fron", "x"], "--from"],
    [["access", "whocan", "kv/a"], "who-can"],
  ])("is exit 2 with a suggestion: %j", async (args, meant) => {
    const { exit, out, err } = await countersign(args);
    expect(exit).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(meant);
  });

  it.each([
    [["access", "who-can"]],
    [["access", "path", "ada"]],
    [["report", "--page", "a5"]],
    [["report", "--out"]],
    [["assess", "more"]],
    [["assess", "--history", "many"]],
    [["report", "--history", "401"]],
    [["init", "--mount", "kv"]],
    [["access", "who-can", "kv/a", "--action", "steal"]],
  ])("is exit 2: %j", async (args) => {
    const { exit, err } = await countersign(args, { cwd: directory });
    expect(exit).toBe(2);
    expect(err).toMatch(/^countersign: E_USAGE: [a-z]/);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("says what was perhaps meant as what to do", async () => {
    const { err } = await countersign(["colect"], { cwd: directory });
    expect(err).toBe("countersign: E_USAGE: unknown command 'colect'\n  fix: Did you mean collect?\n");
  });

  it("is told as JSON where that was asked for", async () => {
    const { exit, out } = await countersign(["colect", "--json"]);
    expect(exit).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: "E_USAGE", exit: 2 });
  });
});

describe("a world file", () => {
  const run = (...args: string[]) => countersign(["access", "simulate", ...args], { cwd: directory });

  it("as documented is answered as documented, from a file and from standard input", async () => {
    const page = await readFile(join(ROOT, "docs/world-format.md"), "utf8");
    const [world = "", answers = ""] = [...page.matchAll(/```json\n([^`]*)```/g)].map(
      ([, block]) => block ?? "",
    );
    await writeFile(join(directory, "world.json"), world);
    const { exit, out, err } = await run("world.json");
    expect({ exit, out, err }).toEqual({ exit: 0, out: answers, err: "" });
    const piped = await countersign(["access", "simulate", "-", "--json"], { cwd: directory, input: world });
    expect(piped.out).toBe(answers);
  });

  it.each([
    ["no JSON", "{", /world|JSON/],
    ["another provider", '{"format":"countersign-world/1","provider":"azure"}', /provider|hashicorp/],
  ])("that is %s is E_WORLD, exit 2", async (_what, text, message) => {
    await writeFile(join(directory, "broken.json"), text);
    const { exit, out, err } = await run("broken.json", "--json");
    expect(exit).toBe(2);
    expect(err).toMatch(message);
    expect(JSON.parse(out)).toMatchObject({ error: "E_WORLD", exit: 2 });
  });

  it("that is not there is E_NOT_FOUND, exit 2", async () => {
    const { exit, err } = await run("nowhere.json");
    expect(exit).toBe(2);
    expect(err).toContain("E_NOT_FOUND");
  });
});

describe("the example in a state directory of its own", () => {
  let config = "";
  let snapshot = "";
  beforeAll(async () => {
    config = join(ROOT, "examples/vault/countersign.yaml");
    await mkdir(join(directory, "state/snapshots"), { recursive: true });
    [snapshot = ""] = await listSnapshots(join(ROOT, "examples/vault/snapshots"));
    await symlink(
      join(ROOT, "examples/vault/snapshots", snapshot),
      join(directory, "state/snapshots", snapshot),
    );
  });

  const run = (...args: string[]) => countersign(args, { cwd: directory, env: ENV });
  /** Named, so that it does not matter when this machine thinks that it was recorded. */
  const judged = (...args: string[]) => run(...args, "-c", config, "--from", snapshot);

  it.each([
    ["assess", [1, 3]],
    ["report", [1, 3]],
  ])("%s --json is one JSON document with the exit codes that apply", async (command, exits) => {
    const { exit, out, err } = await judged(command, "--json");
    expect(err).toBe("");
    const verdict = JSON.parse(out) as { exits: number[]; exit: number; summary: { gap_count: number } };
    expect(verdict.exits).toEqual(exits);
    expect(verdict.exit).toBe(exit);
    expect(exit).toBe(1);
    expect(verdict.summary.gap_count).toBeGreaterThan(0);
  });

  it("assess says the same each time", async () => {
    const [one, two] = [await judged("assess", "--json"), await judged("assess", "--json")];
    expect(two.out).toBe(one.out);
  });

  it.each([
    ["access who-can", ["access", "who-can", "cards/acquirer/coastal-trust"]],
    ["access what-can", ["access", "what-can", "auth/approle/role/ticket-sync"]],
    ["access path", ["access", "path", "auth/approle/role/ticket-sync", "cards/acquirer/coastal-trust"]],
  ])("%s answers as a table and as JSON", async (_name, args) => {
    const text = await judged(...args);
    const json = await judged(...args, "--json");
    expect([text.exit, json.exit]).toEqual([json.exit, text.exit]);
    expect(JSON.parse(json.out)).toHaveProperty("grants");
    expect(text.out).not.toBe("");
  });

  it("says what comes near where a name is not exact", async () => {
    const { exit, out, err } = await judged("access", "who-can", "database", "--json");
    expect(exit).toBe(2);
    expect(err).toContain("Give the id of the one that is meant");
    expect(JSON.parse(out)).toMatchObject({ error: "E_AMBIGUOUS" });
  });

  it.each(["data", "metadata"])(
    "says what a path of requests, with %s/ behind the mount, names",
    async (folder) => {
      const { exit, err } = await judged("access", "who-can", `cards/${folder}/acquirer/coastal-trust`);
      expect(exit).toBe(2);
      expect(err).toMatch(/E_NOT_FOUND.*got 0/);
      expect(err).toMatch(
        /name is without data\/ or metadata\/. Say which: [^ ,]*:cards\/acquirer\/coastal-trust\.$/m,
      );
    },
  );

  it("knows the tokens that findings name, as those of their identity", async () => {
    const { facts } = await openExample();
    const known = new Map(facts.of("principal").map(({ native_id, id }) => [native_id, id]));
    const token = facts.of("token").find(({ entity_id = "" }) => known.has(entity_id));
    const holder = known.get(token?.entity_id ?? "");
    const { out, err } = await run("access", "what-can", token?.id ?? "", "-c", config, "--json");
    expect(JSON.parse(out)).toMatchObject({ principal: holder });
    expect(err).toContain(`${token?.id} is a token of ${holder}`);
  });

  it("policy list and doctor answer as JSON", async () => {
    const list = await run("policy", "list", "--json");
    expect((JSON.parse(list.out) as { policies: unknown[] }).policies.length).toBeGreaterThan(15);
    const doctor = await run("doctor", "-c", config, "--json");
    const { checks, exit } = JSON.parse(doctor.out) as { checks: { name: string }[]; exit: number };
    expect(doctor.exit).toBe(exit);
    expect(checks.map(({ name }) => name)).toContain("source vault-production");
  });

  it("init prints the policy, and leaves a configuration as it is", async () => {
    const first = await run("init", "--mount", "kv=kv2", "--json");
    expect(JSON.parse(first.out)).toMatchObject({ written: true });
    const second = await run("init", "--mount", "kv=kv2");
    expect(second.err).toContain("as it is");
    expect(second.out).toContain('path "kv/metadata/*"');
    expect(second.out).not.toContain("kv/data");
  });

  it("prints no escape, and nothing but results on standard output, where it is piped", async () => {
    for (const args of [
      ["assess", "-c", config],
      ["policy", "list"],
      ["doctor", "-c", config],
      ["--help"],
      ["colect"],
    ]) {
      const { out, err } = await countersign(args, {
        cwd: directory,
        env: { ...ENV, TERM: "xterm-256color" },
      });
      expect(out + err, args.join(" ")).not.toContain("\u001b");
    }
  });

  it("ends quietly where the reader of a pipe has gone", async () => {
    const { exit, err } = await countersign(["policy", "list"], {
      cwd: directory,
      shell: '"$@" | head -n 1 >/dev/null',
    });
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
  });

  it("keeps its verdict where the reader of a pipe has gone", async () => {
    const { err } = await countersign(["doctor", "-c", "nowhere.yaml"], {
      cwd: directory,
      shell: '{ "$@"; echo "exit $?" >&2; } | true',
    });
    expect(err).toBe("exit 2\n");
  });

  it.runIf(existsSync("/dev/full"))("says that standard output cannot be written", async () => {
    const { exit, err } = await countersign(["policy", "list"], {
      cwd: directory,
      shell: '"$@" > /dev/full',
    });
    expect(exit).toBe(5);
    expect(err).toContain("E_DISK: expected to write standard output, got ENOSPC");
  });
});
