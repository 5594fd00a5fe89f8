import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Declared } from "../../src/gate/declared.ts";
import { Drafting, Register } from "../../src/gate/drafting.ts";
import { judgeDeclared } from "../../src/gate/judge.ts";
import { inUse, type RulesInUse } from "../../src/gate/rules.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { factComplaint } from "../../src/facts/index.ts";

const AT = "2026-11-27T00:00:00.000Z";
let rules: RulesInUse;
beforeAll(async () => {
  rules = inUse({
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  });
});

const TEXT = "secret prod/db\n  rotation off\n  policy everyone\n";

/** A secret that everyone may read, without rotation, as a template would declare it. */
function secretOf({ rotation = "known" } = {}): Declared {
  const source = new SourceText("deploy/db.tf", TEXT);
  const drafting = new Drafting("change", TEXT);
  const register = new Register();
  const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-??????";
  const id = drafting.id(arn);
  const mount = "111122223333/eu-west-1";
  const scope = `change/${mount}`;
  drafting.add("store", {
    id: drafting.id(mount),
    scope,
    product: "aws",
    account: "111122223333",
    region: "eu-west-1",
  });
  drafting.add("secret", { id, scope, mount, name: "prod/db", secret_type: "aws_secret" });
  drafting.add("secret_metadata", {
    id,
    scope,
    mount,
    name: "prod/db",
    encrypted: true,
    labels: { tier: "critical" },
  });
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" }],
  });
  drafting.add("resource_policy", { id: `${id}#policy`, scope, resource: id, text });
  if (rotation === "known")
    drafting.add("secret_rotation", { id, scope, mount, name: "prod/db", enabled: false });
  else
    drafting.hide({
      scope,
      resource: id,
      kinds: ["secret_rotation"],
      detail: "rotation is known only after apply",
    });
  register.declare(id, "aws_secretsmanager_secret.db", { source, start: 0, end: 14 });
  register.part(id, "secret_rotation", {
    source,
    start: TEXT.indexOf("rotation"),
    end: TEXT.indexOf("off") + 3,
  });
  return register.declared({
    format: "terraform",
    provider: "aws",
    path: "deploy",
    source: "change",
    after: drafting.side(),
    told: ["secret", "secret_metadata", "cloud_metadata", "secret_rotation", "store", "resource_policy"],
  });
}

describe("judging what is declared", () => {
  it("finds what the declaration proves, where it stands", async () => {
    const declared = secretOf();
    expect(declared.after.facts.map(factComplaint).filter(Boolean)).toEqual([]);
    const { findings, subject_count, out_of_reach } = await judgeDeclared(declared, rules, AT);
    expect(subject_count).toBe(1);
    const told = findings.map(
      ({ policy_id, outcome, place }) => `${policy_id} ${outcome} ${place.line}:${place.column}`,
    );
    expect(told).toContain("rotation_not_configured violation 2:3");
    expect(told).toContain("public_access violation 1:1");
    expect(told.filter((one) => one.includes("undetermined"))).toEqual([]);
    expect(out_of_reach).toContain("unused_secret");
  });

  it("passes nothing that is known only when it is applied", async () => {
    const { findings } = await judgeDeclared(secretOf({ rotation: "unknown" }), rules, AT);
    const rotation = findings.find(({ policy_id }) => policy_id === "rotation_not_configured");
    expect(rotation?.outcome).toBe("undetermined");
    expect(rotation?.message).toBe("cannot be decided: rotation is known only after apply");
    expect(findings.find(({ policy_id }) => policy_id === "public_access")?.outcome).toBe("violation");
  });

  it("keeps a finding's fingerprint where lines move", async () => {
    const [first, second] = await Promise.all([
      judgeDeclared(secretOf(), rules, AT),
      judgeDeclared(secretOf(), rules, AT),
    ]);
    const prints = first.findings.map(({ fingerprint }) => fingerprint);
    expect(second.findings.map(({ fingerprint }) => fingerprint)).toEqual(prints);
    expect(new Set(prints).size).toBe(prints.length);
  });
});
