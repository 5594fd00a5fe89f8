import { beforeAll, describe, expect, it } from "vitest";
import { HclReader } from "../../src/gate/text/hcl.ts";
import { placeOf, type Spot } from "../../src/gate/text/node.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";

let reader: HclReader;
beforeAll(async () => {
  reader = await HclReader.load();
});

const read = (text: string) => reader.file(new SourceText("a.tf", text));
const where = (spot: Spot): string => {
  const { line, column, end_line, end_column } = placeOf(spot);
  return `${line}:${column}-${end_line}:${end_column}`;
};

describe("HCL with places", () => {
  it("tells where blocks, attributes and their values stand, in UTF-16 units", () => {
    const { body, slips } = read(
      '# 🔑\r\nresource "a" "b" {\r\n  x = "🔑" # é\r\n  c {\r\n    y = [1]\r\n  }\r\n}\r\n',
    );
    expect(slips).toEqual([]);
    const [block] = body.blocks;
    expect([block?.type, ...(block?.labels ?? [])]).toEqual(["resource", "a", "b"]);
    expect(block && where(block)).toBe("2:1-7:2");
    const x = block?.body.attributes.get("x");
    expect(x && [where(x.key), where(x.value)]).toEqual(["3:3-3:4", "3:7-3:11"]);
    const y = block?.body.blocks[0]?.body.attributes.get("y");
    expect(y && where(y.value)).toBe("5:9-5:12");
  });

  it("tells blocks within each other beyond its bound, however deep they are", () => {
    const { body, slips } = read(`locals {}\n${"a {\n".repeat(20_000)}${"}\n".repeat(20_000)}`);
    expect(body.blocks.map(({ type }) => type)).toEqual(["locals"]);
    expect(slips.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
      "limit: expected nesting of at most 100, got more",
    ]);
  });

  it("reads the blocks beside a malformed one", () => {
    const { body, slips } = read(
      'locals {\n  a = 1\n}\nresource "a" "b" {\n  x =\n}\n\nresource "c" "d" {\n  y = [1,\n}\n\nresource "e" "f" {\n}\n',
    );
    expect(body.blocks.map(({ type, labels }) => [type, ...labels].join(" "))).toEqual([
      "locals",
      "resource e f",
    ]);
    expect(slips.map(({ spot, lost, detail }) => [where(spot), where(lost), detail])).toEqual([
      ["6:1-6:1", "4:1-7:1", "expected a value, got none: lines 4 to 6 are not read"],
      ["9:3-9:3", "8:1-10:2", "expected HCL, got a slip: lines 8 to 10 are not read"],
    ]);
  });

  it("reads nothing of a file that is malformed at its top", () => {
    const { body, slips } = read('resource "a" "b" {\n}\n}\n');
    expect(body.blocks).toEqual([]);
    expect(slips.map(({ spot, lost }) => [where(spot), where(lost)])).toEqual([["3:1-3:1", "1:1-4:1"]]);
  });

  it("tells what nests too deep as a limit, and reads what is beside it", () => {
    const deep = `resource "a" "b" {\n  x = ${"[".repeat(3000)}${"]".repeat(3000)}\n}\nlocals {\n}\n`;
    const { body, slips } = read(deep);
    expect(body.blocks.map(({ type }) => type)).toEqual(["locals"]);
    expect(slips.map(({ reason }) => reason)).toEqual(["limit"]);
  });

  it("reads templates by themselves without backslashes", () => {
    const spot = { source: new SourceText("a", ""), start: 0, end: 0 };
    expect(reader.template("a\\n ${b}", spot)).toMatchObject({
      kind: "template",
      parts: [{ text: "a\\n " }, { kind: "value" }],
    });
    expect(reader.template("plain", spot)).toMatchObject({ kind: "literal", value: "plain" });
    expect(() => reader.template("${", spot)).toThrow("expected a template");
  });
});
