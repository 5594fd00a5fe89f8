import { describe, expect, it } from "vitest";
import { SourceText } from "../../src/gate/text/source-text.ts";
import { waived, waiversOf } from "../../src/gate/waivers.ts";
import { findingOf } from "./verdicts.ts";

describe("waivers in values", () => {
  const terms = 'public_access until=2027-01-31 reason="moves in January"';
  const read = (path: string, text: string): string[] => {
    const { waivers, notices: told } = waiversOf(new SourceText(path, text));
    return [
      ...waivers.map(({ policy_id, place }) => `${policy_id} ${place.line}`),
      ...told.map(({ kind, place }) => `${kind} ${place?.line ?? 0}`),
    ];
  };

  it("are read of CloudFormation's metadata, in JSON and YAML", () => {
    const template = (waive: unknown) => ({
      Resources: { Db: { Type: "x", Metadata: { countersign: { waive } } } },
    });
    expect(read("a.json", JSON.stringify(template([terms, "nothing"]), null, 1))).toEqual([
      "public_access 8",
      "waiver_malformed 9",
    ]);
    expect(read("a.json", JSON.stringify(template(terms)))).toEqual(["public_access 1"]);
    const yaml = `Resources:\n  Db:\n    Metadata:\n      countersign:\n        waive:\n          - '${terms}'\n    Value: !Ref x\n`;
    expect(read("a.yaml", yaml)).toEqual(["public_access 6"]);
    expect(read("a.json", '{"Metadata": {"countersign": {"waive": ')).toEqual([]);
  });

  it("are read of Kubernetes' annotations", () => {
    const text = (value: string): string =>
      `kind: Secret\nmetadata:\n  annotations:\n    other: x\n    countersign.dev/waive-1: '${value}'\n---\nkind: X\n`;
    expect(read("a.yaml", text(terms))).toEqual(["public_access 5"]);
    expect(read("a.yaml", text("public_access"))).toEqual(["waiver_malformed 5"]);
  });

  it("are about what they stand in, although all stands on one line", () => {
    const text = JSON.stringify({ A: { Metadata: { countersign: { waive: terms } }, x: 1 }, B: { x: 1 } });
    const source = new SourceText("a.json", text);
    const at = (key: string) => {
      const start = text.indexOf(`"${key}":`) + 4;
      return findingOf({ place: source.place(start, key === "A" ? text.indexOf(',"B"') : text.length - 1) });
    };
    const sources = new Map([["a.json", source]]);
    const told = waived([at("A"), at("B")], waiversOf(source).waivers, sources, {
      today: "2026-11-27",
      maxDays: 180,
    });
    expect(told.findings.map(({ state }) => state)).toEqual(["waived", "new"]);
  });

  it("are not read of words that only look like them", () => {
    expect(read("a.tf", 'x = "countersign:waive"\n# countersign:waivers are described elsewhere\n')).toEqual(
      [],
    );
  });
});
