import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { loadMappings, parseFamilies, parseMapping } from "../../src/controls/index.ts";
import { CATALOGUE, FAMILIES, HEAD } from "./fixtures.ts";

const ONE = `${HEAD}controls:
  X.1:
    title: keep it safe
    policies:
      - { id: value_old, strength: direct }
    unanswered:
      - { family: leaver, strength: direct }
`;

function refusal(text: string): CountersignError {
  try {
    parseMapping(text, { file: "example-1.yaml", catalogue: CATALOGUE, families: FAMILIES });
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown;
    throw thrown;
  }
  throw new Error("expected the mapping to be refused");
}

describe("parseMapping", () => {
  it("reads a mapping, and names it by the digest of its bytes", () => {
    const mapping = parseMapping(ONE, { file: "example-1.yaml", catalogue: CATALOGUE, families: FAMILIES });
    expect(mapping.framework.id).toBe("example-1");
    expect([...mapping.controls.keys()]).toEqual(["X.1"]);
    expect(mapping.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    {
      what: "an unknown policy",
      text: ONE.replace("value_old", "value_odl"),
      at: [13, 15],
      message: "expected a policy that exists, got value_odl",
    },
    {
      what: "an unknown family",
      text: ONE.replace("leaver", "leavers"),
      at: [15, 19],
      message: "expected a family that exists, got leavers",
    },
    {
      what: "a policy that a control names twice",
      text: ONE.replace(
        "    unanswered:",
        "      - { id: value_old, strength: supporting }\n    unanswered:",
      ),
      at: [14, 15],
      message: "expected each policy once in a control, got value_old again",
    },
    {
      what: "a control that stands twice",
      text: `${ONE}  X.1:\n    title: again\n    policies: []\n    unanswered: []\n`,
      at: [16, 3],
      message: "expected valid YAML, got: Map keys must be unique",
    },
    {
      what: "an unknown key",
      text: ONE.replace("    policies:", "    polices: []\n    policies:"),
      at: [12, 5],
      message: "expected only known keys, got controls.X.1.polices",
    },
    {
      what: "an unknown strength",
      text: ONE.replace("strength: direct", "strength: strong"),
      at: [13, 36],
      message: 'expected another value: controls.X.1.policies.0.strength must be "direct" or "supporting"',
    },
    {
      what: "a missing list",
      text: ONE.replace(/ {4}unanswered:[^]*$/, ""),
      at: [11, 5],
      message: "expected another value: controls.X.1 must have required property 'unanswered'",
    },
    {
      what: "something that is not YAML",
      text: `${HEAD}controls: {`,
      at: [9, 12],
      message:
        "expected valid YAML, got: Flow map in block collection must be sufficiently indented and end with a }",
    },
    {
      what: "another format",
      text: ONE.replace("countersign-mapping/1", "countersign-mapping/9"),
      at: [1, 9],
      message: 'expected another value: format must be "countersign-mapping/1"',
    },
  ])("refuses $what with file, line and column", ({ text, at: [line, column], message }) => {
    const error = refusal(text);
    expect({ code: error.code, message: error.message, exit: error.exit }).toEqual({
      code: "E_MAPPING",
      message,
      exit: 2,
    });
    expect(error.location).toEqual({ file: "example-1.yaml", line, column });
  });
});

describe("loadMappings", () => {
  const made: string[] = [];

  async function directory(files: Record<string, string>): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "countersign-mappings-"));
    made.push(path);
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    return path;
  }

  afterEach(async () => {
    await Promise.all(made.splice(0).map((path) => rm(path, { recursive: true })));
  });

  const families = `format: countersign-families/1\nfamilies:\n  leaver: people who left lost access in time\n`;

  it("reads every mapping beside the families, in order of the framework", async () => {
    const second = ONE.replace("example-1", "another-2");
    const path = await directory({
      "families.yaml": families,
      "example-1.yaml": ONE,
      "another-2.yaml": second,
    });
    const mappings = await loadMappings(path, CATALOGUE);
    expect(mappings.map(({ framework }) => framework.id)).toEqual(["another-2", "example-1"]);
  });

  it("refuses a framework in a file of another name", async () => {
    const path = await directory({ "families.yaml": families, "example.yaml": ONE });
    await expect(loadMappings(path, CATALOGUE)).rejects.toMatchObject({ code: "E_MAPPING" });
  });

  it("refuses a directory without families", async () => {
    const path = await directory({ "example-1.yaml": ONE });
    await expect(loadMappings(path, CATALOGUE)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await expect(loadMappings(join(path, "none"), CATALOGUE)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});

describe("parseFamilies", () => {
  it("refuses a family without words", () => {
    expect(() =>
      parseFamilies(`format: countersign-families/1\nfamilies:\n  leaver: ""\n`, "families.yaml"),
    ).toThrow(
      expect.objectContaining({
        code: "E_MAPPING",
        location: { file: "families.yaml", line: 3, column: 11 },
      }) as Error,
    );
  });
});
