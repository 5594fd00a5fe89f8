import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { sha256 } from "../../src/base/index.ts";
import { keepable } from "../../src/collect/redaction.ts";
import { hashicorp } from "../../src/connectors/index.ts";
import { findingsOf } from "../../src/evidence/findings.ts";
import { FactSet, isGap, recordDigest, type Fact } from "../../src/facts/index.ts";
import { createEvaluator, loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS, buildSubjects, documentOf } from "../../src/subjects/index.ts";
import { recordWith } from "../connectors/hashicorp/replays.ts";

const TAKEN_AT = "2026-11-23T18:00:00.000Z";
const RULES = { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] };
const bundle = loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url)));

/** What the product says of a store whose one ACL policy is this. */
async function found(policy: string) {
  const asked = recordWith({ operation: "namespace.policy", params: { name: "app" } }, { data: { policy } });
  const body = Buffer.from("text" in asked.body ? asked.body.text : "");
  const kept = await keepable({ status: 200, media_type: "application/json", body }, []);
  const text = "text" in kept.body ? kept.body.text : "";
  const record = { ...asked, ...kept, body_sha256: sha256(text), body_bytes: Buffer.byteLength(text) };
  const items = hashicorp.normalise(record);
  const facts = new FactSet(
    items.filter((item): item is Fact => !isGap(item)),
    items.filter(isGap),
  );
  const subjects = buildSubjects(facts, computeGrants(facts, { takenAt: TAKEN_AT }), RULES, TAKEN_AT);
  const evaluator = createEvaluator(bundle);
  const context = {
    asOf: TAKEN_AT,
    policies: new Map(bundle.catalogue.policies.map((entry) => [entry.policy_id, entry])),
    controls: new Map<string, readonly string[]>(),
    gaps: new Map(),
    providers: new Map<string, string>(),
  };
  const findings = [...subjects].flatMap((subject) =>
    evaluator
      .evaluate(documentOf(subject))
      .outcomes.filter(({ policy_id }) => policy_id === "credential_in_configuration")
      .flatMap((outcome) => findingsOf(context, subject, outcome)),
  );
  return { record: recordDigest(record), findings };
}

it("a credential in a policy is a finding that names place and record, never the text", async () => {
  const token = ["hvs", "F0ct8QZ3nVxK2pLm7RsT9uWy"].join(".");
  const { record, findings } = await found(`# ${token}\npath "kv/*" { capabilities = ["read"] }`);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    status: "violation",
    subject_id: "payments-vault",
    actual: "vault-token at /data/policy",
    message:
      "what looks like a credential (vault-token) stands in payments-vault:sys/policies/acl/app, at /data/policy of namespace.policy",
  });
  expect(findings[0]!.records).toContain(record);
  expect(JSON.stringify(findings)).not.toContain(token);
});

it("a policy without one is none", async () => {
  expect((await found('path "kv/*" { capabilities = ["read"] }')).findings).toEqual([]);
});
