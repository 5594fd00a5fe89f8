import { describe, expect, it } from "vitest";
import {
  APP,
  AwsFacts,
  KEY,
  READ,
  SECRET,
  allow,
  arn,
  can,
  deny,
  document,
  idOf,
  letIn,
  modelOf,
  trusting,
} from "./aws-facts.ts";

const ANA = arn.user("ana");
const inline = (...statements: ReturnType<typeof allow>[]) => ({ inline: { x: document(...statements) } });
const trustsHome = trusting({ AWS: arn.root() });
const OWN = ["kms:PutKeyPolicy", "kms:CreateGrant"];
const PARAMETER = arn.parameter("pay/db");

const estate = (keyPolicy?: ReturnType<typeof document>): AwsFacts =>
  new AwsFacts().key(KEY, keyPolicy).secret(SECRET, { key: KEY }).secret(PARAMETER, { key: KEY });

describe.each(OWN)("whoever may %s", (action) => {
  const owns = allow(action, KEY);

  it("comes to nothing that the key encrypts by that alone, and administers the key", () => {
    const facts = estate().user("ana", inline(owns));
    expect(can(facts, ANA)).toEqual([]);
    expect(can(facts, ANA, PARAMETER)).toEqual([]);
    expect(can(facts, ANA, KEY)).toContain("administer certain");
    expect(modelOf(facts).access(idOf(ANA)).readable_secret_count).toBe(0);
  });

  it("reads what it lacks nothing but the key of, with both steps", () => {
    const facts = estate().user("ana", inline(owns, allow([READ, "ssm:GetParameter"])));
    expect(can(facts, ANA)).toEqual(["read certain"]);
    expect(can(facts, ANA, PARAMETER)).toEqual(["read certain"]);
    const model = modelOf(facts);
    const [grant] = model.path(idOf(ANA), idOf(SECRET));
    expect([...new Set(grant?.path.map(({ note, capabilities }) => note ?? capabilities?.join()))]).toEqual([
      `${action} on key/k1`,
      READ,
    ]);
    expect(model.readers(idOf(SECRET))).toMatchObject({ by_role_count: 0, reader_and_granter_count: 1 });
    expect(model.access(idOf(ANA))).toMatchObject({ readable_secret_count: 2, impersonated_count: 0 });
  });

  it("not what the secret's own policy, or its own policies, deny it", () => {
    const denied = document({ Effect: "Deny", Principal: "*", Action: READ, Resource: "*" });
    const closed = new AwsFacts().key(KEY).secret(SECRET, { key: KEY, policy: denied });
    expect(can(closed.user("ana", inline(owns, allow(READ))), ANA)).toEqual([]);
    const facts = estate().user("ana", inline(owns, allow(READ), deny("kms:Decrypt")));
    expect(can(facts, ANA)).toEqual([]);
  });

  it("whatever the key's policy denies by a grant, and nothing by a policy of its own", () => {
    const guarded = document(letIn({ AWS: arn.root() }, "kms:*"), {
      ...letIn({ AWS: ANA }, "kms:Decrypt"),
      Effect: "Deny",
    });
    const facts = estate(guarded).user("ana", inline(owns, allow(READ)));
    expect(can(facts, ANA)).toEqual(action === "kms:CreateGrant" ? [] : ["read certain"]);
  });

  it("reads as a role that lacks nothing but the key, and counts by itself", () => {
    const facts = estate()
      .role("app", { ...inline(allow(READ)), trust: trustsHome })
      .user("ana", inline(owns, allow("sts:AssumeRole", APP)));
    expect(can(facts, ANA)).toEqual(["read certain"]);
    const model = modelOf(facts);
    expect(model.whoCan(idOf(SECRET), "read").map(({ principal_id }) => principal_id)).not.toContain(
      idOf(APP),
    );
    // Beside it the root user of the account.
    expect(model.readers(idOf(SECRET))).toMatchObject({ count: 2, by_role_count: 0 });
  });

  it("as a role, reads by itself", () => {
    const facts = estate()
      .role("app", { ...inline(owns), trust: trustsHome })
      .user("ana", inline(allow(READ), allow("sts:AssumeRole", APP)));
    expect(can(facts, ANA)).toEqual(["read certain"]);
  });

  it("hands out what a user reads whose credentials it makes", () => {
    const facts = estate()
      .user("ben", inline(allow(READ)))
      .user("ana", inline(owns, allow("iam:CreateAccessKey")));
    expect(can(facts, ANA)).toEqual(["share certain"]);
    expect(modelOf(facts).access(idOf(ANA)).impersonated_count).toBe(1);
  });

  it("administers what it may give itself the right to read", () => {
    const named = document(letIn({ AWS: ANA }, action));
    const facts = estate(named).user("ana", inline(allow("iam:PutUserPolicy", ANA)));
    expect(can(facts, ANA)).toEqual(["administer certain"]);
  });
});

it("a key that lets the account own it, and not use it, is no bar to who changes its own permissions", () => {
  const managing = document(letIn({ AWS: arn.root() }, ["kms:Put*", "kms:Create*"]));
  const facts = estate(managing).user("ana", inline(allow("iam:PutUserPolicy", ANA)));
  expect(can(facts, ANA)).toEqual(["administer certain"]);
});
