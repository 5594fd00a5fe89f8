import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { policyTextCases } from "../access/cases.ts";

const PLACE = new Set(["index", "line", "column", "end_line", "end_column"]);

function bare(rule: object): object {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !PLACE.has(key)));
}

describe("a policy text is taken or refused as the server does", () => {
  it.each(policyTextCases())("$name", ({ text, accepted, rules }) => {
    if (!accepted) {
      expect(() => parsePolicy(text, { name: "p" })).toThrow(CountersignError);
      return;
    }
    const parsed = parsePolicy(text, { name: "p" });
    if (rules !== undefined) expect(parsed.rules.map(bare)).toEqual(rules);
  });
});

describe("places", () => {
  it("counts lines and columns from 1, in characters", () => {
    const text = '# héllo\n  path "a" {\n  capabilities = ["read"]\n  }\n/* 😀 */ path "b" { }';
    const [first, second] = parsePolicy(text, { name: "p" }).rules;
    expect(first).toMatchObject({ index: 0, line: 2, column: 3, end_line: 4, end_column: 3 });
    expect(second).toMatchObject({ index: 1, line: 5, column: 9, end_line: 5, end_column: 20 });
  });

  it("points at the rule's key in JSON", () => {
    const text = '{"path": {\n  "a": {\n    "capabilities": ["read"]\n  }\n}}';
    expect(parsePolicy(text, { name: "p" }).rules[0]).toMatchObject({
      line: 2,
      column: 3,
      end_line: 4,
      end_column: 3,
    });
  });

  it("says where and what is wrong", () => {
    const text = 'path "a" {\n  capabilities = ["write"]\n}';
    expect(() => parsePolicy(text, { name: "app" })).toThrow(
      expect.objectContaining({
        code: "E_HCL",
        message: 'app:1:10: expected a capability of vault, got "write"',
        location: { file: "app", line: 1, column: 10 },
      }) as Error,
    );
  });
});

describe("bounds", () => {
  it("refuses nesting beyond a limit instead of overflowing the stack", () => {
    const deep = `path "a" { comment = ${"[".repeat(100_000)} }`;
    expect(() => parsePolicy(deep, { name: "p" })).toThrow("levels of nesting");
    expect(() => parsePolicy(`{"path": ${'{"a":'.repeat(100_000)}`, { name: "p" })).toThrow(
      "levels of nesting",
    );
  });

  it("reads a long text in one pass", () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `path "a/${index}" { policy = "read" }`).join(
      " ",
    );
    expect(parsePolicy(text, { name: "p" }).rules).toHaveLength(20_000);
  });

  it("refuses a text beyond its limit", () => {
    expect(() => parsePolicy(" ".repeat(5_000_000), { name: "p" })).toThrow("characters");
  });
});

describe("OpenBao", () => {
  const parse = (text: string) => parsePolicy(text, { name: "p", dialect: "openbao" }).rules;

  it("knows scan, expiring rules and limits on listings", () => {
    const [rule] = parse(
      'path "a" { capabilities = ["scan", "list"] expiration = "2030-01-01T00:00:00Z" pagination_limit = 10 ' +
        'list_scan_response_keys_filter_path = "a/{{.key}}" }',
    );
    expect(rule).toMatchObject({
      capabilities: ["list", "scan"],
      expiration: "2030-01-01T00:00:00Z",
      pagination_limit: 10,
      list_scan_response_keys_filter_path: "a/{{.key}}",
    });
  });

  it("takes an attribute set twice, and refuses what only Vault has", () => {
    expect(parse('path "a" { capabilities = ["read"]\n capabilities = ["list"] }')[0]?.capabilities).toEqual([
      "list",
      "read",
    ]);
    expect(() => parse('path "a" { capabilities = ["recover"] }')).toThrow("openbao");
    expect(() => parse('path "a" { subscribe_event_types = ["x"] }')).toThrow("subscribe_event_types");
    expect(() => parse('path "a" { expiration = "soon" }')).toThrow("expiration");
  });

  it("checks keys inside control groups, which Vault does not", () => {
    const text = 'path "a" { control_group = { factors = 1 } }';
    expect(() => parse(text)).toThrow("factors");
    expect(() => parsePolicy(text, { name: "p" })).toThrow("at least one control_group factor");
  });
});
