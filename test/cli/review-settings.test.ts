import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/cli/config.ts";
import { requireFrameworks } from "../../src/cli/review-settings.ts";

describe("templates of campaigns", () => {
  const config = (template: string) =>
    `version: 1\nsources: { main: { connector: hashicorp } }\nreview:\n  campaigns:\n    ${template}\n`;
  it.each([
    ["quarterly: { scope: { tiers: [critcal] } }", "got critcal", "critical", 35],
    ["pci: { scope: { frameworks: [soc2-2017] } }", "framework_scopes.soc2-2017, got none", "Say what", 34],
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

  it("are told of a tier or an empty part in what belongs to a framework", () => {
    const scopes = (part: string) =>
      `version: 1\nsources: { main: { connector: hashicorp } }\nreview:\n  framework_scopes: { soc2-2017: [${part}] }\n`;
    expect(() => parseConfig(scopes("{ tiers: [critcal] }"), "x.yaml", {})).toThrow("got critcal");
    for (const part of ["{}", "{ tiers: [] }", "{ tier: [low] }"])
      expect(() => parseConfig(scopes(part), "x.yaml", {}), part).toThrow(/framework_scopes/);
    const config = parseConfig(scopes("{ paths: ['kv/*'] }"), "x.yaml", {});
    expect(() => requireFrameworks(config, ["iso27001-2022"])).toThrow("got soc2-2017");
  });

  it("may name tiers by patterns", () => {
    expect(() => parseConfig(config('quarterly: { scope: { tiers: ["*"] } }'), "x.yaml", {})).not.toThrow();
  });
});
