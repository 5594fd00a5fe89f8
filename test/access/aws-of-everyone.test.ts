import { describe, expect, it } from "vitest";
import {
  AwsFacts,
  KEY,
  READ,
  SECRET,
  allow,
  arn,
  deny,
  document,
  idOf,
  letIn,
  modelOf,
  trusting,
} from "./aws-facts.ts";

const WRITE_POLICY = "secretsmanager:PutResourcePolicy";
const open = document(letIn("*", "secretsmanager:*"));
const usable = document(letIn({ AWS: arn.root() }, "kms:*"), letIn("*", "kms:*"));
const idle = { inline: { x: document(allow("s3:ListAllMyBuckets")) } };
const estate = (policy = open) =>
  new AwsFacts()
    .key(KEY, usable)
    .secret(SECRET, { policy, key: idOf(KEY) })
    .role("idle", idle);

const accessOf = (facts: AwsFacts, native: string) => modelOf(facts).access(idOf(native));
const FOUND = { administers_itself: true, perhaps_administers: true };
const NONE = { administers_itself: false, perhaps_administers: false, reads_and_administers: false };

describe("what a thing's policy lets everyone do", () => {
  it("is found at the thing and at everyone, not at each principal", () => {
    const facts = estate();
    expect(accessOf(facts, arn.role("idle"))).toMatchObject({ administers: true, ...NONE });
    expect(modelOf(facts).access(idOf("*"))).toMatchObject({ ...FOUND, reads_and_administers: true });
    expect(modelOf(facts).readers(idOf(SECRET))).toMatchObject({ public: 1 });
    expect(modelOf(facts).readers(idOf(SECRET)).reader_and_granter_count).toBeGreaterThan(1);
  });

  it("takes nothing from what a principal has by its own policies, or by its name", () => {
    const own = estate().role("own", { inline: { x: document(allow([WRITE_POLICY, READ, "kms:*"])) } });
    expect(accessOf(own, arn.role("own"))).toMatchObject({ ...FOUND, reads_and_administers: true });
    const named = estate(
      document(letIn("*", "secretsmanager:*"), letIn({ AWS: arn.role("idle") }, WRITE_POLICY)),
    );
    expect(accessOf(named, arn.role("idle"))).toMatchObject(FOUND);
    const other = estate().role("other", {
      inline: { x: document(allow(WRITE_POLICY)) },
    });
    other.secret(arn.secret("pay/other-A1b2C3"));
    expect(accessOf(other, arn.role("other"))).toMatchObject(FOUND);
  });

  it("takes nothing where everyone may do so under conditions alone, or another action", () => {
    const office = { Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } };
    const inside = { Condition: { StringEquals: { "aws:PrincipalAccount": "111122223333" } } };
    const facts = new AwsFacts()
      .secret(SECRET, {
        policy: document(letIn("*", "secretsmanager:*", office), letIn("*", "secretsmanager:*", inside)),
      })
      .role("idle", idle);
    expect(accessOf(facts, arn.role("idle"))).toMatchObject(FOUND);
    const apart = new AwsFacts()
      .secret(SECRET, {
        policy: document(letIn("*", "secretsmanager:DeleteResourcePolicy"), letIn("*", WRITE_POLICY, inside)),
      })
      .role("idle", idle);
    expect(accessOf(apart, arn.role("idle"))).toMatchObject(FOUND);
  });

  it("is no role's either that somebody assumes", () => {
    const facts = new AwsFacts()
      .secret(SECRET, { policy: open })
      .role("idle", { ...idle, trust: trusting({ AWS: arn.user("bo") }) })
      .user("bo", { inline: { x: document(allow("sts:AssumeRole"), deny("secretsmanager:*")) } });
    expect(accessOf(facts, arn.user("bo"))).toMatchObject({ administers: true, ...NONE });
  });
});
