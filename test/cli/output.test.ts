import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CountersignError, ERRORS, EXIT, printable } from "../../src/base/index.ts";
import { packageText, type Assessed } from "../../src/cli/reporting.ts";
import { inClearText } from "../../src/cli/unread.ts";
import {
  asCountersignError,
  errorJson,
  errorTable,
  errorText,
  exitSummary,
  table,
} from "../../src/cli/output.ts";

describe("text from a store, as it is printed", () => {
  it.each([
    ["an escape sequence", "\u001b[31mred\u001b[0m", "\\u{1b}[31mred\\u{1b}[0m"],
    ["a carriage return", "payments\rroot", "payments\\u{d}root"],
    ["a change of direction", "kv/\u202etxt.exe", "kv/\\u{202e}txt.exe"],
    ["isolates", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
    ["a zero-width joiner", "ad\u200dmin", "ad\\u{200d}min"],
    ["a line separator", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["a bell, a backspace, a delete", "a\u0007\u0008\u007f", "a\\u{7}\\u{8}\\u{7f}"],
    ["a C1 control", "\u009b31m", "\\u{9b}31m"],
    ["a tag", "a\u{e0041}", "a\\u{e0041}"],
  ])("shows %s instead of obeying it", (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("keeps letters of all scripts, line feeds and tabs", () => {
    expect(printable("Zürich 漢字 \u{1f511}\n\tx")).toBe("Zürich 漢字 \u{1f511}\n\tx");
  });

  it("never holds a control character, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cf}\u2028\u2029]|[^\P{Cc}\n\t]/u);
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });
});

describe("a table", () => {
  it("is aligned and ends no line in space", () => {
    expect(
      table([
        ["secret", "days"],
        ["kv/a", "7"],
        ["kv/long/name", "30"],
      ]),
    ).toBe("secret        days\nkv/a          7\nkv/long/name  30\n");
  });

  it("keeps a row on its line, whatever a cell holds", () => {
    const text = table([["name"], ["a\nb\r\u001b[2Jc"]]);
    expect(text).toBe("name\na b\\u{d}\\u{1b}[2Jc\n");
  });

  it("may have thousands of rows", () => {
    const rows = Array.from({ length: 200_000 }, (_, n) => [`kv/${n}`]);
    expect(table([["secret"], ...rows]).split("\n")).toHaveLength(200_002);
  });
});

describe("an error", () => {
  const error = new CountersignError("E_CONFIG", "expected a, got \u001b[1mb", {
    location: { file: "dir\u001b/countersign.yaml", line: 3, column: 5 },
    fix: "Write \u202ea.",
  });

  it("is one line with place and code, and one with what to do", () => {
    expect(errorText(error)).toBe(
      "countersign: E_CONFIG: dir\\u{1b}/countersign.yaml:3:5: expected a, got \\u{1b}[1mb\n  fix: Write \\u{202e}a.\n",
    );
  });

  it("is the same for programs", () => {
    expect(errorJson(error)).toEqual({
      error: "E_CONFIG",
      message: error.message,
      exit: 2,
      location: error.location,
      fix: error.fix,
    });
    expect(errorJson(new CountersignError("E_DISK", "x"))).toEqual({
      error: "E_DISK",
      message: "x",
      exit: 5,
    });
  });

  it("that is not ours is our bug, with what it said", () => {
    const own = asCountersignError(new RangeError("too long"));
    expect(own).toMatchObject({
      code: "E_INTERNAL",
      exit: 70,
      message: "expected no error here, got: too long",
    });
    expect(asCountersignError(error)).toBe(error);
    expect(asCountersignError(undefined).code).toBe("E_INTERNAL");
  });
});

describe("the verdict for a person", () => {
  const head = {
    entity: { name: "Pine" },
    as_of: "2026-09-30T06:00:00.000Z",
    snapshot: {},
    sources: [{ scopes: [] }],
    frameworks: [],
    summary: {
      outcomes: { deviation: 2, undetermined: 0, compliant: 0 },
      violations_by_severity: { critical: 0, high: 3 },
      subject_counts: { secret: 1, principal: 2 },
      gap_count: 0,
      grant_count: 1,
    },
  };
  const finding = (subject_id: string) => ({
    status: "violation",
    policy_id: "key_exportable",
    title: "Key can be exported",
    severity: "high",
    subject_id,
  });

  it("tells findings from what they are about", () => {
    const findings = [finding("v:transit/keys/a"), finding("v:transit/keys/a"), finding("v:transit/keys/b")];
    const text = packageText({
      head,
      findings,
      past: [],
      gaps: [],
      unread: ["vault-production"],
    } as unknown as Assessed);
    expect(text).toMatch(/^vault-production: nothing could be read\n/);
    expect(text).toContain("deviations    2, in 3 findings: 3 high\n");
    expect(text).toContain("v:transit/keys/a and 1 more\n");
    expect(text).toContain("1 secret, 2 principals in 1 store; 1 grant\n");
  });

  it("has no heading for the worst where nothing failed", () => {
    const findings = [{ ...finding("v:transit/keys/a"), status: "undetermined" }];
    const text = packageText({ head, findings, past: [], gaps: [], unread: [] } as unknown as Assessed);
    expect(text).not.toContain("Worst first");
  });

  it("tells the cause of a single gap, and how many earlier findings are out of sight without being fixed", () => {
    const [gap] = ["kv/"].map((mount) => ({
      store_id: "pay",
      scope: "pay",
      resource: `pay:${mount}`,
      reason: "denied",
      detail: `the collector may not LIST ${mount}metadata`,
    }));
    const unknown = { ...finding("v:kv/a"), status: "undetermined" };
    const text = packageText({
      head,
      findings: [unknown, { ...unknown, last_seen_bad_at: "2026-09-01T06:00:00.000Z" }],
      past: ["not_seen", "not_comparable", "fixed", "no_longer_there"].map((now) => ({ now })),
      gaps: [gap],
      unread: [],
    } as unknown as Assessed);
    expect(text).toContain("the collector may not LIST kv/metadata\n");
    expect(text).toContain(
      "  not fixed     3 earlier findings out of sight: 2 not seen any more, 1 not known any more\n",
    );
  });

  it("tells what most gaps come from, in a line or two whatever their number", () => {
    const gaps = ["eu-west-1", "eu-west-2"].map((region) => ({
      store_id: "pay",
      scope: `pay/111122223333/${region}`,
      reason: "limit",
      detail: "the Region is left out",
    }));
    const text = packageText({ head, findings: [], past: [], gaps, unread: [] } as unknown as Assessed);
    expect(text).toContain(
      "    2 of 2 Regions of account 111122223333 (eu-west-1, eu-west-2):\n      the Region is left out\n",
    );
  });

  it("tells causes of gaps from refusals on, and counts what is left", () => {
    const gap = (reason: string, detail: string) => ({ store_id: "pay", scope: "pay/1", reason, detail });
    const gaps = [
      ...Array.from({ length: 9 }, () => gap("limit", "the Region is left out")),
      ...["a", "b", "c", "d", "e"].map((name) => gap("malformed", `no answer to ${name}`)),
      gap("denied", "AccessDenied on iam:GetAccountAuthorizationDetails"),
    ];
    const text = packageText({ head, findings: [], past: [], gaps, unread: [] } as unknown as Assessed);
    expect(text).toMatch(
      / {2}gaps [^]*\n {4}1 of pay\/1:\n {6}AccessDenied on iam:GetAccountAuthorizationDetails\n/,
    );
    expect(text).toContain("    and 10 more, of 2 causes: see gaps.csv\n");
  });
});

describe("a store that was read over http from another host", () => {
  it("is named in the verdict", () => {
    const sources = ["http://vault.example.com:8200", "http://127.0.0.1:8200", "https://vault.example.com"];
    const named = sources.map((address, place) => ({ store_id: `vault-${place}`, address }));
    expect(inClearText(named)).toBe(
      "vault-0: read over http from http://vault.example.com:8200: credentials and answers went unencrypted (insecure_http)\n",
    );
  });
});

describe("the exit codes of a command", () => {
  it("are all told, in order, the worst taken", () => {
    expect(exitSummary([EXIT.incomplete, EXIT.pass, EXIT.violations, EXIT.incomplete])).toEqual({
      exit: 1,
      exits: [1, 3],
    });
    expect(exitSummary([])).toEqual({ exit: 0, exits: [0] });
  });
});

describe("docs/errors.md", () => {
  it("is the table of errors", async () => {
    const page = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
    expect(page.endsWith(errorTable())).toBe(true);
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`\`${code}\``);
  });
});
