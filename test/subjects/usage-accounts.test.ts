import { expect, test } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { buildSubjects } from "../../src/subjects/index.ts";
import {
  AWAY,
  AwsFacts,
  HOME,
  SECRET,
  allow,
  arn,
  document,
  idOf,
  letIn,
  trusting,
} from "../access/aws-facts.ts";
import { logSpan, usage } from "../access/aws-log-facts.ts";
import { TAKEN_AT } from "./facts.ts";

const READER = arn.role("reader", AWAY);
const OTHER = arn.secret("other-AbCdEf");

/** What is told of a reader in another account, of whose account no log was read; the secret's own log shows a read. */
function reader(principalKey: string, secretKey: string) {
  const facts = new AwsFacts(HOME, AWAY).organization([], [], "777788889999");
  facts.secret(SECRET, {
    key: "x",
    policy: document(letIn({ AWS: READER }, "secretsmanager:GetSecretValue")),
    encrypted: false,
  });
  facts.secret(OTHER);
  facts.role(READER, { inline: { r: document(allow("secretsmanager:GetSecretValue", SECRET)) } });
  logSpan(facts, HOME);
  usage(facts, principalKey, secretKey);
  const set = facts.set();
  const model = computeGrants(set, { takenAt: TAKEN_AT });
  for (const subject of buildSubjects(set, model, classificationRules({}), TAKEN_AT)) {
    if (subject.kind === "principal" && subject.id === idOf(READER)) return subject.usage;
  }
  return undefined;
}

test("whoever may be meant by a log that names an account alone is not known to be idle", () => {
  expect(reader(`account:${AWAY}`, SECRET)).toMatchObject({ complete: false });
  expect(reader(`arn:aws:sts::${AWAY}:federated-user/any`, SECRET)).toMatchObject({ complete: false });
  expect(reader(`account:${AWAY}`, arn.parameter("pay/*"))).toMatchObject({ complete: false });
});

test("reads by others, or of what it may not read, leave it as it is", () => {
  expect(reader(`account:${HOME}`, SECRET)).toMatchObject({ complete: true });
  expect(reader(`account:${AWAY}`, OTHER)).toMatchObject({ complete: true });
  expect(reader(arn.role("other", AWAY), SECRET)).toMatchObject({ complete: true });
});

test("what is read as a role is the role's use, and not of whoever assumes it", () => {
  const facts = new AwsFacts().secret(SECRET);
  const reads = { r: document(allow("secretsmanager:GetSecretValue", SECRET)) };
  facts.role("reader", { inline: reads, trust: trusting({ AWS: arn.root() }) });
  facts.user("ana", { inline: { a: document(allow("sts:AssumeRole")) } });
  logSpan(facts, HOME);
  const set = facts.set();
  const model = computeGrants(set, { takenAt: TAKEN_AT });
  const traits = new Map<string, readonly string[]>();
  for (const { kind, id, traits: of } of buildSubjects(set, model, classificationRules({}), TAKEN_AT))
    if (kind === "principal") traits.set(id, of);
  expect(traits.get(idOf(arn.role("reader")))).toContain("reads_logged");
  expect(traits.get(idOf(arn.user("ana")))).not.toContain("reads_logged");
  expect(model.access(idOf(arn.user("ana")))).toMatchObject({ readable_secret_count: 1 });
});
