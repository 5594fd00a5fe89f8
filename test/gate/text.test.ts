import { describe, expect, it } from "vitest";
import { Unreadable } from "../../src/gate/text/bounds.ts";
import { readJson } from "../../src/gate/text/json.ts";
import { at, placeOf, plainValue, textOf, unknownIn, type Node } from "../../src/gate/text/node.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";
import { readYaml } from "../../src/gate/text/yaml.ts";

const yaml = (text: string, terms = {}) => readYaml(new SourceText("a.yaml", text), terms);
const root = (text: string, terms = {}): Node => {
  const [document] = yaml(text, terms);
  if (document?.root === undefined) throw document?.slip ?? new Error("nothing");
  return document.root;
};
const where = (node: Node | undefined): string => {
  if (node === undefined) return "nowhere";
  const { line, column, end_line, end_column } = placeOf(node);
  return `${line}:${column}-${end_line}:${end_column}`;
};

describe("YAML with places", () => {
  it("tells where each value stands, in every document", () => {
    const [first, second] = yaml("# first\na: 1\nb:\n  - x\n  - y: deep\n---\nkind: Secret\ndata: {k: v}\n");
    expect(plainValue(first?.root as Node)).toEqual({ a: 1, b: ["x", { y: "deep" }] });
    expect(where(at(second?.root, "data", "k"))).toBe("8:11-8:12");
    expect(where(at(first?.root, "b"))).toBe("4:3-5:12");
  });

  it("reads one document where another is malformed", () => {
    const [first, second] = yaml("a: [1\n---\nb: 2\n");
    expect(first?.slip).toBeInstanceOf(Unreadable);
    expect(plainValue(second?.root as Node)).toEqual({ b: 2 });
  });

  it.each([
    ["a document behind ... alone", "a: 1\n...\nb: 2\n", "expected each document behind ---"],
    ["a list behind ... alone", "a: 1\n...\n- b\n", "expected each document behind ---"],
    [
      "a handle of one's own for tags",
      "%TAG !e! tag:yaml.org,2002:\n---\nkind: !e!binary YQ==\n",
      "got %TAG",
    ],
    ["no base64 behind !!binary", "kind: !!binary 'a b!'\n", "expected base64"],
  ])("does not read %s", (_, text, complaint) => {
    const slips = yaml(text).flatMap(({ slip }) => slip ?? []);
    expect(slips.map(({ message }) => message).join()).toContain(complaint);
  });

  it("reads documents that end with ... and what is written in base64, as kubectl does", () => {
    const documents = yaml("a: 1\n...\n---\nkind: !!binary |\n  Q29uZmln\n  TWFw\n...\n# end\n");
    expect(documents.map(({ root: one }) => plainValue(one as Node))).toEqual([
      { a: 1 },
      { kind: "ConfigMap" },
    ]);
  });

  it("keeps block scalars with a line of dashes whole", () => {
    expect(textOf(at(root("a: |\n  ---\n  text\nb: 1\n"), "a"))).toBe("---\ntext\n");
  });

  it("keeps account ids, old octals and words of YAML 1.1 as they are", () => {
    expect(
      plainValue(root("a: 012345678901\nb: yes\nc: 1:30\nd: 0o17\ne: ~\nf: '7'\ng: 99999999999999999999\n")),
    ).toEqual({
      ...{ a: "012345678901", b: "yes", c: "1:30", d: 15, e: null, f: "7", g: "99999999999999999999" },
    });
  });

  it("keeps tags, writes aliases out, and merges where the format does", () => {
    expect(at(root("a: !Sub x-${b}\n"), "a")?.tag).toBe("!Sub");
    expect(plainValue(root("a: &x {k: 1}\nb: *x\n"))).toEqual({ a: { k: 1 }, b: { k: 1 } });
    const merged = "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n";
    expect(plainValue(at(root(merged, { merges: true }), "b") as Node)).toEqual({ k: 3, l: 2 });
    expect(plainValue(at(root(merged), "b") as Node)).toEqual({ "<<": { k: 1, l: 2 }, k: 3 });
  });

  it("tells what of very long lists is not known, and writes aliases of them out", () => {
    const list = `[${"x,".repeat(300_000)}x]`;
    const node = root(`a: &a ${list}\nb: *a\n`);
    expect(at(node, "b")?.kind).toBe("list");
    expect(unknownIn(node)).toBeUndefined();
  });

  it.each([
    ["an alias of what holds it", "a: &x [*x]\n", "malformed"],
    ["an alias of nothing", "a: *x\n", "malformed"],
    ["a key written twice", "a: 1\na: 2\n", "malformed"],
    ["deep nesting", `${"[".repeat(300)}${"]".repeat(300)}`, "limit"],
    [
      "a bomb of aliases",
      `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(",")}]\n`).join("")}`,
      "limit",
    ],
  ])("refuses %s", (_, text, reason) => {
    const [{ slip } = {}] = yaml(text);
    expect(slip?.reason).toBe(reason);
  });
});

describe("JSON with places", () => {
  it.each([
    ["outermost", '{"a":1,"a":2}'],
    ["within", '{"x":[{"a":1,"\\u0061":2}]}'],
  ])("refuses a key written twice: %s", (_, text) => {
    expect(() => readJson(new SourceText("a.json", text))).toThrow('expected each key once, got "a" twice');
  });

  it("tells where each value stands", () => {
    const node = readJson(new SourceText("a.json", '{\n  "a": [1, {"b": "c"}],\n  "a2": null\n}'));
    expect(where(at(node, "a"))).toBe("2:8-2:23");
    expect(plainValue(node)).toEqual({ a: [1, { b: "c" }], a2: null });
    expect(at(node, "a2")).toBeUndefined();
  });

  it("shows half a character as one that could not be read", () => {
    const node = readJson(new SourceText("a.json", '{"\\ud800": "\\udc00"}'));
    expect(plainValue(node)).toEqual({ "\ufffd": "\ufffd" });
    expect(plainValue(root('a: "\\ud800"\n'))).toEqual({ a: "\ufffd" });
  });

  it.each(["", "{", '{"a": 1,}', "// x\n{}", '{"a": 01}', "{} {}", "[".repeat(300)])("refuses %j", (text) => {
    expect(() => readJson(new SourceText("a.json", text))).toThrow(Unreadable);
  });
});
