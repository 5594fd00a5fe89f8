import { expect, it } from "vitest";
import { awsJudge } from "../../src/access/aws/world.ts";
import {
  AwsFacts,
  HOME,
  KEY,
  READ,
  SECRET,
  STORE,
  allow,
  arn,
  can,
  document,
  idOf,
  letIn,
  modelOf,
} from "./aws-facts.ts";

const ODD = "Internal Backup (7)";
const ONLY_BOSS = document(letIn({ AWS: arn.user("boss") }, "kms:*"));

const grantedTo = (grantee: string) =>
  new AwsFacts()
    .key(KEY, ONLY_BOSS)
    .add("key_grant", `${idOf(KEY)}#grant/g1`, {
      key: idOf(KEY),
      grant_id: "g1",
      grantee,
      operations: ["Decrypt"],
    })
    .secret(SECRET, { key: idOf(KEY) })
    .user("boss")
    .user("ana", { inline: { own: document(allow([READ, "kms:Decrypt"])) } });

it("a grant of a key to what is no principal makes a possible stranger of that name", () => {
  const model = modelOf(grantedTo(ODD));
  const [grant, ...others] = model.path(`${STORE}:${ODD}`, idOf(KEY));
  expect(others).toEqual([]);
  expect(grant).toMatchObject({ actions: ["read"], certainty: "possible" });
  expect(grant?.conditions.join()).toContain(JSON.stringify(ODD));
  expect(model.principals).toContainEqual(
    expect.objectContaining({ name: ODD, external: true, principal_type: "aws_account" }),
  );
  expect(model.readers(idOf(KEY)).possible_count).toBeGreaterThan(0);
});

it("and of whoever else it may name, as single questions say", () => {
  const facts = grantedTo(ODD);
  const { certainty } = awsJudge({
    format: "countersign-world/1",
    provider: "aws",
    accounts: { [HOME]: {} },
    principals: { [arn.user("ana")]: { identity_policies: [document(allow([READ, "kms:Decrypt"]))] } },
    resources: { [KEY]: { policy: ONLY_BOSS, grants: [{ GranteePrincipal: ODD, Operations: ["Decrypt"] }] } },
    questions: [],
  })({ principal: arn.user("ana"), action: "kms:Decrypt", resource: KEY });
  expect(certainty).toBe("possible");
  expect(can(facts, arn.user("ana"), KEY)).toEqual(["read possible"]);
  expect(can(facts, arn.user("ana"))).toEqual(["read possible"]);
  expect(modelOf(facts).readers(idOf(SECRET)).possible_count).toBeGreaterThan(0);
});

it("but of nobody else where it names somebody", () => {
  const facts = grantedTo(arn.user("boss"));
  expect(can(facts, arn.user("ana"), KEY)).toEqual([]);
  expect(modelOf(facts).readers(idOf(SECRET)).possible_count).toBe(0);
});
