import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CountersignError,
  ERRORS,
  EXIT,
  invariant,
  messageOf,
  worstExit,
  type ErrorCode,
  type ExitCode,
} from "../../src/base/index.ts";

const CODES = Object.values(EXIT);

/** The worst first: an interrupted run, then the order that the documentation gives. */
const ORDER: readonly ExitCode[] = [130, 70, 4, 5, 2, 1, 3, 0];

describe("exit codes", () => {
  it("are ordered: interrupted, internal, integrity, environment, usage, violations, incomplete, pass", () => {
    for (const [place, code] of ORDER.entries()) {
      for (const lesser of ORDER.slice(place)) {
        expect(worstExit([lesser, code])).toBe(code);
        expect(worstExit([code, lesser])).toBe(code);
      }
    }
  });

  it("all have a place in the order", () => {
    expect([...ORDER].sort()).toEqual([...CODES].sort());
  });

  it("are a pass where none applies", () => {
    expect(worstExit([])).toBe(EXIT.pass);
  });

  it("do not depend on order or number of what applies", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CODES)), (codes) => {
        expect(worstExit(codes)).toBe(worstExit([...codes].reverse()));
        expect(worstExit([...codes, ...codes])).toBe(worstExit(codes));
        if (codes.length > 0) expect(codes).toContain(worstExit(codes));
      }),
    );
  });
});

describe("errors", () => {
  it.each(Object.entries(ERRORS))(
    "%s has an exit code other than pass and says what it means",
    (code, entry) => {
      expect(CODES).toContain(entry.exit);
      expect(entry.exit).not.toBe(EXIT.pass);
      expect(entry.summary).toMatch(/^\S.*\.$/);
      expect(new CountersignError(code as ErrorCode, "x").exit).toBe(entry.exit);
    },
  );

  it("keep location, fix and cause", () => {
    const cause = new Error("below");
    const location = { file: "countersign.yaml", line: 3, column: 5 };
    const error = new CountersignError("E_CONFIG", "expected a, got b", { location, fix: "Write a.", cause });
    expect(error).toMatchObject({
      name: "CountersignError",
      location,
      fix: "Write a.",
      cause,
      exit: EXIT.usage,
    });
    expect(error).toBeInstanceOf(Error);
  });

  it("have no cause where none was given", () => {
    expect("cause" in new CountersignError("E_DISK", "x")).toBe(false);
  });

  it("are bugs of ours where an invariant breaks", () => {
    expect(() => invariant(0, "expected one")).toThrow(
      expect.objectContaining({ code: "E_INTERNAL", message: "expected one" }) as Error,
    );
    expect(() => invariant("x", "fine")).not.toThrow();
  });
});

describe("the message of whatever was thrown", () => {
  it.each([
    [new Error("broken"), "broken"],
    ["plain", "plain"],
    [{ code: 3 }, '{"code":3}'],
    [7, "7"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("odd"), "Symbol(odd)"],
    [10n, "10"],
  ])("%# is text", (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });

  it("is text even of what JSON cannot hold", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(messageOf(circle)).toEqual(expect.any(String));
    expect(messageOf({ count: 1n })).toEqual(expect.any(String));
  });
});
