import { describe, expect, it } from "vitest";
import { awsJudge } from "../../src/access/aws/world.ts";
import { APP, AwsFacts, KEY, READ, SECRET, arn, document, idOf, letIn, modelOf } from "./aws-facts.ts";

type Json = Readonly<Record<string, unknown>>;

const OPEN_KEY = document(letIn({ AWS: arn.root() }, "kms:*"), letIn("*", "kms:Decrypt"));
const opened = (Condition: Json) =>
  new AwsFacts()
    .organization()
    .key(KEY, OPEN_KEY)
    .secret(SECRET, { key: idOf(KEY), policy: document(letIn("*", READ, { Condition })) });
const everyone = (Condition: Json) => {
  const model = modelOf(opened(Condition));
  const [grant] = model.path(idOf("*"), idOf(SECRET));
  return {
    public: model.readers(idOf(SECRET)).public,
    certainty: grant?.certainty,
    conditions: grant?.conditions,
  };
};

describe("a condition by a star alone asks for the key", () => {
  it.each([
    { StringLike: { "aws:PrincipalArn": "*" } },
    { StringLike: { "aws:PrincipalAccount": ["111122223333", "*"] } },
    { StringLike: { "aws:userid": "*" } },
    { StringLike: { "aws:PrincipalType": "**" } },
    { ArnLike: { "aws:PrincipalArn": "arn:*:*:*:*:*" } },
    { "ForAllValues:StringLike": { "aws:PrincipalOrgPaths": "*" } },
    { StringLikeIfExists: { "aws:PrincipalOrgID": "*" } },
  ])("which every call carries: %j", (condition) => {
    expect(everyone(condition)).toEqual({ public: 1, certainty: "certain", conditions: [] });
  });

  it.each([
    [{ StringLike: { "aws:PrincipalOrgID": "*" } }, "aws:PrincipalOrgID is present"],
    [{ StringLike: { "aws:SourceVpce": "*" } }, "aws:SourceVpce is present"],
    [{ ArnLike: { "aws:PrincipalArn": "*" } }, "* alone counts as a pattern of ARNs"],
  ])("which a call need not carry, or where AWS does not say: %j", (condition, text) => {
    expect(everyone(condition)).toEqual({ public: 1, certainty: "conditional", conditions: [text] });
  });

  it("which the calls of strangers never carry", () => {
    expect(everyone({ StringLike: { "aws:SourceArn": "*" } }).public).toBe(0);
    expect(everyone({ StringNotLike: { "aws:PrincipalArn": "*" } }).public).toBe(0);
  });
});

it("of principals inside it holds, but for keys that they lack, and nobody who is anonymous brings one", () => {
  const ask = (principal: string, Condition: Json) => {
    const { decision, certainty } = awsJudge({
      format: "countersign-world/1",
      provider: "aws",
      principals: { [APP]: { identity_policies: [] } },
      resources: { [SECRET]: { policy: document(letIn("*", READ, { Condition })) } },
      questions: [],
    })({ principal, action: READ, resource: SECRET, unknown_context: ["*"] });
    return `${decision} ${certainty}`;
  };
  const session = `arn:aws:sts::111122223333:assumed-role/app/x`;
  expect(ask(session, { StringLike: { "aws:PrincipalArn": "*" } })).toBe("allow certain");
  expect(ask(session, { StringLike: { "aws:userid": "*" } })).toBe("allow certain");
  // A star that AWS may refuse drops nothing.
  expect(ask(session, { ArnLike: { "aws:PrincipalArn": "*" } })).toBe("allow conditional");
  // The account is in no organisation.
  expect(ask(session, { StringLike: { "aws:PrincipalOrgID": "*" } })).toBe("deny certain");
  expect(ask("anonymous", { StringLike: { "aws:PrincipalArn": "*" } })).toBe("deny certain");
  expect(ask("anonymous", { StringLike: { "aws:userid": "*" } })).not.toBe("allow certain");
});
