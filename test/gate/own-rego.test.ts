import { describe, expect, it } from "vitest";
import { judgeOwnRego, mergedData, type GateFinding, type Verdict } from "../../src/gate/index.ts";
import { rendered } from "../../src/gate/output/index.ts";
import { OwnAsker, compileOwnRego } from "../../src/policy/index.ts";
import { OWN_BUILTINS, sprintf } from "../../src/policy/own-builtins.ts";
import { ownCase } from "./own-rego-run.ts";

const ANY = `package main\n\ndeny contains "found" if input.a\n`;

function lines(findings: readonly GateFinding[]): string[] {
  return findings.map(
    ({ place, severity, outcome, state, policy_id, message, subject }) =>
      `${place.file}:${place.line} ${severity} ${outcome} ${state} ${policy_id} ${subject.address}: ${message}`,
  );
}

describe("own rules that would judge nothing", () => {
  it("refuses a namespace without rules, and says which there are", async () => {
    const policies = {
      "a.rego": `package team\n\ndeny contains "x" if input.a\n`,
      "b.rego": `package main\n\nhelp := 1\n`,
    };
    await expect(ownCase({ policies, inputs: { "a.yaml": "a: 1\n" } })).rejects.toMatchObject({
      code: "E_POLICY",
      message: expect.stringContaining("namespace main, got no such rule") as string,
      fix: expect.stringContaining("Rules are in team") as string,
    });
  });
  it("refuses a pattern that no namespace fits", async () => {
    const own = {
      policies: { "a.rego": ANY },
      inputs: { "a.yaml": "a: 1\n" },
      request: { namespaces: ["main", "team.*"] },
    };
    await expect(ownCase(own)).rejects.toMatchObject({ code: "E_POLICY" });
  });
  it("refuses files without any rule that decides", async () => {
    await expect(
      compileOwnRego({ "a.rego": `package main\n\nexception contains ["x"]\n` }),
    ).rejects.toMatchObject({
      code: "E_POLICY",
    });
  });
  it("refuses rules that decide in a file of tests", async () => {
    const files = { "a.rego": ANY, "a_test.rego": `package main\n\ndeny contains "never asked"\n` };
    await expect(compileOwnRego(files)).rejects.toMatchObject({
      code: "E_POLICY",
      location: { file: "a_test.rego", line: 3 },
    });
  });
  it("takes a rule that is no set for a fault, where conftest takes it for a pass", async () => {
    const { findings } = await ownCase({
      policies: { "a.rego": `package main\n\ndeny if input.a\n` },
      inputs: { "a.yaml": "a: true\n" },
    });
    expect(lines(findings)).toEqual([
      "input/a.yaml:1 high error new main input/a.yaml: expected main.deny to be a set of results, got a boolean (a.rego:3), asked about input/a.yaml",
    ]);
  });
});

describe("own rules that cannot be compiled", () => {
  it.each([
    [
      "http.send",
      `deny contains "x" if http.send({"method": "get", "url": "http://127.0.0.1"}).status_code == 200`,
    ],
    ["opa.runtime", `deny contains "x" if opa.runtime().env.HOME`],
    ["time.now_ns", `deny contains "x" if time.now_ns() > 0`],
    ["parse_config", `deny contains "x" if parse_config("yaml", "a: 1").a`],
  ])("names %s with its place", async (name, rule) => {
    await expect(compileOwnRego({ "p/a.rego": `package main\n\n${rule}\n` })).rejects.toMatchObject({
      code: "E_POLICY",
      message: expect.stringContaining(`got ${name}: it reaches beyond`) as string,
      location: { file: "p/a.rego", line: 3 },
    });
  });
  it("says how rules of before Rego v1 are taken", async () => {
    await expect(
      compileOwnRego({ "a.rego": `package main\n\ndeny[msg] { msg := "x" }\n` }),
    ).rejects.toMatchObject({
      code: "E_POLICY",
      location: { file: "a.rego", line: 3 },
      fix: expect.stringContaining("--rego-version v0") as string,
    });
  });
});

