import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { OUTPUT_FORMATS, rendered, type OutputFormat } from "../../src/gate/output/index.ts";
import { Verdict } from "../../src/gate/verdict.ts";
import { compileSchema } from "../../src/schema/index.ts";
import { everyKind, findingOf, manyFindings, verdictOf } from "./verdicts.ts";

const told = async (verdict: Verdict, format: OutputFormat, terms = {}): Promise<string> =>
  (await rendered(verdict, format, terms)).text;

describe("text", () => {
  it("tells findings by file with their lines, and a verdict", async () => {
    const text = await told(
      verdictOf([findingOf(), findingOf({ fingerprint: "b".repeat(64), source_line: undefined as never })]),
      "text",
    );
    expect(text).toMatchInlineSnapshot(`
      "deploy/db.tf
        3:3  critical  public_access  aws_secretsmanager_secret.db
            everyone may read it
            3 | policy = "*"
                ^^^^^^^^^^^^
            fix: Name who may read it.

        3:3  critical  public_access  aws_secretsmanager_secret.db
            everyone may read it
            fix: Name who may read it.

      2 files looked at, 1 of no format that is judged.
        Terraform source: 1 file, 3 things judged
      2 violations (new: 2 critical), 1 undetermined, 4 compliant.
      1 policy needs what no file tells, and can find nothing to be in order: \`countersign run\` judges them of the store itself.
      Configuration, own policies, baseline and waivers are those of the change itself: \`--base <ref>\` takes them from what it is to be merged into.
      Fail: violations of severity low or above.
      "
    `);
  });

  it("counts violations as it lists them, those that are known among them", async () => {
    const findings = ["new", "new", "baseline", "waived", "warning"] as const;
    const verdict = verdictOf(
      findings.map((state, nth) => findingOf({ fingerprint: `${nth}`.repeat(64), state })),
      { outcomes: { compliant: 4, error: 0, undetermined: 0, violation: 2 } },
    );
    expect(await told(verdict, "text")).toContain(
      "\n4 violations (new: 2 critical), 0 undetermined, 4 compliant, 1 known by the baseline, 1 waived, 1 warned of.\n",
    );
  });

  it("names who can judge whether what is gained was requested, which no run of a store does", async () => {
    const out_of_reach = ["critical_access_unrequested", "unused_secret"];
    const unasked = ["critical_access_unrequested"];
    const lines = async (more: Partial<Verdict>): Promise<string> =>
      told(verdictOf([], { out_of_reach, unasked, ...more }), "text");
    const alone = await lines({});
    expect(alone).toContain("1 policy needs what no file tells");
    expect(alone).toContain(
      "requested (critical_access_unrequested) was not asked: `--against <snapshot>` asks a register of requests that was collected.",
    );
    const against = { snapshot: "s-1", taken_at: "2026-11-27T00:00:00.000Z" };
    expect(await lines({ against })).toContain("was not asked: the snapshot holds no register of requests.");
    expect(await lines({ out_of_reach: unasked })).not.toContain("countersign run");
  });

  it("calls nothing looked at, and nothing of a known format, no pass", async () => {
    const nothing = { findings: [], inputs: [], exit: 3, exits: [3] } as const;
    expect(
      await told(verdictOf([], { ...nothing, findings: [], inputs: [], exits: [3], file_count: 0 }), "text"),
    ).toContain("Nothing was looked at: that is no pass.");
    const text = await told(verdictOf([], { inputs: [], exit: 3, exits: [3] }), "text");
    expect(text).toContain("Nothing was judged: no file is of a format that is known. That is no pass.");
    expect(text).not.toMatch(/^Pass/m);
  });

  it("colours for a terminal alone", async () => {
    expect(await told(everyKind(), "text")).not.toContain("\u001b");
    expect(await told(verdictOf([findingOf()]), "text", { colour: true })).toContain(
      "\u001b[31mcritical\u001b[0m",
    );
  });

  it("lets nothing of the change become a line of its own or a command of a runner", async () => {
    const text = await told(everyKind(), "text");
    expect(text.split("\n").filter((line) => /^\s*::/.test(line))).toEqual([]);
    expect(text).not.toContain("##[");
    expect(text).not.toMatch(/^forged/m);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("JSON", () => {
  it("fits the schema that is published", async () => {
    const schema = compileSchema(Verdict);
    const value: unknown = JSON.parse(await told(everyKind(), "json"));
    expect(schema.fits(value) ? undefined : schema.complaint()).toBeUndefined();
    expect(schema.fits({ ...(value as object), more: 1 })).toBe(false);
  });
});

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly suppressions?: readonly { readonly kind: string }[];
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
          readonly region: Readonly<Record<string, number>>;
        };
      }[];
    }[];
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
    }[];
  }[];
}

