import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, digestOf, sha256 } from "../../src/base/index.ts";

describe("canonical JSON", () => {
  it("is RFC 8785: its example comes out as printed there", () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("orders keys by UTF-16 code unit", () => {
    const keys = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6"];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object)).toHaveLength(keys.length);
    expect(canonicalJson(value)).toBe(
      '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}',
    );
  });

  it("is the same for equal values, whatever the order of their keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(digestOf(reversed(value))).toBe(digestOf(value));
      }),
    );
  });

  it("is what an independent implementation makes, in whatever order keys come", () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, json, (one, other) => {
        // Members in order beside others that are not, absent ones, and numbers as keys.
        const mixed = {
          b: one,
          a: { z: other, y: undefined, 10: one, 9: JSON.parse(canonicalJson(other)) as unknown },
        };
        for (const value of [one, reversed(one), mixed, [mixed, one], Object.create(null, {})])
          expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 500 },
    );
    expect(canonicalJson({ b: new Date(0), a: [new Date(1)] })).toBe(
      canonicalize({ b: new Date(0), a: [new Date(1)] }),
    );
  });

  it("says the same value again when it is read", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["NaN", Number.NaN],
    ["infinity", [Number.POSITIVE_INFINITY]],
    ["half of a surrogate pair", { text: "\ud800" }],
    ["half of a surrogate pair in a key", { "\udc00": 1 }],
    ["a bigint", { count: 1n }],
  ])("refuses %s as a bug of ours", (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: "E_INTERNAL" }) as Error);
  });
});

describe("digests", () => {
  it("are lower-case hex SHA-256 (FIPS 180-4, example of one block)", () => {
    const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256("abc")).toBe(digest);
    expect(sha256(Buffer.from("abc"))).toBe(digest);
  });

  it("of a value are those of its canonical JSON", () => {
    expect(digestOf({ b: 1, a: [2] })).toBe(sha256('{"a":[2],"b":1}'));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]));
}
