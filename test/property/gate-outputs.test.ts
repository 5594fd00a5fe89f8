import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { UNKNOWN_SURROUNDINGS, gate, type GateRules } from "../../src/gate/index.ts";
import { rendered, type OutputFormat } from "../../src/gate/output/index.ts";
import type { GateFinding, Verdict } from "../../src/gate/verdict.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { secretSearch } from "../../src/secret-scan/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { hostileText } from "../gate/hostile-texts.ts";
import { TERMINAL, activeMarkdown, cellCounts, runnerCommands, xmlFaults } from "../gate/output-readers.ts";
import { everyKind } from "../gate/verdicts.ts";

/** Whatever a change calls its files, things and messages, no output becomes more than it is. */
const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? { numRuns: 20_000 } : { numRuns: 100, seed: 20261128 };

/** A verdict of every kind whose texts are all hostile: each that a change, or a rule of one's own, may choose. */
const hostileVerdict: fc.Arbitrary<Verdict> = fc
  .array(hostileText, { minLength: 1, maxLength: 12 })
  .map((texts) => {
    let next = 0;
    const text = (): string => texts[next++ % texts.length] ?? "";
    const base = everyKind();
    const place = (one: GateFinding["place"]) => ({ ...one, file: text() });
    return {
      ...base,
      guards: { ...base.guards, from: "base", ref: text() },
      against: { snapshot: text(), taken_at: base.judged_at },
      left_out: [
        { why: "ignored", path_count: 3, paths: [text(), text(), text()] },
        { why: "not_text", path_count: 1, paths: [text()] },
      ],
      notices: base.notices.flatMap((one) => [
        { ...one, message: text(), ...(one.place === undefined ? {} : { place: place(one.place) }) },
        { kind: one.kind, message: text() },
      ]),
      unread: base.unread.map((one) => ({ ...one, path: text(), detail: text() })),
      findings: base.findings.map((one) => ({
        ...one,
        policy_id: one.outcome === "error" ? text() : one.policy_id,
        title: text(),
        subject: { kind: one.subject.kind, address: text(), name: text() },
        message: text(),
        remediation: text(),
        actual: text(),
        source_line: text(),
        place: place(one.place),
        related: place(one.place),
        ...(one.waiver === undefined
          ? {}
          : { waiver: { ...one.waiver, reason: text(), place: place(one.waiver.place) } }),
      })),
      policies: base.policies.map((one) => ({
        ...one,
        title: text(),
        rationale: text(),
        remediation: { any: text() },
      })),
      own_rego: [
        {
          filename: text(),
          namespace: text(),
          successes: 1,
          warnings: [{ rule: text(), msg: text(), metadata: {} }],
          failures: [{ rule: text(), msg: text(), metadata: { [text()]: text() } }],
          exceptions: [],
        },
      ],
    };
  });

const told = async (verdict: Verdict, format: OutputFormat): Promise<string> =>
  (await rendered(verdict, format, { summaryBytes: 1_000_000 })).text;

const holds = async (format: OutputFormat, check: (text: string, verdict: Verdict) => void): Promise<void> =>
  fc.assert(
    fc.asyncProperty(hostileVerdict, async (verdict) => {
      check(await told(verdict, format), verdict);
    }),
    RUNS,
  );