const sarif = async (verdict: Verdict) => (JSON.parse(await told(verdict, "sarif")) as Sarif).runs[0]!;

describe("SARIF", () => {
  it("tells each finding with place, fingerprints and rule", async () => {
    const run = await sarif(everyKind());
    const [first, undecided] = run.results;
    expect(first?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: "deploy/db.tf", uriBaseId: "%SRCROOT%" },
      region: { startLine: 3, startColumn: 3, endLine: 3, endColumn: 15 },
    });
    expect(first?.partialFingerprints).toEqual({
      primaryLocationLineHash: "a7f2ff13bc495cf2:1",
      "countersign/v1": "a".repeat(64),
    });
    expect(run.tool.driver.rules[first!.ruleIndex]?.id).toBe("public_access");
    expect([undecided?.level, undecided?.message.text]).toEqual([
      "warning",
      "Undetermined: aws_secretsmanager_secret.db: cannot be decided: rotation is known only after apply. Fix: Name who may read it.",
    ]);
    expect(run.results.map(({ suppressions }) => suppressions?.map(({ kind }) => kind))).toEqual([
      [],
      [],
      [],
      ["inSource"],
      ["external"],
      [],
      [],
    ]);
    expect(run.invocations[0]?.executionSuccessful).toBe(false);
    expect(run.invocations[0]?.toolExecutionNotifications).toHaveLength(2);
  });

  it("says that it is incomplete where something was not read, and not where something was not decided", async () => {
    const { unread } = everyKind();
    const successful = async (verdict: Verdict): Promise<boolean | undefined> =>
      (await sarif(verdict)).invocations[0]?.executionSuccessful;
    const undecided = findingOf({ outcome: "undetermined" });
    expect(await successful(verdictOf([undecided], { exit: 3, exits: [3] }))).toBe(true);
    expect(await successful(verdictOf([], { unread, exit: 3, exits: [3] }))).toBe(false);
    expect(await successful(verdictOf([], { file_count: 0, inputs: [], exit: 3, exits: [3] }))).toBe(false);
    expect(await successful(verdictOf([], { file_count: 0, inputs: [] }))).toBe(true);
  });

  it("writes a file's name as an address", async () => {
    const place = { ...findingOf().place, file: "a b/100%#?é[1].tf" };
    const [one] = (await sarif(verdictOf([findingOf({ place })]))).results;
    const { artifactLocation } = one!.locations[0]!.physicalLocation;
    expect(artifactLocation).toEqual({ uri: "a%20b/100%25%23%3F%C3%A9%5B1%5D.tf", uriBaseId: "%SRCROOT%" });
    const [, path] = /^file:\/\/\/r\/(.*)$/.exec(new URL(artifactLocation.uri, "file:///r/").href) ?? [];
    expect(decodeURIComponent(path ?? "")).toBe(place.file);
  });

  it("cuts at what GitHub takes, what decides last, and says so", async () => {
    const findings = [
      ...manyFindings(25_010, { severity: "info" }),
      findingOf({ fingerprint: "9".repeat(64) }),
    ];
    const run = await sarif(verdictOf(findings));
    expect(run.results).toHaveLength(25_000);
    expect(run.results[0]?.partialFingerprints["countersign/v1"]).toBe("9".repeat(64));
    expect(run.invocations[0]?.toolExecutionNotifications[0]?.message.text).toContain("11 results left out");
  });
});

describe("what to change in a file", () => {
  const remedy = { text: "Set `policy` on it.", example: "policy = {\n  a = 1\n}" };

  it.each([
    ["text", "fix: Set `policy` on it.\n        policy = {\n          a = 1\n        }\n"],
    ["json", '"example": "policy = {\\n  a = 1\\n}"'],
    ["sarif", "everyone may read it. Fix: Set `policy` on it.\\npolicy = {\\n  a = 1\\n}"],
    ["junit", "fix: Set `policy` on it.\n  policy = {\n    a = 1\n  }<"],
    ["github", "%0Afix: Set `policy` on it.%0Apolicy = {%0A  a = 1%0A}"],
    ["gitlab", "everyone may read it. Fix: Set `policy` on it."],
    ["markdown", "Set `policy` on it.\n\n  ```\n  policy = {\n    a = 1\n  }\n  ```\n"],
  ] as const)("is told by %s, in the place of what to do at the store", async (format, part) => {
    const text = await told(verdictOf([findingOf({ remedy, remediation: "At the store." })]), format);
    expect(text).toContain(part);
    if (format !== "json") expect(text).not.toContain("At the store.");
  });
});

