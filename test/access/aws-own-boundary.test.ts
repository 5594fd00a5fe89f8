import { describe, expect, it } from "vitest";
import { AwsFacts, READ, SECRET, allow, arn, can, document, idOf, modelOf } from "./aws-facts.ts";

const ANA = arn.user("ana");
const APP = arn.role("app");
const LIMITS = arn.policy("limits");
const OFF = "iam:DeleteUserPermissionsBoundary";

const bound = (limits: string | readonly string[], own: string | readonly string[], on = "*") =>
  new AwsFacts()
    .secret(SECRET)
    .managed("limits", allow(limits))
    .user("ana", { boundary: "limits", inline: { x: document(allow(own, on)) } });

describe("whoever takes its own boundary off administers what its policies give then", () => {
  it.each([OFF, "iam:PutUserPermissionsBoundary", "iam:CreatePolicyVersion"])("%s", (action) => {
    const facts = bound(["s3:*", action], [READ, action]);
    expect(can(facts, ANA)).toEqual(["administer certain"]);
    const [grant] = modelOf(facts).path(idOf(ANA), idOf(SECRET));
    expect(grant?.path[0]?.note).toContain(action);
    // The boundary holds the step itself back, or there is nothing behind it.
    expect(can(bound("s3:*", [READ, action]), ANA)).toEqual([]);
    expect(can(bound(["s3:*", action], action), ANA)).toEqual([]);
  });

  it("of a role", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("limits", allow("iam:*"))
      .role("app", { boundary: "limits", inline: { x: document(allow("*")) } });
    expect(can(facts, APP)).toEqual(["administer certain"]);
  });

  it("and what it may give itself then", () => {
    expect(can(bound(["s3:*", OFF], [OFF, "iam:PutUserPolicy"]), ANA)).toEqual(["administer certain"]);
  });

  it("not by another boundary where it may take that one alone", () => {
    const only = { Condition: { StringEquals: { "iam:PermissionsBoundary": LIMITS } } };
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("limits", allow("iam:*"))
      .user("ana", {
        boundary: "limits",
        inline: { x: document(allow(READ), allow("iam:PutUserPermissionsBoundary", "*", only)) },
      });
    expect(can(facts, ANA)).toEqual([]);
  });

  it("of holders of the same policies each its own", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("limits", allow("iam:*"))
      .managed("own", allow(READ), allow(OFF, arn.user("ben")))
      .user("ana", { boundary: "limits", policies: ["own"] })
      .user("ben", { boundary: "limits", policies: ["own"] });
    expect([can(facts, ANA), can(facts, arn.user("ben"))]).toEqual([[], ["administer certain"]]);
  });

  it("possibly by another version, whose words are not known", () => {
    const action = "iam:SetDefaultPolicyVersion";
    expect(can(bound(["s3:*", action], [READ, action], "*"), ANA)).toEqual(["administer possible"]);
  });
});