describe("whatever a change calls things", () => {
  it("text has no line, command or colour of it", () =>
    holds("text", (text) => {
      expect(runnerCommands(text)).toEqual([]);
      expect(text.match(TERMINAL)).toBeNull();
      expect(text.isWellFormed()).toBe(true);
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(16_384);
    }));

  it("GitHub gets commands of ours alone", () =>
    holds("github", (text) => {
      const lines = text.slice(0, -1).split("\n");
      for (const line of lines) {
        expect(line).toMatch(
          /^(?:::(?:error|warning|notice) file=[^:,]*(?:,(?:line|endLine|col|endColumn|title)=[^:,]*)*::|countersign gate: )/,
        );
        expect(line.match(TERMINAL)).toBeNull();
      }
      expect(lines.filter((line) => line.startsWith("::"))).toHaveLength(6);
    }));

  it.each(["tap", "table", "conftest"] as const)("%s has no line of it", (format) =>
    holds(format, (text) => {
      expect(text.match(TERMINAL)).toBeNull();
      expect(runnerCommands(text)).toEqual([]);
      if (format !== "conftest") expect(text.split("\n")).toHaveLength(6);
      // By a directive a failure would be one that is expected.
      if (format === "tap") expect(text.replaceAll(/\\./g, "")).not.toContain("#");
    }),
  );

  it("JUnit is well-formed XML", () =>
    holds("junit", (text) => {
      expect(xmlFaults(text)).toEqual([]);
      expect(runnerCommands(text)).toEqual([]);
      expect(text.match(TERMINAL)).toBeNull();
    }));

  it.each(["json", "sarif", "gitlab"] as const)("%s has whole characters alone", (format) =>
    holds(format, (text) => {
      const texts: string[] = [];
      JSON.parse(text, (key, value: unknown) => {
        texts.push(key, ...(typeof value === "string" ? [value] : []));
        return value;
      });
      expect(texts.filter((one) => !one.isWellFormed())).toEqual([]);
      expect(runnerCommands(text)).toEqual([]);
    }),
  );

  it("SARIF has no link of it, no argument, and addresses that are addresses", () =>
    holds("sarif", (text) => {
      JSON.parse(text, (key, value: unknown) => {
        if (key === "text") expect(value).not.toMatch(/\]\(|\{\d+\}/);
        if (key === "uri") expect(value).toMatch(/^(?:[A-Za-z0-9\-._~!'()*/]|%[0-9A-F]{2}|file:\/\/)*$/);
        return value;
      });
    }));

  it("Markdown keeps its tables, and what is active is ours", async () => {
    await fc.assert(
      fc.asyncProperty(hostileVerdict, async (verdict) => {
        const { summary = "" } = await rendered(verdict, "github", { summaryBytes: 1_000_000 });
        const bounds = [
          [await told(verdict, "markdown"), 65_536],
          [summary, 1_000_000],
        ] as const;
        for (const [text, max] of bounds) {
          expect(activeMarkdown(text)).toEqual([]);
          const rows = text.split("\n").filter((line) => line.startsWith("| "));
          const tables = rows.filter((line) => line.startsWith("| --- "));
          expect(rows.length).toBe(verdict.findings.length + 2 * tables.length);
          for (const row of rows) expect(cellCounts(row), row).toEqual([4, 4]);
          expect(text.match(TERMINAL)).toBeNull();
          expect(text.length).toBeLessThanOrEqual(max);
        }
      }),
      RUNS,
    );
  });
});

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

/** A tree in which files, things, their keys and values are called so, each of them with something wrong or unreadable. */
function treeOf(texts: readonly string[]): Readonly<Record<string, string>> {
  let next = 0;
  const text = (): string => texts[next++ % texts.length] ?? "";
  const q = (): string => JSON.stringify(text());
  // What is no UTF-8 in a name of a file is U+FFFD where it is read.
  const path = (): string => text().slice(0, 200).replaceAll("\0", "").toWellFormed();
  return {
    [`${path()}/a.yaml`]: `apiVersion: v1\nkind: Pod\nmetadata: { name: ${q()}, namespace: ${q()} }\nspec:\n  containers:\n    - { name: ${q()}, image: ${q()}, env: [{ name: ${q()}, valueFrom: { secretKeyRef: { name: ${q()}, key: ${q()} } } }] }\n`,
    [`b/${path()}.yaml`]: `apiVersion: v1\nkind: Secret\nmetadata: { name: ${q()} }\nstringData: { ${q()}: ${q()}, password: "Blue4821Horse" }\n`,
    [`c${path()}/Dockerfile`]: `FROM a\nENV PASSWORD=Blue4821Horse\nARG NPM_TOKEN\nRUN a\n${path().replaceAll(/\s/g, "_")}\n`,
    [`d${path()}.template.json`]: `{"AWSTemplateFormatVersion":"2010-09-09","Resources":{${q()}:{"Type":"AWS::SecretsManager::Secret","Properties":{"Name":${q()}}},"B":{"Type":${q()}},"C":{"Type":"AWS::SecretsManager::Secret","Properties":{"KmsKeyId":{${q()}:${q()}}}}}}`,
    [`e${path()}.hcl`]: `path ${q()} {\n  capabilities = ["sudo", ${q()}]\n}\n`,
    [`.github/workflows/${path().replaceAll("/", "_")}.yml`]: `on: push\njobs:\n  ${q()}:\n    runs-on: a\n    env: { AWS_SECRET_ACCESS_KEY: "\${{ secrets.A }}" }\n    steps:\n      - uses: ${q()}\n        with: { token: "\${{ secrets.B }}" }\n`,
    [`f${path()}.tf`]: `resource "aws_secretsmanager_secret" ${q().replaceAll(/[$%]\{/g, "")} {\n  name = ${q().replaceAll(/[$%]\{/g, "")}\n}\nmodule "m" { source = ${q().replaceAll(/[$%]\{/g, "")} }\n`,
    [`g${path()}.policy.json`]: `{"Version":"2012-10-17","Statement":[{"Sid":${q()},"Effect":"Allow","Action":"*","Resource":"*"}]}`,
  };
}

async function judged(files: Readonly<Record<string, string>>): Promise<Verdict> {
  const search = secretSearch({ threads: 0 });
  const all = Object.entries(files).map(([path, text]) => {
    return { path, size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
  });
  try {
    return await gate({
      tree: {
        async *files() {
          await Promise.resolve();
          yield* all;
        },
      },
      search: (texts) => search.search(texts),
      rules,
      surroundings: UNKNOWN_SURROUNDINGS,
      productVersion: "0.0.0",
      at: "2026-11-27T00:00:00.000Z",
      failOn: "low",
      undeterminedFails: true,
      signal: new AbortController().signal,
    });
  } finally {
    await search.close();
  }
}

describe("files that are called so", () => {
  it("are judged or told, and no output becomes more than it is", async () => {
    let findings = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(hostileText, { minLength: 1, maxLength: 12 }), async (texts) => {
        const verdict = await judged(treeOf(texts));
        findings += verdict.findings.length;
        expect(verdict.exit).not.toBe(0);
        const text = await told(verdict, "text");
        expect([runnerCommands(text), text.match(TERMINAL)]).toEqual([[], null]);
        for (const line of (await told(verdict, "github")).slice(0, -1).split("\n"))
          expect(line).toMatch(/^(?:::(?:error|warning|notice) file=[^:]*::|countersign gate: )/);
        expect(xmlFaults(await told(verdict, "junit"))).toEqual([]);
        const markdown = await told(verdict, "markdown");
        expect(activeMarkdown(markdown)).toEqual([]);
        for (const row of markdown.split("\n").filter((line) => line.startsWith("| ")))
          expect(cellCounts(row), row).toEqual([4, 4]);
      }),
      SLOW ? { numRuns: 500 } : { numRuns: 10, seed: 20261128 },
    );
    expect(findings).toBeGreaterThan(50);
  });
});