describe("GitHub annotations", () => {
  it("tells ten of each level and counts the rest", async () => {
    const many = verdictOf([
      ...manyFindings(15),
      ...manyFindings(15, { severity: "info", policy_id: "told_only" }),
    ]);
    const text = await told(many, "github", { summaryBytes: 1_000_000 });
    expect(text.match(/^::error /gm)).toHaveLength(10);
    expect(text.match(/^::notice /gm)).toHaveLength(10);
    expect(text).toContain("10 more annotations in the summary of the job.");
    expect(await told(many, "github")).toContain("10 more annotations left out.");
  });

  it("lets nothing of the change forge a command", async () => {
    const lines = (await told(everyKind(), "github")).trimEnd().split("\n");
    for (const line of lines)
      expect(line).toMatch(/^(::(error|warning|notice) file=[^:\n]*::|countersign gate: )/);
    expect(lines.filter((line) => line.startsWith("::error file=a::"))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("::"))).toHaveLength(6);
  });

  it("bounds the summary by bytes", async () => {
    const verdict = verdictOf(manyFindings(20_000, { message: "ä".repeat(300) }));
    const { summary = "" } = await rendered(verdict, "github", { summaryBytes: 1_000_000 });
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_000_000);
    expect(Buffer.byteLength(summary)).toBeGreaterThan(900_000);
    expect(summary).toMatch(/[\d,]+ more findings left out\./);
  });
});

