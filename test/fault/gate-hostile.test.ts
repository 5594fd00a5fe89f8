import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countersign, type Ended, type SpawnOptions } from "../cli/process.ts";

const SLOW = process.env["SLOW"] === "1";
const MANY_FILES = SLOW ? 100_000 : 10_000;

/** What each run may take of the heap, and by the clock on a busy machine. */
const BOUNDS = { NODE_OPTIONS: "--max-old-space-size=1024" };
const MOST_MS = SLOW ? 240_000 : 60_000;

const READER = 'path "kv/data/app" {\n  capabilities = ["read"]\n}\n';
const manifest = (name: string): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n`;

interface Told {
  readonly exit: number;
  readonly file_count: number;
  readonly findings: readonly { readonly policy_id: string; readonly outcome: string }[];
  readonly unread: readonly { readonly path: string; readonly reason: string; readonly detail: string }[];
}

/** Nobody is refused anything as root: the run is another user's then. */
function asNobody(): SpawnOptions {
  return process.getuid?.() === 0
    ? { shell: 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' }
    : {};
}

describe("the gate on hostile input", () => {
  let root: string;
  let place: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "countersign-hostile-"));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => {
    place = mkdtempSync(join(root, "case-"));
  });

  const put = (name: string, content: string | Uint8Array): void => {
    writeFileSync(join(place, name), content);
  };
  const run = (args: readonly string[], options: SpawnOptions = {}): Promise<Ended> =>
    countersign(["gate", ...args], { cwd: place, ...options, env: { ...BOUNDS, ...options.env } });

  /** The verdict; it says as what the process ended, and ends in time. */
  async function judged(args: readonly string[] = ["."], options: SpawnOptions = {}): Promise<Told> {
    const begin = performance.now();
    const { exit, out, err } = await run([...args, "--json"], options);
    expect(performance.now() - begin).toBeLessThan(MOST_MS);
    expect(out, err).not.toBe("");
    const told = JSON.parse(out) as Told;
    expect(told.exit).toBe(exit);
    return told;
  }

  it("tells a file above the limit, and does not read it", async () => {
    put("plan.json", "");
    truncateSync(join(place, "plan.json"), 200 * 1024 * 1024);
    put("reader.hcl", READER);
    expect(await judged()).toMatchObject({ exit: 3, unread: [{ path: "plan.json", reason: "limit" }] });
  });

  it.each([
    [
      "deep nesting in JSON",
      "deep.template.json",
      `{"AWSTemplateFormatVersion": "2010-09-09", "Resources": ${"[".repeat(100_000)}`,
    ],
    ["deep nesting in YAML", "deep.yaml", `${manifest("a")}data: ${"[".repeat(100_000)}`],
    ["an alias within itself", "cyclic.yaml", `${manifest("a")}data: &a\n  b: *a\n`],
    [
      "aliases that multiply",
      "bomb.yaml",
      `${manifest("a")}x0: &x0 [1,1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 12 }, (_, n) => `x${n + 1}: &x${n + 1} [${Array(10).fill(`*x${n}`).join(",")}]\n`).join("")}`,
    ],
  ])("tells %s", async (_what, name, text) => {
    put(name, text);
    expect(await judged()).toMatchObject({ exit: 3, unread: [{ path: name }] });
  });

  it.each([
    ["zeros", "Dockerfile", Buffer.from("FROM a\0b\n")],
    ["other bytes than UTF-8", "secret.yaml", Buffer.from(`${manifest("a")}  x: \xff\xfe\n`, "latin1")],
    ["UTF-16 that does not say so", "secret.yaml", Buffer.from(manifest("a"), "utf16le")],
    [
      "half a character in UTF-16",
      "secret.yaml",
      Buffer.concat([Buffer.from(`\uFEFF${manifest("a")}`, "utf16le"), Buffer.of(0x00, 0xd8)]),
    ],
  ])("tells %s in what would be judged", async (_what, name, bytes) => {
    put(name, bytes);
    put("reader.hcl", READER);
    expect(await judged()).toMatchObject({ exit: 3, unread: [{ path: name, reason: "malformed" }] });
  });

  it("searches text of another encoding that is no input, and leaves pictures alone", async () => {
    put("legacy.ts", Buffer.from(`// gr\xfc\xdfe\nconst key = "AKIAQZZZZZZZB2C3D4E5";\n`, "latin1"));
    put("picture.png", Buffer.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1));
    const told = await judged();
    expect(told).toMatchObject({ exit: 1, unread: [] });
    expect(told.findings.map(({ policy_id }) => policy_id)).toEqual(["credential_written"]);
  });

  it("follows no link: not in circles, not out of the tree", async () => {
    put("reader.hcl", READER);
    mkdirSync(join(place, "below"));
    symlinkSync("..", join(place, "below", "up"));
    symlinkSync(".", join(place, "self"));
    symlinkSync("/etc", join(place, "etc"));
    symlinkSync("/etc/passwd", join(place, "passwd.yaml"));
    const told = await judged();
    expect(told).toMatchObject({ exit: 3, file_count: 1, findings: [] });
    // What lies out of the tree is unread; circles within it lead to nothing that is not looked at.
    expect(told.unread.map(({ path }) => path)).toEqual(["etc", "passwd.yaml"]);
  });

  it.each([
    [
      "a link",
      (path: string) => {
        symlinkSync("/etc/passwd", path);
      },
      "got a symbolic link",
    ],
    [
      "a pipe",
      (path: string) => {
        execFileSync("mkfifo", [path]);
      },
      "got something else",
    ],
    ["a device", undefined, "got something else"],
  ])("tells %s that is named", async (_what, make, got) => {
    const path = make === undefined ? "/dev/zero" : "named.yaml";
    make?.(join(place, path));
    put("reader.hcl", READER);
    const told = await judged([path, "reader.hcl"]);
    expect(told).toMatchObject({ exit: 3, unread: [{ path, reason: "unsupported" }] });
    expect(told.unread[0]?.detail).toContain(got);
  });

  it("tells a directory that may not be read", async () => {
    put("reader.hcl", READER);
    mkdirSync(join(place, "closed"));
    chmodSync(join(place, "closed"), 0o000);
    chmodSync(place, 0o755);
    chmodSync(root, 0o755);
    const told = await judged(["."], asNobody());
    expect(told).toMatchObject({ exit: 3, unread: [{ path: "closed", reason: "denied" }] });
  });

  it("tells a file that is gone when it is read", async () => {
    for (let n = 0; n < 5000; n += 1) put(`${String(n).padStart(5, "0")}.txt`, READER);
    put("reader.hcl", READER);
    const gone = async (): Promise<void> => {
      await sleep(300);
      for (const name of readdirSync(place))
        if (name > "02" && name !== "reader.hcl") rmSync(join(place, name), { force: true });
    };
    let taken: Promise<void> | undefined;
    const told = await judged(["."], {
      started: () => {
        taken = gone();
      },
    });
    await taken;
    // Whether it was listed before is a matter of time: what was is judged or told, and nothing is a fault of ours.
    expect([0, 3]).toContain(told.exit);
    expect(told.exit === 3).toBe(told.unread.length > 0);
  });

  it("tells a file that changes while it is read", async () => {
    put("reader.hcl", READER);
    // Large enough that reading it takes longer than writing to it.
    put("grows.txt", "");
    truncateSync(join(place, "grows.txt"), 100 * 1024 * 1024);
    const writer = spawn("/bin/sh", ["-c", "while :; do echo more >> grows.txt; done"], { cwd: place });
    try {
      const told = await judged();
      expect(told).toMatchObject({ exit: 3, unread: [{ path: "grows.txt" }] });
      expect(told.unread[0]?.detail).toContain("changed while it was read");
    } finally {
      writer.kill("SIGKILL");
      await once(writer, "close");
    }
  });

  it("tells a file that may not be read", async () => {
    put("reader.hcl", READER);
    put("closed.hcl", READER);
    chmodSync(join(place, "closed.hcl"), 0o000);
    chmodSync(place, 0o755);
    chmodSync(root, 0o755);
    const told = await judged(["."], asNobody());
    expect(told).toMatchObject({ exit: 3, unread: [{ path: "closed.hcl", reason: "denied" }] });
  });

  it("takes thousands of paths, each once", async () => {
    const names = Array.from({ length: 5000 }, (_, n) => `t${n}.txt`);
    for (const name of names) put(name, "text\n");
    put("reader.hcl", READER);
    const told = await judged([...names, ...names, "."]);
    // Each was named, and is of no format.
    expect(told).toMatchObject({ exit: 3, file_count: 5001 });
    expect(told.unread).toHaveLength(5000);
  });

  it("lets no name write a line of its own", async () => {
    const name = "x\n::error::forged\u001b[31m\u202e.hcl";
    put(name, 'path "*" {\n  capabilities = ["sudo", "read"]\n}\n');
    for (const output of ["text", "github", "markdown", "junit"]) {
      const { exit, out, err } = await run([".", "--output", output]);
      expect(exit).toBe(1);
      expect(out + err).not.toMatch(/^::error::forged/m);
      expect(out + err).not.toMatch(/[\u001b\u202e]/);
    }
  });

  it("decides nothing from what is known only after apply", async () => {
    const change = {
      actions: ["create"],
      before: null,
      after: { name: "a" },
      after_unknown: { id: true, kms_key_id: true, policy: true },
    };
    const of = {
      address: "aws_secretsmanager_secret.a",
      mode: "managed",
      type: "aws_secretsmanager_secret",
      name: "a",
    };
    const provider_name = "registry.terraform.io/hashicorp/aws";
    const expressions = { name: { constant_value: "a" }, kms_key_id: { references: ["var.key"] } };
    const configuration = {
      root_module: { resources: [{ ...of, provider_config_key: "aws", expressions }] },
    };
    const plan = {
      format_version: "1.2",
      resource_changes: [{ ...of, provider_name, change }],
      configuration,
    };
    put("plan.json", JSON.stringify(plan));
    const { findings } = await judged(["plan.json"]);
    const ofKey = findings.filter(({ policy_id }) => policy_id === "customer_key_missing");
    expect(ofKey).toMatchObject([{ outcome: "undetermined" }]);
  });

  it(`looks at ${MANY_FILES} files`, async () => {
    for (let n = 0; n < MANY_FILES; n += 1) {
      if (n % 1000 === 0) mkdirSync(join(place, `d${n / 1000}`));
      put(`d${Math.floor(n / 1000)}/f${n}.txt`, `text ${n}\n`);
    }
    put("reader.hcl", READER);
    expect(await judged()).toMatchObject({ exit: 0, file_count: MANY_FILES + 1 });
  });

  it("needs no home, no place for temporary files and nothing that can be written", async () => {
    put("reader.hcl", READER);
    chmodSync(place, 0o555);
    const env = { HOME: "", TMPDIR: "/proc/none", XDG_CACHE_HOME: "/proc/none" };
    expect(await judged(["."], { env })).toMatchObject({ exit: 0 });
    expect(readdirSync(place)).toEqual(["reader.hcl"]);
  });

  it("keeps its verdict where nobody reads it", async () => {
    put("open.hcl", 'path "*" {\n  capabilities = ["sudo", "read"]\n}\n');
    const { exit, err } = await run(["."], { started: ({ stdout }) => void stdout?.destroy() });
    expect({ exit, err }).toEqual({ exit: 1, err: "" });
  });

  it("stops when it is interrupted", async () => {
    for (let n = 0; n < 20_000; n += 1) {
      if (n % 1000 === 0) mkdirSync(join(place, `d${n / 1000}`));
      put(`d${Math.floor(n / 1000)}/f${n}.hcl`, READER.replace("app", `app${n}`));
    }
    const { exit, err } = await run(["."], {
      started: (child) => void sleep(900).then(() => child.kill("SIGINT")),
    });
    expect({ exit, err }).toEqual({ exit: 130, err: expect.stringContaining("E_INTERRUPTED") as string });
  });
});

