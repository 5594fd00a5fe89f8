import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/cli/config.ts";

describe("templates of campaigns", () => {
  const config = (template: string) =>
    `version: 1\nsources: { main: { connector: hashicorp } }\nreview:\n  campaigns:\n    ${template}\n`;
  it.each([
    ["quarterly: { scope: { tiers: [critcal] } }", "got critcal", "critical", 35],
    ["leavers: {}", "expected another name of a template, got leavers", "review.events", 5],
  ])("%s is refused at its place", (template, message, fix, column) => {
    const parse = () => parseConfig(config(template), "countersign.yaml", {});
    expect(parse).toThrow(message);
    try {
      parse();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: "E_CONFIG", location: { line: 5, column } });
      expect((thrown as { fix?: string }).fix).toContain(fix);
    }
  });

  it("may name tiers by patterns", () => {
    expect(() => parseConfig(config('quarterly: { scope: { tiers: ["*"] } }'), "x.yaml", {})).not.toThrow();
  });
});
