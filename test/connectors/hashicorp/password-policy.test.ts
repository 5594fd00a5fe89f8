import { describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { recordWith } from "./replays.ts";

describe("the length of a password policy", () => {
  const rule = 'rule "charset" {\n  charset = "abcdefghijklmnopqrstuvwxyz"\n}';

  it.each<[string, number | undefined]>([
    [`length = 20\n${rule}`, 20],
    [`length=20\nlength=4\n${rule}`, 4],
    [`length=4\nlength=20\n${rule}`, 20],
    [`length=016\n${rule}`, 14],
    [`length=020\n${rule}`, 16],
    [`length=0x14\n${rule}`, 20],
    [`length=2.0e1\n${rule}`, 20],
    [`length=4.9\n${rule}`, 4],
    [`length=4 # length=30\n/*\nlength=40\n*/\n${rule}`, 4],
    [`Length=4\n${rule}`, 4],
    [`Length=20\nlength=4\n${rule}`, 4],
    [`length=4\nLength=20\n${rule}`, 4],
    [`LENGTH=20\nLength=4\n${rule}`, undefined],
    [`rule "charset" {\n  charset = "ab"\n  length = 20\n}`, undefined],
    [`length=4\nrule "charset" {\n  length = 20\n}`, 4],
    ['{"length": 5, "rule": [{"charset": [{"charset": "abcdefghij"}]}]}', 5],
    ['{"length": 20, "length": 4}', 4],
    [`length="20"\n${rule}`, undefined],
    [`length=true\n${rule}`, undefined],
    [`length=[20]\n${rule}`, undefined],
    [`length "a" {}\n${rule}`, undefined],
    [`length {}\nlength=20\n${rule}`, undefined],
    [`length=-20\n${rule}`, undefined],
    [`length=99999999999999999999\n${rule}`, undefined],
    [`length=9007199254740993\n${rule}`, undefined],
    [`length=20\n${rule}}`, undefined],
    [rule, undefined],
  ])("%j is %s", (policy, length) => {
    const record = recordWith(
      { operation: "namespace.password_policy", params: { name: "p" } },
      { data: { policy } },
    );
    const found = hashicorp.normalise(record);
    expect(found).toMatchObject([{ kind: "password_policy", text: policy }]);
    const lengths = found.map((fact) => "kind" in fact && fact.kind === "password_policy" && fact.length);
    expect(lengths).toEqual([length]);
  });
});

describe("the least entropy of a password policy", () => {
  const charset = (characters: string, more = ""): string =>
    `rule "charset" {\n  charset = ${JSON.stringify(characters)}\n${more}}\n`;
  const hex = "0123456789abcdef";

  it.each<[string, number | undefined]>([
    [`length = 20\n${charset(hex)}`, 80],
    [`length = 20\n${charset("a")}`, 0],
    [`length = 20\n${charset(hex + hex)}`, 80],
    [`length = 20\n${charset("01234567")}${charset("89abcdef")}`, 80],
    [`length = 20\n${charset("01234567", "  min-chars = 4\n")}${charset("89abcdef")}`, 76],
    [`length = 20\n${charset("a", "  min-chars = 18\n")}${charset(hex)}`, 8],
    [`length = 20\n${charset("\u00e4\u{1f511}")}`, 20],
    [`{"length": 20, "rule": [{"charset": [{"charset": "${hex}"}]}]}`, 80],
    [`{"length": 20, "rule": {"charset": {"charset": "${hex}", "min-chars": 1}}}`, 80],
    [`length = 20\nrule {\n charset {\n charset = "${hex}"\n }\n}`, 80],
    [`length = 9007199254740991\n${charset(hex)}`, Number.MAX_SAFE_INTEGER],
    [`length = 4\n${charset("ab", "  min-chars = 5\n")}`, undefined],
    [`length = 20`, undefined],
    [`length = 20\n${charset("")}`, undefined],
    [`length = 20\n${charset(hex, '  min-chars = "3"\n')}`, undefined],
    [`length = 20\n${charset(hex, "  Min-Chars = 3\n")}`, undefined],
    [`length = 20\n${charset(hex, '  charset = "a"\n')}`, undefined],
    [`length = 20\nRule "charset" { charset = "a" }\n${charset(hex)}`, undefined],
    [`length = 20\nrule "other" { charset = "${hex}" }`, undefined],
    [`length = 20\nrule "charset" "x" { charset = "${hex}" }`, undefined],
    [`length = 20\nrule "charset" { charset = ["${hex}"] }`, undefined],
    [charset(hex), undefined],
  ])("of %j is %s", (policy, bits) => {
    const record = recordWith(
      { operation: "namespace.password_policy", params: { name: "p" } },
      { data: { policy } },
    );
    const found = hashicorp.normalise(record);
    expect(found.map((fact) => "kind" in fact && fact.kind === "password_policy" && fact.bits)).toEqual([
      bits,
    ]);
  });
});