describe("Markdown", () => {
  it("folds away what is known, beside what the change brings", async () => {
    const known = manyFindings(30).map((one) => ({ ...one, state: "baseline" as const }));
    const text = await told(verdictOf([findingOf(), ...known]), "markdown");
    const [open = "", folded = ""] = text.split(
      "<details><summary>30 findings known, waived or excepted</summary>",
    );
    expect(open).toContain("**public_access**");
    expect(open).not.toContain(", baseline |");
    expect(folded.match(/, baseline \|/g)).toHaveLength(30);
  });

  it("folds many rows, and stays within a comment", async () => {
    const few = await told(verdictOf([findingOf()]), "markdown");
    expect(few.startsWith("<!-- countersign-gate -->\n")).toBe(true);
    expect(few.match(/<summary>.*<\/summary>/g)).toEqual(["<summary>How to fix it</summary>"]);
    const many = await told(verdictOf(manyFindings(5000)), "markdown");
    expect(many).toContain("<details><summary>5,000 findings</summary>");
    expect(many).toContain("</details>");
    expect(many).toMatch(/[\d,]+ more findings left out\./);
    expect(many.length).toBeLessThanOrEqual(65_536);
  });

  it("tells what to change below the table, the same once, and has room for it beside a long table", async () => {
    const remedy = { text: "Set `policy` on it.", example: "policy = jsonencode({\n  Version = 1\n})" };
    const one = findingOf({ remedy });
    const text = await told(verdictOf([one, { ...one, fingerprint: "b".repeat(64) }]), "markdown");
    expect(text).toContain(`<details><summary>How to fix it</summary>

- **public_access** \`aws_secretsmanager_secret.db\`, \`deploy/db.tf:3\`: Set \`policy\` on it.

  \`\`\`
  policy = jsonencode({
    Version = 1
  })
  \`\`\`


</details>`);
    expect(text.match(/Set `policy`/g)).toHaveLength(1);
    const many = await told(verdictOf(manyFindings(5000, { remedy })), "markdown");
    expect(many.match(/Set `policy`/g)?.length).toBeGreaterThan(50);
    expect(many).toMatch(/[\d,]+ more repairs left out\./);
    expect(many.length).toBeLessThanOrEqual(65_536);
  });

  it("keeps whatever the change says in code", async () => {
    const text = await told(everyKind(), "markdown");
    const blocks = /^ {2}(`{3,})\n[^]*?\n {2}\1$/gm;
    expect(text.match(blocks)).toHaveLength(1);
    for (const line of text
      .replaceAll(blocks, "")
      .split("\n")
      .filter((one) => one.includes("@team"))) {
      const outside = line.replaceAll(/(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, "");
      expect(outside).not.toMatch(/@team|<img|\]\(/);
    }
    expect(text).not.toMatch(/^::|^forged/m);
  });
});

/** CodeClimate's issues as GitLab documents them (Code Quality, "Implement a custom tool"). */
const CODE_QUALITY = {
  type: "array",
  items: {
    type: "object",
    required: ["description", "check_name", "fingerprint", "severity", "location"],
    properties: {
      description: { type: "string", minLength: 1 },
      check_name: { type: "string", minLength: 1 },
      fingerprint: { type: "string", minLength: 1 },
      severity: { enum: ["info", "minor", "major", "critical", "blocker"] },
      location: {
        type: "object",
        required: ["path"],
        properties: {
          path: { type: "string", pattern: "^(?!\\./)" },
          lines: {
            type: "object",
            required: ["begin"],
            properties: { begin: { type: "integer", minimum: 1 }, end: { type: "integer", minimum: 1 } },
          },
        },
      },
    },
  },
};

describe("GitLab code quality", () => {
  it("is of the documented shape, each fingerprint its own, without what is known or waived", async () => {
    const twice = everyKind();
    const value = JSON.parse(
      await told({ ...twice, findings: [...twice.findings, findingOf()] }, "gitlab"),
    ) as { fingerprint: string; check_name: string; location: { path: string } }[];
    const validate = new Ajv().compile(CODE_QUALITY);
    expect(validate(value) ? [] : validate.errors).toEqual([]);
    expect(new Set(value.map(({ fingerprint }) => fingerprint)).size).toBe(value.length);
    expect(value.map(({ check_name }) => check_name)).not.toContain("too_many_readers");
    expect(value.map(({ check_name }) => check_name)).toContain("not_read");
    expect(JSON.parse(await told(verdictOf([]), "gitlab"))).toEqual([]);
  });
});

describe("JUnit", () => {
  it("tells failures from errors, and skips what does not decide", async () => {
    const xml = await told(everyKind(), "junit");
    expect(xml).toContain(
      '<testsuites name="countersign gate" tests="7" failures="3" errors="2" skipped="1" time="0">',
    );
    expect(xml).toContain('<failure message="everyone may read it" type="violation">');
    expect(xml).toContain('type="undetermined"');
    expect(xml).toContain('<error message="the policy failed: takes too much time" type="policy">');
    expect(xml).toContain('type="malformed"');
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|<img|]]>/);
    expect(xml.isWellFormed()).toBe(true);
  });

  it("is an error where nothing was judged, and no empty file where all is in order", async () => {
    expect(await told(verdictOf([], { file_count: 0, inputs: [], exit: 3, exits: [3] }), "junit")).toContain(
      "<error ",
    );
    expect(await told(verdictOf([]), "junit")).toContain('tests="1" failures="0" errors="0"');
  });
});

describe("conftest's forms", () => {
  const check = { filename: "a.yaml", namespace: "main", warnings: [], failures: [], exceptions: [] };

  it("lets no name of a file make a failure one that is expected", async () => {
    const failure = { rule: "deny", msg: "no \\# SKIP", metadata: {} };
    const own_rego = [{ ...check, filename: "a # SKIP.yaml", successes: 0, failures: [failure] }];
    expect(await told(verdictOf([], { own_rego }), "tap")).toBe(
      "1..1\nnot ok 1 - a \\# SKIP.yaml - main - no \\\\\\# SKIP\n",
    );
  });

  it("takes more results than a call takes arguments", async () => {
    const text = await told(verdictOf([], { own_rego: [{ ...check, successes: 200_000 }] }), "table");
    expect(text.split("\n")).toHaveLength(200_002);
  });
});

describe("every output", () => {
  it.each(OUTPUT_FORMATS)("%s is the same twice, and of nothing", async (format) => {
    // Some formats are of own Rego alone, and refuse a verdict without it.
    const all = { ...everyKind(), own_rego: [] };
    expect(await told(all, format)).toBe(await told(all, format));
    expect(await told(verdictOf([], { own_rego: [] }), format)).not.toBe("");
  });
});