describe("the gate on hostile repositories", () => {
  let place: string;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "countersign-repository-"));
    git("init", "-q", "-b", "main");
    writeFileSync(join(place, "reader.hcl"), READER);
    commit();
    commit();
  });
  afterEach(() => {
    rmSync(place, { recursive: true, force: true });
  });

  function git(...args: string[]): void {
    const who = ["-c", "user.name=Kim", "-c", "user.email=kim@example.org", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...who, ...args], { cwd: place, env: { PATH: process.env["PATH"] } });
  }

  function commit(): void {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", "x");
  }

  const run = (args: readonly string[], options: SpawnOptions = {}): Promise<Ended> =>
    countersign(["gate", ...args], { cwd: place, ...options, env: { ...BOUNDS, ...options.env } });

  it.each(["--base", "--since"])(
    "says what to do where a shallow clone lacks the commit of %s",
    async (option) => {
      git("clone", "-q", "--depth", "1", `file://${place}`, "shallow");
      const { exit, out, err } = await run([".", option, "HEAD~1"], { cwd: join(place, "shallow") });
      expect({ exit, out }).toEqual({ exit: 2, out: "" });
      expect(err).toContain(`expected ${option} to name a commit of this clone, got "HEAD~1"`);
      expect(err).toContain("fetch-depth: 0");
    },
  );

  it("says that a bare repository has no files", async () => {
    git("clone", "-q", "--bare", place, "bare.git");
    const { exit, out, err } = await run([".", "--base", "HEAD"], { cwd: join(place, "bare.git") });
    expect({ exit, out }).toEqual({ exit: 5, out: "" });
    expect(err).toContain("must be run in a work tree");
  });

  it("needs git for what is asked of it alone", async () => {
    const env = { PATH: "/nowhere" };
    expect((await run(["."], { env })).exit).toBe(0);
    for (const args of [
      [".", "--base", "HEAD"],
      ["--staged"],
      [".", "--since", "HEAD"],
      [".", "--history"],
    ]) {
      const { exit, err } = await run(args, { env });
      expect({ args, exit }).toEqual({ args, exit: 5 });
      expect(err).toContain("no program called git");
    }
  });

  it("judges by the base's own rules where nothing may be written", async () => {
    const rule = 'package main\nimport rego.v1\ndeny contains "no" if input.never\n';
    writeFileSync(join(place, "own.rego"), rule);
    commit();
    writeFileSync(join(place, "own.rego"), rule.replace("no", "yes"));
    chmodSync(place, 0o555);
    const env = { HOME: "", TMPDIR: "/proc/none", XDG_CACHE_HOME: "/proc/none" };
    const { exit, err } = await run([".", "--base", "HEAD", "--policy", "own.rego", "--fail-on", "high"], {
      env,
    });
    chmodSync(place, 0o755);
    // The change of the rules is a finding, and nothing failed.
    expect({ exit, err }).toEqual({ exit: 1, err: "" });
  });

  it("leaves to the base what a kustomization has from it that did not change", async () => {
    mkdirSync(join(place, "base"));
    mkdirSync(join(place, "overlay"));
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";
    writeFileSync(join(place, "base", "a.yaml"), namespace);
    writeFileSync(join(place, "base", "kustomization.yaml"), "resources: [a.yaml]\n");
    commit();
    writeFileSync(join(place, "overlay", "kustomization.yaml"), "resources: [../base]\n");
    git("add", "-A");
    expect((await run(["--staged"])).exit).toBe(0);
    expect((await run(["."])).exit).toBe(0);
    expect((await run(["overlay"])).exit).toBe(3);
  });
});
