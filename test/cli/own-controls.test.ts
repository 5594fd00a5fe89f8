import { fileURLToPath } from "node:url";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { configTemplate } from "../../src/cli/config-template.ts";
import { parseConfig } from "../../src/cli/config.ts";
import { ownControls } from "../../src/cli/own-controls.ts";
import { loadMappings } from "../../src/controls/index.ts";
import { loadBundle } from "../../src/policy/index.ts";

const root = new URL("../../", import.meta.url);
const { catalogue } = loadBundle(await readFile(new URL("policies/bundle.tar.gz", root)));
const mappings = await loadMappings(fileURLToPath(new URL("mappings", root)), catalogue.policies);

const FILE = "/etc/countersign/countersign.yaml";
const SOURCES = "sources: { main: { connector: hashicorp, address: https://vault.example.org:8200 } }";

const read = (controls: string) =>
  ownControls(parseConfig(`version: 1\n${SOURCES}\ncontrols:\n${controls}`, FILE, {}), mappings, catalogue);

function failure(controls: string): CountersignError {
  try {
    read(controls);
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown;
    throw thrown;
  }
  throw new Error("expected an error");
}

describe("own controls", () => {
  it("may answer controls of several frameworks, with paragraphs and enhancements in their ids", () => {
    const answers = '["soc2-2017:CC6.1", "hipaa-security-rule:164.312(a)(1)", "nist-800-53-r5:AC-2(1)"]';
    expect(read(`  - { id: LAC-01, answers: ${answers} }`)).toHaveLength(1);
  });

  it.each([
    [
      "a control that is not there",
      '  - { id: A, answers: ["soc2-2017:CC6.1", "soc2-2017:CC6.99"] }',
      /a control of soc2-2017, got soc2-2017:CC6\.99/,
      4,
      43,
    ],
    [
      "a framework that is not there",
      '  - { id: A, answers: ["soc3:CC6.1"] }',
      /a framework of .*soc2-2017/,
      4,
      24,
    ],
    [
      "an id that stands twice",
      '  - { id: A, answers: ["soc2-2017:CC6.1"] }\n  - { id: A, answers: ["soc2-2017:CC6.2"] }',
      /each control once, got A again/,
      5,
      11,
    ],
  ])("are refused, with line and column, for %s", (_what, controls, message, line, column) => {
    const error = failure(controls);
    expect(error).toMatchObject({ code: "E_CONFIG", location: { file: FILE, line, column } });
    expect(error.message).toMatch(message);
  });

  it("and frameworks that init suggests exist", () => {
    const template = configTemplate("https://vault.example.org:8200");
    const named = /^# frameworks: \[(.*)\]$/m.exec(template)?.[1]?.split(", ");
    expect(named).toEqual(expect.arrayContaining(mappings.map(({ framework }) => framework.id)));
    const control = /^#( {2}- \{ id: LAC-04.*)$/m.exec(template)?.[1] ?? "";
    expect(read(control)).toHaveLength(1);
  });
});
