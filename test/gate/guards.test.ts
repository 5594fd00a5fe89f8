import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runGate, type GateOptions } from "../../src/cli/gating.ts";
import type { Environment } from "../../src/cli/environment.ts";
import type { Verdict } from "../../src/gate/index.ts";
import { ALNUM, made } from "../secret-scan/made.ts";

vi.mock("../../src/gate/formats/index.ts", async () => ({
  FORMATS: [(await import("./fake-format.ts")).FAKE],
}));

const OPEN = "secret prod/db {\n  rotation off\n  policy everyone\n}\n";
const WAIVER = 'countersign:waive public_access until=2027-01-31 reason="moves in January"';

let directory: string;
let summary: string;
const said: string[] = [];

const write = async (name: string, text: string): Promise<void> => {
  await mkdir(dirname(join(directory, name)), { recursive: true });
  await writeFile(join(directory, name), text);
};
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
    cwd: directory,
    encoding: "utf8",
  });
const commit = (): void => {
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-qm", "base");
};

function environment(env: Environment["env"] = {}, columns?: number): Environment {
  return {
    env,
    cwd: directory,
    terminal: {
      out: (text: unknown) => said.push(String(text)),
      err: (text: string) => said.push(text),
      interactive: false,
      ...(columns === undefined ? {} : { columns }),
    },
    ports: {
      clock: { now: () => new Date("2026-11-27T12:00:00Z") },
      random: () => 0,
      sleep: () => Promise.resolve(),
    },
    signal: new AbortController().signal,
  } as unknown as Environment;
}

async function judge(options: Partial<GateOptions> = {}): Promise<Verdict> {
  said.length = 0;
  const exit = await runGate(environment(), ["."], { failOn: "low", json: true, ...options });
  const verdict = JSON.parse(said.join("")) as Verdict;
  expect(verdict.exit).toBe(exit);
  return verdict;
}

const states = ({ findings }: Verdict): Record<string, string> =>
  Object.fromEntries(
    findings
      .filter(({ policy_id }) => ["public_access", "rotation_not_configured"].includes(policy_id))
      .map(({ policy_id, state }) => [policy_id, state]),
  );
const notices = ({ notices: all }: Verdict): string[] =>
  all.map(({ kind, place }) => `${kind} ${place?.file ?? ""}:${place?.line ?? ""}`);
const guards = ({ findings }: Verdict): string[] =>
  findings
    .filter(({ format }) => format === "guard")
    .map(
      ({ policy_id, message, place, state }) =>
        `${policy_id} ${place.file}:${place.line} ${state} ${message}`,
    );

beforeAll(async () => {
  summary = join(await mkdtemp(join(tmpdir(), "countersign-summary-")), "summary.md");
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-gate-"));
  await write("deploy/db.fake", OPEN);
});
afterAll(async () => {
  await rm(dirname(summary), { recursive: true });
});