describe("own rules on files", () => {
  it("places findings by what rules say, else at the document", async () => {
    const { findings } = await ownCase({
      policies: {
        "a.rego": `package main

deny contains {"msg": "told", "_loc": {"line": 2}, "severity": "critical"} if input.a == 1
deny contains {"msg": "elsewhere", "_loc": {"file": "other.tf", "line": 9}} if input.a == 1
deny contains {"msg": "far", "_loc": {"line": 999}} if input.a == 2
warn contains "plain" if input.a == 2
`,
      },
      inputs: { "a.yaml": "a: 1\nb: 2\n---\n# second\na: 2\n" },
    });
    expect(lines(findings)).toEqual([
      "other.tf:9 high violation new main/deny input/a.yaml document 1: elsewhere",
      "input/a.yaml:2 critical violation new main/deny input/a.yaml document 1: told",
      "input/a.yaml:5 high violation new main/deny input/a.yaml document 2: far",
      "input/a.yaml:5 low violation warning main/warn input/a.yaml document 2: plain",
    ]);
  });
  it("lets a file that cannot be parsed hide no other", async () => {
    const { findings, unread, notices, document_count } = await ownCase({
      policies: { "a.rego": ANY },
      inputs: {
        "a.yaml": "a: 1\n---\n[\n---\na: 2\n",
        "b.json": "{",
        "c.json": `{"a": 1}`,
        "d.tf": "a = 1\na = 2\n",
        "e.tf": "a = [\n",
        "f.toml": "b = 1\na = 1 2\n",
        "g.toml": "a = inf\n",
        "pom.xml": "<a/>",
        "left.xml": "<a/>",
        ".gitignore": "dist/\n",
        "named/.dockerignore": "dist/\n",
        "named.txt": "a",
        "README.md": "text",
      },
      request: { named: new Set(["input/named.txt", "input/named/.dockerignore"]), ignore: /left/ },
    });
    expect(findings.map(({ place }) => `${place.file}:${place.line}`)).toEqual([
      "input/a.yaml:1",
      "input/a.yaml:5",
      "input/c.json:1",
    ]);
    expect(unread.map(({ path, line, reason }) => `${path}:${line ?? 0} ${reason}`)).toEqual([
      "input/a.yaml:4 malformed",
      "input/b.json:1 malformed",
      "input/d.tf:2 malformed",
      "input/e.tf:1 malformed",
      "input/f.toml:2 malformed",
      "input/g.toml:1 malformed",
      "input/named/.dockerignore:0 unsupported",
      "input/named.txt:0 unsupported",
      "input/pom.xml:0 unsupported",
    ]);
    expect(notices.map(({ message }) => message)).toEqual([
      "own rules were not asked about 1 file that --ignore leaves out",
      "own rules were not asked about 1 file of the repository's own (CODEOWNERS, .gitignore and the like)",
    ]);
    expect(document_count).toBe(3);
  });
  it("takes all files for one kind where that is said", async () => {
    const { findings } = await ownCase({
      policies: { "a.rego": ANY },
      inputs: { "a.conf": "a = 1\n", "b.json": "a = 2\n" },
      request: { parser: "hcl2", named: new Set(["input/a.conf"]) },
    });
    expect(findings.map(({ place }) => place.file)).toEqual(["input/a.conf", "input/b.json"]);
  });
  it("goes on behind a rule that fails on one document", async () => {
    const { findings } = await ownCase({
      policies: {
        "a.rego": `package main\n\ndeny contains "found" if input.a\n\nlist := 1 if input.bad\n\nlist := 2 if input.bad\n\nwarn contains "x" if list == 1\n`,
      },
      inputs: { "a.yaml": "bad: true\n---\na: 1\n" },
    });
    expect(findings.map(({ outcome, subject }) => `${outcome} ${subject.address}`)).toEqual([
      "error input/a.yaml document 1",
      "violation input/a.yaml document 2",
    ]);
  });
  it("tells excepted results beside the others", async () => {
    const { findings } = await ownCase({
      policies: {
        "a.rego": `package main\n\ndeny_x contains "found" if input.a\n\nexception contains ["x"] if input.a == 2\n`,
      },
      inputs: { "a.yaml": "a: 1\n---\na: 2\n" },
    });
    expect(findings.map(({ state }) => state)).toEqual(["new", "excepted"]);
  });
  it("lets warnings count where that is asked for", async () => {
    const own = {
      policies: { "a.rego": `package main\n\nwarn contains "w" if input.a\n` },
      inputs: { "a.yaml": "a: 1\n" },
    };
    expect(
      (await ownCase({ ...own, request: { warningsFail: true } })).findings.map(({ state }) => state),
    ).toEqual(["new"]);
  });
  it("stands at the rule where all files are one", async () => {
    const { findings } = await ownCase({
      policies: { "p/a.rego": `package main\n\ndeny contains sprintf("%d files", [count(input)])\n` },
      inputs: { "b.yaml": "a: 1\n", "a.yaml": "a: 1\n" },
      request: { combine: true },
    });
    expect(lines(findings)).toEqual(["p/a.rego:3 high violation new main/deny Combined: 2 files"]);
  });
  it("tells the same fingerprint when lines move, and another for each of two alike", async () => {
    const own = { policies: { "a.rego": ANY } };
    const before = await ownCase({ ...own, inputs: { "a.json": `[{"a": 1}, {"a": 1}]` } });
    const after = await ownCase({ ...own, inputs: { "a.json": `\n\n[{"a": 1},\n {"a": 1}]` } });
    const prints = before.findings.map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(2);
    expect(after.findings.map(({ fingerprint }) => fingerprint)).toEqual(prints);
  });
  it("asks rules whose message would be a command for a pipeline, and tells it escaped", async () => {
    const { findings, checks } = await ownCase({
      policies: { "a.rego": `package main\n\ndeny contains "x\\n::error::forged" if input.a\n` },
      inputs: { "a.yaml": "a: 1\n" },
    });
    const verdict = { findings, unread: [], own_rego: checks, notices: [] } as unknown as Verdict;
    for (const format of ["tap", "table"] as const)
      expect((await rendered(verdict, format)).text).not.toMatch(/^::/m);
  });
  it("tells in conftest's form what could not be read, as a failure", async () => {
    const { findings, checks, unread } = await ownCase({
      policies: { "a.rego": ANY },
      inputs: { "a.json": "{" },
    });
    const verdict = { findings, unread, own_rego: checks, notices: [] } as unknown as Verdict;
    const told = JSON.parse((await rendered(verdict, "conftest")).text) as { failures: { msg: string }[] }[];
    expect(told.map(({ failures }) => failures.map(({ msg }) => msg))).toEqual([
      ["not read: expected JSON, got a slip (CloseBraceExpected)"],
    ]);
    await expect(rendered({ findings, unread } as unknown as Verdict, "conftest")).rejects.toMatchObject({
      code: "E_USAGE",
    });
  });
});

