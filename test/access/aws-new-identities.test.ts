import { describe, expect, it } from "vitest";
import { AwsFacts, SECRET, allow, arn, can, deny, document, idOf, letIn, modelOf } from "./aws-facts.ts";

const ANA = arn.user("ana");
const LIMITS = arn.policy("limits");
type Statement = ReturnType<typeof allow>;

const estate = (...statements: Statement[]) =>
  new AwsFacts().secret(SECRET).user("ana", { inline: { x: document(...statements) } });
const ROLE = ["iam:CreateRole", "iam:AttachRolePolicy"];
const USER = ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"];

describe("whoever makes a role or user, gives it permissions and becomes it administers", () => {
  it.each([
    ["a role", ROLE, arn.role("new-*")],
    ["a role of any name", ["iam:CreateRole", "iam:PutRolePolicy"], "*"],
    ["a role below a path", ROLE, arn.role("teams/pay/*")],
    ["a user by a key", USER, arn.user("new-*")],
    [
      "a user by a password",
      ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateLoginProfile"],
      arn.user("made/*"),
    ],
  ])("%s", (_, actions, on) => {
    const facts = estate(allow(actions, on));
    expect(can(facts, ANA)).toEqual(["administer certain"]);
    expect(modelOf(facts).access(idOf(ANA))).toMatchObject({ administers: true, readable_secret_count: 0 });
    const [grant] = modelOf(facts).path(idOf(ANA), idOf(SECRET));
    expect(grant?.path[0]?.note).toContain(actions[0]);
    for (const left of actions) {
      const rest = actions.filter((action) => action !== left);
      expect(can(estate(allow(rest, on)), ANA)).toEqual([]);
    }
  });

  it("not by actions on different names", () => {
    const facts = estate(
      allow("iam:CreateRole", arn.role("a-*")),
      allow("iam:PutRolePolicy", arn.role("b-*")),
    );
    expect(can(facts, ANA)).toEqual([]);
  });

  it("whatever the boundary of its maker says", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("limits", allow("iam:*"))
      .user("ana", { inline: { x: document(allow(ROLE)) }, boundary: "limits" });
    expect(can(facts, ANA)).toEqual(["administer certain"]);
  });

  it("with what its boundary lets it give itself, though the boundary withholds the secret", () => {
    const facts = (limits: string) =>
      new AwsFacts()
        .secret(SECRET)
        .managed("limits", allow(limits))
        .user("ana", { boundary: "limits", inline: { x: document(allow("iam:PutUserPolicy", ANA)) } });
    expect(can(facts("iam:*"), ANA)).toEqual(["administer certain"]);
    expect(can(facts("iam:*UserPolicy"), ANA)).toEqual([]);
  });

  it("possibly where it must be under a boundary, whose reach is not worked out", () => {
    const bound = { Condition: { StringEquals: { "iam:PermissionsBoundary": LIMITS } } };
    expect(can(estate(allow(ROLE, "*", bound)), ANA)).toEqual(["administer possible"]);
    const denied = { Condition: { StringNotEquals: { "iam:PermissionsBoundary": LIMITS } } };
    expect(can(estate(allow(ROLE), deny("iam:CreateRole", "*", denied)), ANA)).toEqual([
      "administer possible",
    ]);
  });

  it("by a name that the organisation exempts", () => {
    const facts = (own: string) =>
      new AwsFacts()
        .secret(SECRET)
        .organization([
          document(
            allow("*"),
            deny("secretsmanager:*", "*", {
              Condition: { ArnNotLike: { "aws:PrincipalArn": arn.role("platform-*") } },
            }),
          ),
        ])
        .user("ana", { inline: { x: document(allow(ROLE, own)) } });
    expect(can(facts("*"), ANA)).toEqual(["administer certain"]);
    expect(can(facts(arn.role("app-*")), ANA)).toEqual([]);
  });

  it("possibly where tags decide that its maker may choose", () => {
    const tagged = { Condition: { StringNotEquals: { "aws:PrincipalTag/team": "pay" } } };
    const facts = new AwsFacts()
      .secret(SECRET, {
        policy: document({ ...letIn("*", "secretsmanager:*"), ...tagged, Effect: "Deny" }),
      })
      .user("ana", { inline: { x: document(allow(ROLE)) } });
    expect(can(facts, ANA)).toEqual(["administer possible"]);
  });

  it("not what organisation or thing withhold from all of the account", () => {
    const scp = (...statements: Statement[]) => [document(allow("*"), ...statements)];
    const under = (...statements: Statement[]) => estate(allow(ROLE)).organization(scp(...statements));
    expect(can(under(), ANA)).toEqual(["administer certain"]);
    expect(can(under(deny("secretsmanager:*")), ANA)).toEqual([]);
    const byRoot = { Condition: { ArnLike: { "aws:PrincipalArn": arn.root("*") } } };
    expect(can(under(deny("*", "*", byRoot)), ANA)).toEqual(["administer certain"]);
    const exempt = (name: string) => ({ Condition: { ArnNotLike: { "aws:PrincipalArn": name } } });
    expect(can(under(deny("*", "*", exempt(arn.user("*")))), ANA)).toEqual([]);
    const closed = new AwsFacts()
      .secret(SECRET, { policy: document({ ...letIn("*", "secretsmanager:*"), Effect: "Deny" }) })
      .user("ana", { inline: { x: document(allow(ROLE)) } });
    expect(can(closed, ANA)).toEqual([]);
  });
});