describe("inline waivers", () => {
  it("says that there are findings without one", async () => {
    const verdict = await judge();
    expect(states(verdict)).toEqual({ public_access: "new", rotation_not_configured: "new" });
    expect(verdict.exit).toBe(1);
    expect(verdict.guards).toEqual({ from: "change", max_waiver_days: 180 });
  });

  it.each([
    ["in the block", `secret prod/db {\n  # ${WAIVER}\n  rotation off\n  policy everyone\n}\n`],
    [
      "on the line",
      `secret prod/db { \n  rotation off\n  policy everyone -- ${WAIVER}\n}\n`.replace("{ \n", "{\n"),
    ],
    ["above", `// ${WAIVER}\n# and more is said of it\n${OPEN}`],
    ["above, as a C comment", `/* ${WAIVER} */\n${OPEN}`],
    ["with CRLF", `# ${WAIVER}\r\n${OPEN}`],
  ])("hold %s", async (_, text) => {
    await write("deploy/db.fake", text);
    const verdict = await judge();
    expect(states(verdict)).toEqual({ public_access: "waived", rotation_not_configured: "new" });
    expect(verdict.notices).toEqual([]);
    const waived = verdict.findings.find(({ state }) => state === "waived");
    expect(waived?.waiver).toMatchObject({ reason: "moves in January", until: "2027-01-31" });
  });

  it.each([
    ["expired", 'waive public_access until=2026-11-26 reason="long ago"', "waiver_expired"],
    ["of another policy", 'waive unused_secret until=2027-01-31 reason="is used"', "waiver_unmatched"],
    ["too long", 'waive public_access until=2027-11-26 reason="some day"', "waiver_too_long"],
    ["without an end", 'waive public_access reason="no end"', "waiver_malformed"],
    ["without a reason", "waive public_access until=2027-01-31", "waiver_malformed"],
    ["with an empty reason", 'waive public_access until=2027-01-31 reason=" "', "waiver_malformed"],
    ["of a day that is none", 'waive public_access until=2027-02-30 reason="winter"', "waiver_malformed"],
    ["of all policies", 'waive * until=2027-01-31 reason="all of it"', "waiver_malformed"],
  ])("that are %s are told and waive nothing", async (_, text, kind) => {
    await write("deploy/db.fake", `# countersign:${text}\n${OPEN}`);
    const verdict = await judge();
    expect(notices(verdict)).toEqual([`${kind} deploy/db.fake:1`]);
    expect(states(verdict)["public_access"]).toBe("new");
  });

  it("hold on their last day", async () => {
    await write("deploy/db.fake", `# ${WAIVER.replace("2027-01-31", "2026-11-27")}\n${OPEN}`);
    expect(states(await judge())["public_access"]).toBe("waived");
  });

  it("of a block do not reach the next one", async () => {
    const other = OPEN.replace("prod/db", "prod/other");
    await write("deploy/db.fake", `# ${WAIVER}\n${OPEN}\n${other}`);
    const { findings } = await judge();
    const found = findings.filter(({ policy_id }) => policy_id === "public_access");
    expect(found.map(({ subject, state }) => `${subject.address} ${state}`)).toEqual([
      "secret.prod/db waived",
      "secret.prod/other new",
    ]);
  });

  it("hold for what is undetermined as well", async () => {
    const text = WAIVER.replace("public_access", "rotation_not_configured");
    await write("deploy/db.fake", `# ${text}\n${OPEN.replace("off", "unknown")}`);
    const found = (await judge()).findings.find(({ policy_id }) => policy_id === "rotation_not_configured");
    expect([found?.outcome, found?.state]).toEqual(["undetermined", "waived"]);
  });
});

describe("credentials in files of no format", () => {
  // Put together, so that nobody takes it for one that was left here.
  const KEY = ["ghp", made(ALNUM, 36)].join("_");

  it("are waived beside them, and their lines are not shown", async () => {
    const found = async (text: string) => {
      await write("setup.py", text);
      const { findings } = await judge();
      return findings.filter(({ place }) => place.file === "setup.py");
    };
    const [open] = await found(`a = 1\nb = "${KEY}"\n`);
    expect([open?.policy_id, open?.state, open?.source_line, open?.line_hash]).toEqual([
      ...["credential_written", "new", undefined, undefined],
    ]);
    expect(said.join("")).not.toContain(KEY);
    const [waivedOne] = await found(
      `# ${WAIVER.replace("public_access", "credential_written")}\nb = "${KEY}"\n`,
    );
    expect(waivedOne?.state).toBe("waived");
  });
});

