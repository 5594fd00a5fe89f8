import { readFile, readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { factComplaint, gapGuard, type Fact, type FactKind } from "../../src/facts/index.ts";
import type { Declared } from "../../src/gate/declared.ts";
import { isUnread, UNKNOWN_SURROUNDINGS, type Unread } from "../../src/gate/formats/format.ts";
import { terraformPlan } from "../../src/gate/formats/terraform-plan/index.ts";
import { vaultPolicy } from "../../src/gate/formats/vault-policy.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";

const CASES = new URL("../cases/gate/", import.meta.url);

async function inputsOf(format: string): Promise<SourceText[]> {
  const directory = new URL(`${format}/`, CASES);
  const names = (await readdir(directory)).filter((name) => /^(?:ok|ng)\./.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const input = new URL(`${name}/input/`, directory);
      const inside = await readdir(input);
      return Promise.all(
        inside.map(
          async (file) => new SourceText(`${name}/${file}`, await readFile(new URL(file, input), "utf8")),
        ),
      );
    }),
  );
  return files.flat();
}

function planOf(path: string, files: readonly SourceText[]): Declared {
  const file = files.find((one) => one.path.startsWith(path));
  if (file === undefined) throw new Error(`no case ${path}`);
  const [first] = [...terraformPlan.read([file], UNKNOWN_SURROUNDINGS)];
  if (first === undefined || isUnread(first)) throw new Error(`${path} declares nothing`);
  return first;
}

function of(facts: readonly Fact[], kind: FactKind): readonly Fact[] {
  return facts.filter((fact) => fact.kind === kind);
}

const files = await inputsOf("terraform_plan");

describe("what plans and policies declare", () => {
  it("is facts and gaps that fit their schemas, on both sides", async () => {
    const policies = await inputsOf("vault_policy");
    const all: (Declared | Unread)[] = [
      ...terraformPlan.read(files, UNKNOWN_SURROUNDINGS),
      ...vaultPolicy.read(policies, UNKNOWN_SURROUNDINGS),
    ];
    const declared = all.filter((one): one is Declared => !isUnread(one));
    expect(declared.length).toBeGreaterThan(30);
    for (const { path, after, before } of declared) {
      for (const side of [after, ...(before === undefined ? [] : [before])]) {
        expect(side.facts.map(factComplaint).filter(Boolean), path).toEqual([]);
        for (const gap of side.gaps) expect(gapGuard.fits(gap), `${path} ${JSON.stringify(gap)}`).toBe(true);
      }
    }
  });

  it("holds no text of what is sensitive", () => {
    const secrets = ["correct-horse", "changeme-please", "s3cr3t-in-plain"];
    for (const path of ["ng.literal_credentials", "ng.vault_kv_literal", "ng.vault_database_plain"]) {
      const { after, before, credentials, declarations } = planOf(path, files);
      const told = JSON.stringify([after, before, credentials, [...declarations]]);
      expect(credentials.length, path).toBeGreaterThan(0);
      for (const secret of secrets) expect(told.includes(secret), `${path} ${secret}`).toBe(false);
    }
  });

  it("has the side before the change", () => {
    const { after, before } = planOf("ng.rotation_dropped", files);
    const enabled = (facts: readonly Fact[]): unknown[] =>
      of(facts, "secret_rotation").map((fact) => "enabled" in fact && fact.enabled);
    expect(enabled(before?.facts ?? [])).toEqual([true]);
    expect(enabled(after.facts)).toEqual([false]);
  });

  it("calls what is there by its name, and what is made by a symbol", () => {
    const there = planOf("ng.rotation_dropped", files).after.facts;
    expect(of(there, "secret").map(({ id }) => id)).toEqual([
      "change:arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-AbCdEf",
    ]);
    const made = planOf("ng.secret_alone", files).after.facts;
    expect(of(made, "secret").map(({ id }) => id)).toEqual([
      `change:arn:aws:secretsmanager:eu-central-1:${UNKNOWN_SURROUNDINGS.account}:secret:prod/db-??????`,
    ]);
  });

  it("joins identities by ids that are known only after apply", () => {
    const { after } = planOf("ng.vault_entity_reads_and_grants", files);
    const [anna] = of(after.facts, "principal");
    expect(anna).toMatchObject({
      policies: ["both"],
      aliases: [{ name: "anna", mount_accessor: "vault_auth_backend.userpass.accessor" }],
    });
  });

  it("tells other files from plans", () => {
    const head = (name: string, text: string): boolean =>
      terraformPlan.recognises({ path: name, name, text, keys: new Set() });
    expect(head("plan.json", '{"format_version":"1.2","terraform_version":"1.13.4"')).toBe(true);
    expect(
      head("sorted.json", '{ "applyable": true, "checks": [], "configuration": { "provider_config": {} }'),
    ).toBe(true);
    expect(head("package.json", '{"name":"x","version":"1.0.0"}')).toBe(false);
    expect(head("main.tf.json", '{"resource":{}}')).toBe(false);
    const state = new SourceText(
      "state.json",
      '{"format_version":"1.0","terraform_version":"1.13.4","values":{}}',
    );
    expect([...terraformPlan.read([state], UNKNOWN_SURROUNDINGS)]).toMatchObject([{ reason: "unsupported" }]);
    const schemas = new SourceText("schemas.json", '{"format_version":"1.0","provider_schemas":{}}');
    expect([...terraformPlan.read([schemas], UNKNOWN_SURROUNDINGS)]).toEqual([]);
  });
});
