import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_DEPTH, hasDuplicateKeys } from "../../src/collect/duplicate-keys.ts";

const RUNS = process.env["SLOW"] === "1" ? 20_000 : 1000;

/** Two spellings of every character, as a server may write it. */
const spelled = (text: string, escaped: boolean): string =>
  escaped
    ? `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`
    : JSON.stringify(text);

interface Written {
  readonly text: string;
  readonly twice: boolean;
}

const SPACE = fc.constantFrom("", " ", "\n\t");
/** Few names, among them what reads like syntax, so that some come twice. */
const NAME = fc.oneof(
  fc.constantFrom("keys", "data", "", "\\", '"', '","a":"', "}{", "][", "__proto__", "\u2028", "ä", "a\\"),
  fc.string({ maxLength: 3 }),
);

/** JSON text, and whether an object in it was written with a key twice. */
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .oneof(NAME, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(true, null))
      .map((value) => ({
        text: JSON.stringify(value),
        twice: false,
      })),
    fc.tuple(SPACE, fc.array(tie("written"), { maxLength: 4 })).map(([space, items]) => ({
      text: `[${space}${items.map(({ text }) => text).join(`${space},${space}`)}]`,
      twice: items.some(({ twice }) => twice),
    })),
    fc
      .tuple(SPACE, fc.array(fc.tuple(NAME, fc.boolean(), tie("written")), { maxLength: 4 }))
      .map(([space, entries]) => ({
        text: `{${space}${entries.map(([name, escaped, { text }]) => `${spelled(name, escaped)}${space}:${space}${text}`).join(`${space},`)}}`,
        twice:
          new Set(entries.map(([name]) => name)).size < entries.length ||
          entries.some(([, , { twice }]) => twice),
      })),
  ),
}));

describe("two equal keys in an object", () => {
  it.each([
    '{"keys":["a"],"keys":["b"]}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"b":[],"c":"}","b":0}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\\\":1,"b":"\\"","a\\\\":2}',
  ])("are found in %s", (text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(hasDuplicateKeys(text)).toBe(true);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '[{"a":1},{"a":2}]',
    '{"a":{"a":{"a":1}}}',
    '{"a":["a","a","a"]}',
    '{"a":"\\",\\"a\\":1"}',
    '"a"',
    "{}",
  ])("are not in %s", (text) => {
    expect(hasDuplicateKeys(text)).toBe(false);
  });

  it("are found wherever they were written, and nowhere else", () => {
    fc.assert(
      fc.property(written, ({ text, twice }) => {
        expect(JSON.parse(text)).toBeDefined();
        expect(hasDuplicateKeys(text)).toBe(twice);
      }),
      { numRuns: RUNS },
    );
  });

  it("are in nothing that JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        expect(hasDuplicateKeys(JSON.stringify(value, null, indent))).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  it("are not looked for deeper than an answer may be, nor in what is no JSON", () => {
    const deep = (levels: number) => `${"[".repeat(levels)}{"a":1,"a":2}${"]".repeat(levels)}`;
    expect(hasDuplicateKeys(deep(MAX_DEPTH))).toBe(true);
    expect(hasDuplicateKeys(deep(100_000))).toBe(false);
    expect(hasDuplicateKeys('{"a')).toBe(false);
  });
});
