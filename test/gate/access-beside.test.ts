import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sourceBeside } from "../../src/cli/source-beside.ts";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, accessReport, type AccessReport, type Tree } from "../../src/gate/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const PLAN = fileURLToPath(
  new URL("../cases/gate/terraform_plan_real/ng.deferred_data/input/", import.meta.url),
);

const ask = (tree: Tree, more: { beside?: ReturnType<typeof sourceBeside>; base?: Tree } = {}) =>
  accessReport({
    tree,
    ...(more.beside === undefined ? {} : { beside: more.beside }),
    ...(more.base === undefined ? {} : { base: { ref: "main", tree: more.base } }),
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
    surroundings: UNKNOWN_SURROUNDINGS,
    at: "2026-11-27T00:00:00.000Z",
    signal: new AbortController().signal,
  });

function treeOf(text: string): Tree {
  return {
    async *files() {
      await Promise.resolve();
      yield { path: "main.tf", size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
    },
  };
}

const told = ({ differences }: AccessReport): string[] =>
  differences.map(
    ({ principal, target, certainty, place }) =>
      `${principal.name} ${target.name} ${certainty} ${place.file}`,
  );

it("takes a reference for what it names where the source beside a plan shows it", async () => {
  const tree = await workTree(PLAN, ["plan.json"]);
  const alone = await ask(tree);
  expect(told(alone)).toEqual([expect.stringMatching(/^app .* possible plan\.json$/)]);
  expect(alone.exit).toBe(3);
  const beside = await ask(tree, { beside: sourceBeside(PLAN, undefined) });
  expect(told(beside)).toEqual([expect.stringMatching(/^app .* certain main\.tf$/)]);
  expect(beside.exit).toBe(0);
});

it("calls a secret whose name is not known by its address, and tells that its account is not known", async () => {
  const policy =
    '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"secretsmanager:*","Resource":"*"}]}';
  const secret = `variable "env" {}\nresource "aws_kms_key" "k" {}\nresource "aws_secretsmanager_secret" "s" {\n  name = "x-\${var.env}"\n  kms_key_id = aws_kms_key.k.arn\n`;
  const report = await ask(treeOf(`${secret}  policy = ${JSON.stringify(policy)}\n}\n`), {
    base: treeOf(`${secret}}\n`),
  });
  expect(report.differences.map(({ target }) => target.name)).toContain("aws_secretsmanager_secret.s");
  expect(report.unseen).toContain(
    "whether aws_secretsmanager_secret.s is in the account of arn:aws:iam::111122223333:role/app",
  );
  expect(report.exit).toBe(3);
});
