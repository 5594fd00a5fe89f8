import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rendered, type OutputFormat } from "../../src/gate/output/index.ts";
import type { GateFinding, Verdict } from "../../src/gate/verdict.ts";
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
      // By `# TODO` a failure would be one that is expected.
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
        for (const text of [await told(verdict, "markdown"), summary]) {
          expect(activeMarkdown(text)).toEqual([]);
          const rows = text.split("\n").filter((line) => line.startsWith("| "));
          expect(rows.length).toBe(verdict.findings.length + 2);
          for (const row of rows) expect(cellCounts(row), row).toEqual([4, 4]);
          expect(text.match(TERMINAL)).toBeNull();
          expect(text.length).toBeLessThanOrEqual(65_536);
        }
      }),
      RUNS,
    );
  });
});
