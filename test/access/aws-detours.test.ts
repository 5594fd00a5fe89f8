import { describe, expect, it } from "vitest";
import { AwsFacts, SECRET, allow, arn, can, document, idOf, modelOf, trusting } from "./aws-facts.ts";

describe("escalation (point 15)", () => {
  const boss = (facts: AwsFacts, trust?: ReturnType<typeof trusting>) =>
    facts
      .secret(SECRET)
      .managed("admin", allow("*"))
      .role("boss", { policies: ["admin"], ...(trust === undefined ? {} : { trust }) });
  const ANA = arn.user("ana");
  const ana = (...statements: ReturnType<typeof allow>[]) => ({ inline: { x: document(...statements) } });

  it.each([
    ["secretsmanager:PutResourcePolicy", [allow("secretsmanager:PutResourcePolicy")]],
    ["iam:PutUserPolicy", [allow("iam:PutUserPolicy", ANA)]],
    ["iam:AttachUserPolicy", [allow("iam:AttachUserPolicy", ANA)]],
    ["sts:AssumeRole", [allow("sts:AssumeRole", arn.role("boss"))]],
    ["iam:UpdateAssumeRolePolicy", [allow("iam:UpdateAssumeRolePolicy", arn.role("boss"))]],
    ["iam:CreateAccessKey", [allow("iam:CreateAccessKey", arn.user("root-like"))]],
    ["iam:CreateLoginProfile", [allow("iam:CreateLoginProfile", arn.user("root-like"))]],
    ["iam:UpdateLoginProfile", [allow("iam:UpdateLoginProfile", arn.user("root-like"))]],
    ["iam:AddUserToGroup", [allow("iam:AddUserToGroup", arn.group("admins"))]],
    ["iam:PutGroupPolicy", [allow("iam:PutGroupPolicy", arn.group("staff"))]],
    ["iam:AttachGroupPolicy", [allow("iam:AttachGroupPolicy", arn.group("staff"))]],
    ["iam:CreatePolicyVersion", [allow("iam:CreatePolicyVersion", arn.policy("little"))]],
  ])("by %s", (action, statements) => {
    const facts = boss(new AwsFacts(), trusting({ AWS: arn.root() }))
      .managed("little", allow("s3:ListBucket"))
      .group("admins", ["admin"])
      .group("staff", ["little"])
      .user("root-like", { policies: ["admin"] })
      .user("ana", { ...ana(...statements), groups: ["staff"], policies: ["little"] });
    const grants = modelOf(facts)
      .path(idOf(ANA), idOf(SECRET))
      .filter(({ actions }) => actions.includes("administer"));
    expect(grants.map(({ certainty }) => certainty)).toEqual(["certain"]);
    expect(JSON.stringify(grants.map(({ path }) => path))).toContain(action);
    expect(modelOf(facts).access(idOf(ANA)).administers).toBe(true);
  });

  it("by a longer way where that is surer", () => {
    const withMfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    const facts = boss(new AwsFacts())
      .user("ben", ana(allow("iam:UpdateAssumeRolePolicy", arn.role("boss"))))
      .user(
        "ana",
        ana(allow("iam:UpdateAssumeRolePolicy", "*", withMfa), allow("iam:CreateAccessKey", arn.user("ben"))),
      );
    expect(can(facts, ANA)).toContain("administer certain");
  });

  describe("of holders of the same policies each by its own name", () => {
    const self = (...statements: ReturnType<typeof allow>[]) =>
      new AwsFacts()
        .secret(SECRET)
        .managed("self", ...statements)
        .user("ana", { policies: ["self"] })
        .user("ben", { policies: ["self"] });
    const BEN = arn.user("ben");
    const given = /^that (.*) is given$/;
    /** To whom each gives permissions who does not give them to itself. */
    const toOthers = (facts: AwsFacts, ...who: readonly string[]) =>
      who.map((one) =>
        modelOf(facts)
          .path(idOf(one), idOf(SECRET))
          .flatMap(({ path }) => path.flatMap(({ policy }) => given.exec(policy)?.[1] ?? [])),
      );

    it.each([
      ["the first", ANA, [[], ["ana"]]],
      ["another", BEN, [["ben"], []]],
    ])("one may change itself, the other it: %s", (_, who, expected) => {
      const facts = self(allow("iam:PutUserPolicy", who));
      expect([can(facts, ANA), can(facts, BEN)]).toEqual([["administer certain"], ["administer certain"]]);
      expect(toOthers(facts, ANA, BEN)).toEqual(expected);
    });

    it("all may, and the path names whom", () => {
      const model = modelOf(self(allow("iam:PutUserPolicy", arn.user("*"))));
      const notes = [ANA, BEN].map((who) => model.path(idOf(who), idOf(SECRET))[0]?.path[0]?.note);
      expect(notes).toEqual(["iam:PutUserPolicy on user/ana", "iam:PutUserPolicy on user/ben"]);
    });

    it("one is in the group that they may change", () => {
      const facts = self(allow("iam:PutGroupPolicy", arn.group("staff"))).group("staff", []);
      facts.user("cyd", { policies: ["self"], groups: ["staff"] });
      expect(can(facts, ANA)).toEqual(["administer certain"]);
      expect(toOthers(facts, ANA, arn.user("cyd"))).toEqual([["cyd"], []]);
    });
  });

  it("an older version of a policy only possibly gives more", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("little", allow("s3:ListBucket"))
      .user("ana", { ...ana(allow("iam:SetDefaultPolicyVersion")), policies: ["little"] });
    expect(can(facts, ANA)).toEqual(["administer possible"]);
  });

  it.each([
    ["lambda.amazonaws.com", ["lambda:CreateFunction", "lambda:InvokeFunction"]],
    ["ec2.amazonaws.com", ["ec2:RunInstances"]],
    ["cloudformation.amazonaws.com", ["cloudformation:CreateStack"]],
    ["glue.amazonaws.com", ["glue:CreateJob", "glue:StartJobRun"]],
  ])("by a role passed to %s", (service, actions) => {
    const facts = (trusted: string) =>
      boss(new AwsFacts(), trusting({ Service: trusted })).user(
        "ana",
        ana(allow(actions), allow("iam:PassRole", arn.role("boss"))),
      );
    expect(can(facts(service), ANA)).toEqual(expect.arrayContaining(["administer certain"]));
    expect(can(facts("other.amazonaws.com"), ANA)).toEqual([]);
  });

  it("cycles end", () => {
    const circle = new AwsFacts()
      .secret(SECRET)
      .role("a", { inline: { x: document(allow("sts:AssumeRole")) }, trust: trusting({ AWS: arn.root() }) })
      .role("b", { inline: { x: document(allow("sts:AssumeRole")) }, trust: trusting({ AWS: arn.root() }) });
    expect(can(circle, arn.role("a"))).toEqual([]);
  });
});