/** Makes as many steps as it is told by itself, thrice nested. */
const SLOW = `package main

deny contains "found" if {
	count([1 | some i in numbers.range(1, input.steps); some j in numbers.range(1, input.steps); some k in numbers.range(1, input.steps); i + j + k == 0]) > 0
}

deny contains "quick" if input.a
`;

describe("own rules that do not end", () => {
  it("ends them after the time that they have, and goes on with the next document", async () => {
    const { findings } = await ownCase({
      policies: { "a.rego": SLOW },
      inputs: { "a.yaml": "a: 1\nsteps: 1\n---\na: 2\nsteps: 100000\n---\na: 3\nsteps: 1\n" },
      request: { seconds: 1 },
    });
    expect(lines(findings)).toEqual([
      "input/a.yaml:1 high violation new main/deny input/a.yaml document 1: quick",
      "input/a.yaml:4 high error new main input/a.yaml document 2: expected an answer within 1 s, got none: rules of main, asked about input/a.yaml document 2",
      "input/a.yaml:7 high violation new main/deny input/a.yaml document 3: quick",
    ]);
    expect(findings[1]?.remediation).toBe(
      "Mend the rules in a.rego; for rules that take long there is --policy-timeout.",
    );
  });
  it("gives them up after three documents", async () => {
    const texts = Array.from({ length: 6 }, () => "steps: 100000\n");
    const { findings } = await ownCase({
      policies: { "a.rego": SLOW },
      inputs: { "a.yaml": texts.join("---\n"), "b.yaml": "a: 1\n" },
      request: { seconds: 1 },
    });
    expect(findings.map(({ outcome }) => outcome)).toEqual(findings.map(() => "error"));
    expect(findings.filter(({ message }) => message.startsWith("given up"))).toHaveLength(4);
  });
  it("ends them where they need more memory than there is", async () => {
    const { findings } = await ownCase({
      policies: {
        "a.rego": `package main\n\ndeny contains "found" if count(numbers.range(1, input.steps)) > 5\n`,
      },
      inputs: { "a.yaml": "steps: 1000000000\n---\nsteps: 6\n" },
    });
    expect(findings.map(({ outcome, place }) => `${place.line} ${outcome}`)).toEqual([
      "1 error",
      "3 violation",
    ]);
  });
  it("hears that somebody interrupts them", async () => {
    const rego = await compileOwnRego({ "a.rego": SLOW });
    const interruption = new AbortController();
    const asker = new OwnAsker(rego, { data: {}, signal: interruption.signal });
    const inputs = [Buffer.from(`{"steps": 100000}`)];
    const asked = asker.ask({ entrypoint: rego.rules[0]?.entrypoint ?? "", inputs });
    interruption.abort();
    await expect(asked).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    await asker.close();
  });
});

