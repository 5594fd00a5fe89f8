import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { Type, closed, compileSchema, readYaml } from "../../src/facts/index.ts";

const schema = compileSchema(
  closed({
    name: Type.String(),
    limits: Type.Optional(closed({ days: Type.Integer({ minimum: 1 }) })),
    rules: Type.Optional(
      Type.Array(closed({ tier: Type.Union([Type.Literal("high"), Type.Literal("low")]) })),
    ),
  }),
);

const read = (text: string) => readYaml(text, { file: "countersign.yaml", code: "E_CONFIG", schema });

function failure(text: string): CountersignError {
  try {
    read(text);
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown;
    throw thrown;
  }
  throw new Error("expected an error");
}

describe("a YAML file", () => {
  it("is read by the core schema of YAML 1.2: no is a word, 010 is ten", () => {
    expect(read("name: no").value).toEqual({ name: "no" });
    expect(read("name: x\nlimits: { days: 010 }").value).toEqual({ name: "x", limits: { days: 10 } });
  });

  it("says where each of its parts stands", () => {
    const { locate, locateKey } = read("name: x\nrules:\n  - tier: high\n  - tier: low\n");
    expect(locate(["rules", "1", "tier"])).toEqual({ file: "countersign.yaml", line: 4, column: 11 });
    expect(locateKey(["rules", "1", "tier"])).toEqual({ file: "countersign.yaml", line: 4, column: 5 });
    expect(locate(["rules", "7", "tier"])).toMatchObject({ line: 3 });
    expect(locate([])).toMatchObject({ line: 1, column: 1 });
  });
});

describe("an error in a YAML file", () => {
  it.each([
    ["syntax", "name: x\nlimits: { days: 3\n", /valid YAML/, 3, 1],
    ["a tab that indents", "name: x\nlimits:\n\tdays: 3\n", /valid YAML/, 3, 1],
    ["a duplicate key", "name: x\nlimits:\n  days: 3\nname: y\n", /unique/, 4, 1],
    ["an unknown key", "name: x\nlimits:\n  days: 3\n  hours: 4\n", /known keys, got limits\.hours/, 4, 3],
    ["an unknown key in a list", "name: x\nrules:\n  - tier: high\n    wen: {}\n", /rules\.0\.wen/, 4, 5],
    ["a wrong type", "name: x\nlimits:\n  days: soon\n", /limits\.days must be integer/, 3, 9],
    ["a number out of bounds", "name: x\nlimits:\n  days: 0\n", /limits\.days must be >= 1/, 3, 9],
    ["a word out of a list", "name: x\nrules:\n  - tier: urgent\n", /must be "high" or "low"/, 3, 11],
    ["a missing key", "limits:\n  days: 3\n", /required property 'name'/, 1, 1],
    ["a list where keys belong", "- name: x\n", /the file must be object/, 1, 1],
    ["nothing at all", "", /the file must be object/, 1, 1],
    ["a comment alone", "# nothing\n", /the file must be object/, undefined, undefined],
    ["two documents", "name: x\n---\nname: y\n", /valid YAML/, undefined, undefined],
    ["a tag of another language", "name: !!js/function x\n", /Unresolved tag/, 1, 7],
  ])("says file, line and column of %s", (_what, text, message, line, column) => {
    const error = failure(text);
    expect(error.code).toBe("E_CONFIG");
    expect(error.message).toMatch(message);
    expect(error.location?.file).toBe("countersign.yaml");
    if (line !== undefined) expect(error.location).toMatchObject({ line, column });
  });

  it("does not let aliases grow a few lines into millions of values", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let name = "b".codePointAt(0) ?? 0; lines.length < 9; name += 1) {
      const before = String.fromCodePoint(name - 1);
      const item = String.fromCodePoint(name);
      lines.push(`${item}: &${item} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`);
    }
    expect(failure(`name: x\n${lines.join("\n")}\n`)).toMatchObject({
      code: "E_CONFIG",
      message: "expected at most 100 uses of aliases, got more",
    });
  });

  it("is said of an alias that names nothing, and of one that names itself", () => {
    expect(failure("name: *nothing\n").code).toBe("E_CONFIG");
    expect(failure("name: &a [*a]\n").message).toBe(
      "expected aliases of what stands elsewhere, got one within its own anchor",
    );
    expect(read("name: &a x\nlimits: { days: 1 }\n").value).toEqual({ name: "x", limits: { days: 1 } });
    expect(read("name: &a x\nrules: [&b { tier: high }, *b]\n").value.rules).toHaveLength(2);
  });

  it("is said of a file that asks for YAML 1.1, where other texts are numbers and truths", () => {
    expect(failure("%YAML 1.1\n---\nname: x\nlimits: { days: 1:30 }\n").message).toBe(
      "expected YAML 1.2, got a directive that asks for 1.1",
    );
    expect(read("%YAML 1.2\n---\nname: x\n").value).toEqual({ name: "x" });
  });

  it("is said of a text that is longer than people write, before it is parsed", () => {
    const error = failure(`name: ${"x".repeat(5 * 1024 * 1024)}`);
    expect(error.message).toMatch(/^expected at most 4194304 characters, got 5242886$/);
  });

  it("is said of a file that is nested deeper than any person writes", () => {
    expect(failure(`name: ${"[".repeat(20_000)}`).code).toBe("E_CONFIG");
    expect(failure(`name: ${"[".repeat(5_000)}${"]".repeat(5_000)}`).code).toBe("E_CONFIG");
  });

  it("never is anything but ours, whatever the text", () => {
    const pieces = fc.constantFrom(
      "name",
      ": ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "&a",
      "*a",
      "'",
      "? ",
      "!!x ",
      "|",
      "%",
      "#",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
        try {
          read(parts.join(""));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(CountersignError);
          expect((thrown as CountersignError).code).toBe("E_CONFIG");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("does not become a property of every object", () => {
    expect(failure("name: x\n__proto__:\n  days: 3\n").code).toBe("E_CONFIG");
    expect("days" in {}).toBe(false);
  });
});
