import { beforeAll, describe, expect, it } from "vitest";
import { UNKNOWN_SURROUNDINGS } from "../../src/gate/formats/format.ts";
import { directoriesOf } from "../../src/gate/formats/terraform/configuration.ts";
import { evaluate } from "../../src/gate/formats/terraform/evaluate.ts";
import { MAX_STEPS } from "../../src/gate/formats/terraform/scope.ts";
import { MAX_ALL_MODULES, Module, type Context } from "../../src/gate/formats/terraform/module.ts";
import { Providers } from "../../src/gate/formats/terraform/providers.ts";
import { HclReader } from "../../src/gate/text/hcl.ts";
import { plainValue, unknownIn } from "../../src/gate/text/node.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";

let reader: HclReader;
beforeAll(async () => {
  reader = await HclReader.load();
});

const GIVEN = `locals {
  base = { a = 1, b = [1, 2, 3], c = { d = "x", e = null } }
  list = ["b", "a", "b"]
  objs = [{ n = "x", v = 1 }, { n = "y", v = 2 }]
}
variable "given" {}
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
resource "aws_secretsmanager_secret" "db" {
  name = "prod/db"
}
resource "aws_secretsmanager_secret" "many" {
  for_each = { b = 1, a = 2 }
  name     = "prod/\${each.key}"
}
resource "aws_iam_role" "nameless" {
  name = var.given
}
`;

/** The value of an expression of a root module; the reason in braces where it is not known. */
function worth(expression: string, more = ""): unknown {
  const source = new SourceText("main.tf", `${GIVEN}${more}\nlocals {\n  v = ${expression}\n}\n`);
  const directories = directoriesOf([source], reader);
  const directory = directories.get("");
  if (directory === undefined) throw new Error("no directory");
  expect(directory.unread).toEqual([]);
  const context: Context = {
    directories,
    defaultsHold: false,
    file: () => undefined,
    template: (text, spot) => reader.template(text, spot),
    steps: { left: MAX_STEPS, depth: 0 },
    providers: new Providers(UNKNOWN_SURROUNDINGS),
    unread: [],
    defaulted: new Set(),
    trace: undefined,
    entered: new Set(),
    modulesLeft: MAX_ALL_MODULES,
  };
  const module = new Module(directory, { prefix: "", context, open: new Set(), depth: 0 });
  const value = directory.blocks.at(-1)?.body.attributes.get("v")?.value;
  if (value === undefined) throw new Error("no value");
  const node = evaluate(value, module.scope);
  const open = unknownIn(node);
  return open === undefined ? plainValue(node) : `{${open.why}}`;
}

/** Recorded from `terraform console` of Terraform 1.11.4, `jsonencode` of each. */
const AS_TERRAFORM: readonly (readonly [string, unknown])[] = [
  ["1 + 2 * 3 - -(2)", 9],
  ["10 % 3 == 1 && !false ? 7 / 2 : 0", 3.5],
  ["0.1 + 0.2", 0.3],
  ['"1" == 1', false],
  ["{ a = 1 } == { a = 1 }", true],
  ["local.objs[*].n", ["x", "y"]],
  ["local.objs.*.n[0]", "x"],
  ["local.list.0", "b"],
  ["[for o in local.objs : o.n if o.v > 1]", ["y"]],
  ['{ for o in local.objs : "k" => o.n... }', { k: ["x", "y"] }],
  ['[for k, v in toset(["q"]) : "${k}${v}"]', ["qq"]],
  ["{ for k, v in local.base.c : k => v }", { d: "x", e: null }],
  ['"a\\tb\\n\\"q\\" \\u00e9 $${x} %%{y}"', 'a\tb\n"q" é ${x} %{y}'],
  ['"%{ for x in local.list }${x},%{ endfor }%{ if true }yes%{ else }no%{ endif }"', "b,a,b,yes"],
  ['"  ${~ "x" ~}  y"', "xy"],
  ["<<-EOT\n    a\n      b ${1}\n\n    c\n    EOT\n", "a\n  b 1\n\nc\n"],
  ["<<-EOT\n  ${1} x\n    y\n  EOT\n", "1 x\n  y\n"],
  [
    "<<-EOT\n    %{ for x in local.list ~}\n    - ${x}\n    %{ endfor ~}\n    EOT\n",
    "    - b\n    - a\n    - b\n",
  ],
  ['<<EOT\n"a\\n" $${b}\nEOT\n', '"a\\n" ${b}\n'],
  ["<<EOT\nEOT\n", ""],
  ['jsonencode({ b = 1, a = [true, null, "<x>"] })', '{"a":[true,null,"\\u003cx\\u003e"],"b":1}'],
  ['jsondecode("{\\"a\\":[1,2]}").a[1]', 2],
  ["merge({ a = 1 }, { b = 2, a = 3 }, null)", { a: 3, b: 2 }],
  ["flatten([[1, [2]], [3]])", [1, 2, 3]],
  ['compact(["a", "", null])', ["a"]],
  ["element(local.list, 4)", "a"],
  ['lookup({ a = 1 }, "b", 9)', 9],
  ["tolist(toset(local.list))", ["a", "b"]],
  ["keys({ b = 1, a = 2 })", ["a", "b"]],
  ["values({ b = 1, a = 2 })", [2, 1]],
  ['coalesce(null, "", "x")', "x"],
  ['format("%s-%d %% %v", "a", 3, true)', "a-3 % true"],
  ['formatlist("%s-x", local.list)', ["b-x", "a-x", "b-x"]],
  ['join("-", ["a"], ["b"])', "a-b"],
  ['split(",", "a,b,")', ["a", "b", ""]],
  ['replace("a.b.c", ".", "-")', "a-b-c"],
  ['substr("hello", -3, -1)', "llo"],
  ['try(local.base.zz, "d")', "d"],
  ["try(local.base.c.e, 1)", null],
  ["can(local.base.zz)", false],
  ["range(1, 7, 2)", [1, 3, 5]],
  ["concat([for o in local.objs : [o.n]]...)", ["x", "y"]],
  ['setsubtract(["a", "b"], ["a"])', ["b"]],
  ["alltrue([true, false])", false],
  ['{ "x-y" = 1, (local.base.c.d) = 2, z : 3 }', { "x-y": 1, x: 2, z: 3 }],
];