describe("data of own rules", () => {
  it("is united by key, and refused where two say different things", async () => {
    const a = { path: "a.yaml", below: [], text: "x: {a: 1}\n" };
    const b = { path: "b.json", below: ["x"], text: `{"b": {"c": 2}}` };
    expect(await mergedData([a, b])).toEqual({ x: { a: 1, b: { c: 2 } } });
    await expect(mergedData([a, { ...a, path: "c.yaml" }])).rejects.toMatchObject({
      code: "E_INPUT",
      location: { file: "c.yaml" },
    });
    await expect(mergedData([{ path: "d.yaml", below: [], text: "- 1\n" }])).rejects.toMatchObject({
      code: "E_INPUT",
    });
    await expect(mergedData([{ path: "e.json", below: [], text: "{\n  x" }])).rejects.toMatchObject({
      code: "E_INPUT",
      location: { file: "e.json", line: 2 },
    });
  });
  it("is refused where it lies where a rule does", async () => {
    const data = [{ path: "a.json", below: ["main"], text: `{"deny": []}` }];
    await expect(
      ownCase({ policies: { "a.rego": ANY }, inputs: { "a.yaml": "a: 1\n" }, data }),
    ).rejects.toMatchObject({ code: "E_INPUT" });
  });
});

describe("builtins of own rules", () => {
  it.each([
    ["%s is %d of %v", ["a", 3, 4.5], "a is 3 of 4.5"],
    [
      "%v %v %v %v",
      [["a", 1], { b: null, a: [true] }, null, 1e-7],
      `["a", 1] {"a": [true], "b": null} null 1e-07`,
    ],
    ["%5d|%-5s|%05d|%+d|%.2f|%5.1f", [42, "x", -7, 7, 3.14159, 2.26], "   42|x    |-0007|+7|3.14|  2.3"],
    ["%x %X %o %b %q", [255, "hi", 8, 5, `a"b`], `ff 6869 10 101 "a\\"b"`],
    ["100%% %d %d", [1], "100% 1 %!d(MISSING)"],
    ["%d", ["text"], "%!d(string=text)"],
    ["%s", [5], "%!s(int64=5)"],
    ["x", ["more"], "x%!(EXTRA string=more)"],
    ["%", [], "%!(NOVERB)"],
    ["%t", [true], "%!t(string=true)"],
  ])("prints %j", (format, values, text) => {
    expect(sprintf(format, values)).toBe(text);
  });
  const call = (name: string, ...values: unknown[]): unknown =>
    (OWN_BUILTINS[name] as ((...values: unknown[]) => unknown) | undefined)?.(...values);
  it.each([
    ["semver.compare", ["1.2.3", "1.10.0"], -1],
    ["semver.compare", ["1.0.0-alpha.1", "1.0.0-alpha.beta"], -1],
    ["semver.compare", ["1.0.0", "1.0.0-rc.1"], 1],
    ["semver.compare", ["1.0.0+a", "1.0.0+b"], 0],
    ["semver.compare", ["x", "1.0.0"], undefined],
    ["semver.is_valid", ["1.0"], false],
    ["units.parse_bytes", ["10Ki"], 10240],
    ["units.parse_bytes", ["1.5MB"], 1_500_000],
    ["units.parse", ["100m"], 0.1],
    ["units.parse", ["x"], undefined],
    ["regex.replace", ["a-1", "(?P<x>[a-z])-", "${x}_$1"], "a_a1"],
    ["regex.split", ["-+", "a--b"], ["a", "b"]],
    ["strings.any_prefix_match", [["ab", "x"], "a"], true],
    ["strings.any_suffix_match", ["ab", ["c"]], false],
    ["strings.count", ["abab", "ab"], 2],
    ["strings.reverse", ["abc"], "cba"],
    ["object.keys", [{ a: 1 }], ["a"]],
    ["hex.encode", ["hi"], "6869"],
    ["crypto.sha256", ["a"], "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
  ])("%s of %j", (name, values, expected) => {
    expect(call(name, ...values)).toEqual(expected);
  });
});

it("judges many documents with one compiled set", async () => {
  const rego = await compileOwnRego({ "a.rego": ANY });
  const text = Array.from({ length: 2000 }, (_, nth) => `a: ${nth + 1}\n`).join("---\n");
  const file = { path: "a.yaml", size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
  const judged = await judgeOwnRego(
    {
      async *files() {
        yield await Promise.resolve(file);
      },
    },
    {
      rego,
      namespaces: ["main"],
      data: {},
      combine: false,
      warningsFail: false,
      named: new Set(),
      directory: "/",
    },
  );
  expect(judged.findings).toHaveLength(2000);
});