describe("a baseline", () => {
  it("knows what it was written of, whatever moves, and tells what it knows in vain", async () => {
    await judge({ writeBaseline: "known.json" });
    const text = await readFile(join(directory, "known.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ format: "countersign-baseline/1" });
    const prints = [...text.matchAll(/^ {4}\{"fingerprint":"([0-9a-f]{64})",.*\},?$/gm)].map(
      ([, one]) => one,
    );
    expect(prints.length).toBeGreaterThanOrEqual(2);
    expect(prints).toEqual(prints.toSorted());
    expect(text).not.toMatch(/"(line|column|message)/);
    await write("deploy/db.fake", `# moved\n\n${OPEN}`);
    const moved = await judge({ baseline: "known.json" });
    expect(states(moved)).toEqual({ public_access: "baseline", rotation_not_configured: "baseline" });
    expect([moved.exit, moved.notices]).toEqual([0, []]);
    await write("deploy/db.fake", OPEN.replace("  policy everyone\n", "").replace("off", "on"));
    const mended = await judge({ baseline: "known.json" });
    expect(mended.notices.filter(({ kind }) => kind === "baseline_unmatched").length).toBeGreaterThanOrEqual(
      2,
    );
    await write("deploy/db.fake", OPEN + OPEN.replace("prod/db", "prod/new"));
    expect((await judge({ baseline: "known.json" })).exit).toBe(1);
  });

  it("does not know the same in another file", async () => {
    await judge({ writeBaseline: "known.json" });
    await write("deploy/copy.fake", OPEN);
    const { findings } = await judge({ baseline: "known.json" });
    const found = findings.filter(({ policy_id }) => policy_id === "public_access");
    expect(found.map(({ place, state }) => `${place.file} ${state}`)).toEqual([
      "deploy/copy.fake new",
      "deploy/db.fake baseline",
    ]);
  });

  it("that knows something undetermined does not know the violation", async () => {
    await write("deploy/db.fake", OPEN.replace("off", "unknown"));
    await judge({ writeBaseline: "known.json" });
    await write("deploy/db.fake", OPEN);
    expect(states(await judge({ baseline: "known.json" }))).toEqual({
      public_access: "baseline",
      rotation_not_configured: "new",
    });
  });

  it.each(["", "[]", '{"format": "countersign-baseline/2", "findings": []}'])(
    "is refused as %j",
    async (text) => {
      await write("known.json", text);
      await expect(judge({ baseline: "known.json" })).rejects.toMatchObject({ code: "E_INPUT" });
    },
  );

  it("that is not there is an error", async () => {
    await expect(judge({ baseline: "known.json" })).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});

const CONFIG = "version: 1\nsources:\n  v: { connector: hashicorp, address: 'http://127.0.0.1:1' }\n";

describe("a base", () => {
  it("keeps a change from waiving itself, and tells that it would", async () => {
    commit();
    await write("deploy/db.fake", `# ${WAIVER}\n${OPEN}`);
    const verdict = await judge({ base: "main" });
    expect(states(verdict)["public_access"]).toBe("new");
    expect(notices(verdict)).toEqual(["waiver_untrusted deploy/db.fake:1"]);
    expect(guards(verdict)).toEqual([
      "guard_loosened deploy/db.fake:1 new waiver of public_access until 2027-01-31 added: moves in January",
    ]);
    expect(verdict.guards).toEqual({ from: "base", ref: "main", max_waiver_days: 180 });
  });

  it("has the waivers that hold, where they are about the same thing", async () => {
    await write("deploy/db.fake", `# ${WAIVER}\n${OPEN}`);
    commit();
    await write("deploy/db.fake", `\n\n# ${WAIVER}\n${OPEN}`);
    const same = await judge({ base: "main" });
    expect(states(same)["public_access"]).toBe("waived");
    expect([guards(same), notices(same)]).toEqual([[], []]);
    await write("deploy/db.fake", `# ${WAIVER}\n${OPEN.replace("prod/db", "prod/other")}`);
    const moved = await judge({ base: "main" });
    expect(states(moved)["public_access"]).toBe("new");
    expect(notices(moved)).toEqual(["waiver_untrusted deploy/db.fake:1"]);
    await write("deploy/db.fake", OPEN);
    expect(guards(await judge({ base: "main" }))).toEqual([
      "guard_changed deploy/db.fake:1 new waiver of public_access until 2027-01-31 removed: moves in January",
    ]);
  });

  it("has the baseline that holds", async () => {
    await judge({ writeBaseline: "known.json" });
    const known = await readFile(join(directory, "known.json"), "utf8");
    await write("known.json", '{ "format": "countersign-baseline/1", "findings": [] }\n');
    commit();
    await write("known.json", known);
    const verdict = await judge({ base: "main", baseline: "known.json" });
    expect(states(verdict)).toEqual({ public_access: "new", rotation_not_configured: "new" });
    expect(guards(verdict)).toContain(
      "guard_loosened known.json:1 new known finding added: public_access about secret.prod/db in deploy/db.fake",
    );
  });

  it("has the configuration that holds", async () => {
    await write("countersign.yaml", `${CONFIG}gate: { max_waiver_days: 10 }\n`);
    await write("deploy/db.fake", `# ${WAIVER}\n${OPEN}`);
    commit();
    await write("countersign.yaml", `${CONFIG}gate:\n  max_waiver_days: 1000\nentity: { name: A }\n`);
    const verdict = await judge({ base: "HEAD", config: "countersign.yaml" });
    expect(verdict.guards.max_waiver_days).toBe(10);
    expect(notices(verdict)).toEqual(["waiver_too_long deploy/db.fake:1"]);
    expect(guards(verdict)).toEqual(
      [
        "guard_loosened countersign.yaml:5 new gate.max_waiver_days: 10 → 1000",
        'guard_loosened countersign.yaml:6 new entity.name: not set → "A"',
      ].map((line) => (line.includes("entity") ? line.replace("loosened", "changed") : line)),
    );
    await rm(join(directory, "countersign.yaml"));
    const gone = await judge({ base: "HEAD" });
    expect(gone.guards.max_waiver_days).toBe(10);
    expect(guards(gone).join("\n")).toContain("gate.max_waiver_days: 10 → not set");
  });

  it("has the own policies that hold", async () => {
    await write("countersign.yaml", `${CONFIG}policies: [rules]\n`);
    const rego = (message: string): string => OWN_POLICY.replace("MESSAGE", message);
    await write("rules/secret/named_well/named_well.rego", rego("as the base says"));
    await write("rules/secret/named_well/named_well_test.rego", OWN_TEST);
    commit();
    expect(guards(await judge({ base: "main" }))).toEqual([]);
    await write("rules/secret/named_well/named_well.rego", rego("as the change says"));
    const verdict = await judge({ base: "main" });
    const own = verdict.findings.find(({ policy_id }) => policy_id === "named_well");
    expect(own?.message).toBe("as the base says");
    expect(guards(verdict)).toEqual([
      "guard_loosened rules/secret/named_well/named_well.rego:1 new rules/secret/named_well/named_well.rego was changed",
    ]);
  });

  it.each(["nowhere", "--output=x", ""])("that is not there is refused: %j", async (base) => {
    commit();
    await expect(judge({ base })).rejects.toMatchObject({ code: "E_INPUT" });
  });

  it("works from a subdirectory", async () => {
    await write("deploy/db.fake", `# ${WAIVER}\n${OPEN}`);
    commit();
    const top = directory;
    directory = join(top, "deploy");
    const verdict = await judge({ base: "main" });
    expect(states(verdict)["public_access"]).toBe("waived");
    expect(guards(verdict)).toEqual([]);
    directory = top;
  });

  it("takes no example in a document for a waiver", async () => {
    await write("README.md", `Write\n\n# ${WAIVER}\n`);
    commit();
    await write("docs.md", `# ${WAIVER}\n`);
    await rm(join(directory, "README.md"));
    const verdict = await judge({ base: "main" });
    expect([guards(verdict), notices(verdict)]).toEqual([[], []]);
  });
});

const OWN_POLICY = `# METADATA
# title: Secret is not named well
# description: A test.
# schemas:
#   - input: schema.secret
# custom:
#   severity: low
#   needs: [secret]
#   rests_on_absence: false
#   families: []
#   remediation:
#     any: Name it well.
#   sources:
#     - A test
package countersign.secret.named_well

applicable if true

compliant if input.subject.name == "well"

violations contains {"actual": input.subject.name, "expected": "well", "message": "MESSAGE"} if {
\tinput.subject.name != "well"
}
`;

const OWN_TEST = `package countersign.secret.named_well_test

import data.countersign.secret.named_well

test_name if {
\tcount(named_well.violations) == 1 with input.subject as {"kind": "secret", "id": "a", "name": "a"}
\tnamed_well.compliant with input.subject as {"kind": "secret", "id": "a", "name": "well"}
}

test_applicable if named_well.applicable
`;

describe("outputs", () => {
  it("go to files and to standard output at once", async () => {
    said.length = 0;
    const output = ["text", "sarif=out/gate.sarif", "junit=out/gate.xml"];
    await runGate(environment(), ["."], { failOn: "low", output });
    expect(said.join("")).toContain("Fail: violations");
    expect(said.join("")).not.toContain("\u001b");
    expect(JSON.parse(await readFile(join(directory, "out/gate.sarif"), "utf8"))).toMatchObject({
      version: "2.1.0",
    });
    expect(await readFile(join(directory, "out/gate.xml"), "utf8")).toContain("<testsuites ");
    said.length = 0;
    await runGate(environment({}, 100), ["."], { failOn: "low", output: ["json=gate.json"] });
    expect(said).toEqual(["Fail: violations of severity low or above.\n"]);
    await runGate(environment({}, 100), ["."], { failOn: "low" });
    expect(said.join("")).toContain("\u001b[");
  });

  it("tell the rest in the summary of a job", async () => {
    await writeFile(summary, "before\n");
    said.length = 0;
    await runGate(environment({ GITHUB_STEP_SUMMARY: summary }), ["."], {
      failOn: "low",
      output: ["github"],
    });
    expect(said.join("")).toMatch(/^::error file=deploy\/db.fake,line=\d+,/m);
    expect(await readFile(summary, "utf8")).toMatch(
      /^before\n<!-- countersign-gate -->\n### countersign gate/,
    );
  });

  it.each([[["text", "json"]], [["xml"]], [["sarif="]]])("refuses %j", async (output) => {
    await expect(runGate(environment(), ["."], { failOn: "low", output })).rejects.toMatchObject({
      code: "E_USAGE",
    });
  });
});
