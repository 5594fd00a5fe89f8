import { describe, expect, it } from "vitest";
import { APP, AwsFacts, READ, SECRET, allow, arn, can, conditionsOf, deny, document } from "./aws-facts.ts";

const POD = { Service: "pods.eks.amazonaws.com" };
const TAGGED = { Condition: { StringEquals: { "aws:PrincipalTag/team": "pay" } } };
type Statement = ReturnType<typeof allow>;

const role = (actions: readonly string[], tags: Readonly<Record<string, string>>, ...own: Statement[]) =>
  new AwsFacts().secret(SECRET).role("app", {
    tags,
    trust: document({ Effect: "Allow", Principal: POD, Action: actions }),
    inline: { own: document(...own) },
  });

describe("a role whose sessions whoever assumes it may tag", () => {
  it.each([["sts:TagSession"], ["sts:*"], ["sts:Tag*"]])(
    "has what tags give on that condition, by %s",
    (tags) => {
      const facts = role(["sts:AssumeRole", tags], {}, allow(READ, "*", TAGGED));
      expect(can(facts, APP)).toEqual(["read conditional"]);
      expect(conditionsOf(facts, APP).join()).toContain("aws:PrincipalTag/team");
    },
  );

  it("has by a variable in a name what the tag fills in", () => {
    const named = arn.secret("${aws:PrincipalTag/kubernetes-namespace}/*");
    expect(can(role(["sts:AssumeRole", "sts:TagSession"], {}, allow(READ, named)), APP)).toEqual([
      "read conditional",
    ]);
  });

  it("is held back by no tag of its own for certain, which the session's come before", () => {
    const facts = (...actions: string[]) =>
      role(
        actions,
        { team: "web" },
        allow(READ),
        deny(READ, "*", {
          Condition: { StringNotEquals: { "aws:PrincipalTag/team": "pay" } },
        }),
      );
    expect(can(facts("sts:AssumeRole", "sts:TagSession"), APP)).toEqual(["read conditional"]);
    expect(can(facts("sts:AssumeRole"), APP)).toEqual([]);
  });

  it("has nothing by tags where its trust policy lets nobody tag", () => {
    expect(can(role(["sts:AssumeRole"], {}, allow(READ, "*", TAGGED)), APP)).toEqual([]);
  });
});