describe("expressions of Terraform", () => {
  it.each(AS_TERRAFORM)("%s", (expression, value) => {
    expect(worth(expression)).toEqual(value);
  });

  it.each([
    ["var.given", "{var.given is given only when it is applied}"],
    ['"a-${var.given}"', "{var.given is given only when it is applied}"],
    ["var.given == null ? 1 : 2", "{var.given is given only when it is applied}"],
    ["var.given && false", false],
    ["[for x in var.given : x]", "{var.given is given only when it is applied}"],
    ["try(var.given.a, 1)", "{var.given is given only when it is applied}"],
    ["timestamp()", "{timestamp() is not worked out}"],
    ['replace("abc", "/b/", "x")', "{regular expressions are not worked out}"],
    ['file("gone.json")', "{file gone.json is not among those that are looked at}"],
    ["terraform.workspace", "{the workspace is chosen when it is run}"],
    ["local.self", "{it rests on itself}", "locals {\n  self = [local.self]\n}"],
    ["aws_lambda_function.f.arn", "{aws_lambda_function.f is not in the files that are read}"],
    [
      "aws_secretsmanager_secret.db.version",
      "{aws_secretsmanager_secret.db.version is known only after apply}",
    ],
    ["aws_iam_role.nameless.name", "{var.given is given only when it is applied}"],
  ])("%s is not known, or is whatever the rest is", (expression, value, more = "") => {
    expect(worth(expression, more)).toEqual(value);
  });

  it("refers to what will be called by its parts, and decides nothing by what it made up", () => {
    const arn = `arn:aws:secretsmanager:this-region:${UNKNOWN_SURROUNDINGS.account}:secret:prod/db-??????`;
    expect(worth('"${aws_secretsmanager_secret.db.arn}*"')).toBe(`${arn}*`);
    expect(worth("[for s in aws_secretsmanager_secret.many : s.name]")).toEqual(["prod/a", "prod/b"]);
    expect(worth('aws_secretsmanager_secret.many["b"].name')).toBe("prod/b");
    expect(worth("data.aws_caller_identity.me.account_id")).toBe(UNKNOWN_SURROUNDINGS.account);
    const after = "{it is known only after apply}";
    expect(worth('data.aws_caller_identity.me.account_id == "111122223333"')).toBe(after);
    expect(worth("{ (data.aws_region.here.name) = 1 }")).toBe("{a key of it is known only after apply}");
    expect(worth('split(":", aws_secretsmanager_secret.db.arn)')).toBe(
      "{it rests on what is known only after apply}",
    );
  });

  it("bounds what doubles", () => {
    const doubling = (value: (from: string) => string): string =>
      `locals {\n  d0 = "xxxxxxxx"\n${Array.from({ length: 60 }, (_, n) => `  d${n + 1} = ${value(`local.d${n}`)}\n`).join("")}}`;
    expect(
      worth(
        "local.d60",
        doubling((from) => `[${from}, ${from}]`),
      ),
    ).toBe("{it is too large}");
    expect(
      worth(
        "local.d60",
        doubling((from) => `"\${${from}}\${${from}}"`),
      ),
    ).toBe("{it is too long}");
    expect(worth("[for a in range(9999) : [for b in range(9999) : a]]")).toMatch(/too large|takes too much/);
  });
});
