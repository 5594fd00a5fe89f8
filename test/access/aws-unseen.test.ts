import { describe, expect, it } from "vitest";
import {
  APP,
  AWAY,
  AwsFacts,
  HOME,
  READ,
  REGION,
  SECRET,
  STORE,
  allow,
  arn,
  deny,
  document,
  idOf,
  modelOf,
  trusting,
} from "./aws-facts.ts";

describe("what may be reached in a Region that was not read", () => {
  const HIDDEN = `${HOME}/eu-south-1`;
  const guard = (more: object = {}) =>
    document(
      deny("*", "*", { Condition: { StringNotEquals: { "aws:RequestedRegion": [REGION] } }, ...more }),
    );
  const reach = (facts: AwsFacts, place = HIDDEN, who = APP) => modelOf(facts).mayReach(idOf(who), place);
  const plain = () => new AwsFacts().secret(SECRET).role("app").managed("reader", allow(READ));

  it("is nothing where the organisation denies everything there", () => {
    expect(reach(plain().organization([guard()]))).toBe(false);
    expect(reach(plain().organization([document(), guard()]))).toBe(false);
    const others = document(
      { Effect: "Deny", NotAction: ["iam:*", "sts:*"], Resource: "*", Condition: guardCondition },
      { Effect: "Deny", Action: "s3:*", Resource: "*" },
    );
    expect(reach(plain().organization([others]))).toBe(false);
  });

  it("is open to whoever may change the permissions of one for whom it makes an exception", () => {
    const but = arn.role("but");
    const scp = guard({
      Condition: {
        StringNotEquals: { "aws:RequestedRegion": [REGION] },
        ArnNotLike: { "aws:PrincipalArn": but },
      },
    });
    const facts = (on: string) =>
      new AwsFacts()
        .secret(SECRET)
        .role("but")
        .role("app", { inline: { x: document(allow("iam:PutRolePolicy", on)) } })
        .organization([scp]);
    expect(reach(facts(but))).toBe(true);
    expect(reach(facts(arn.role("other")))).toBe(false);
  });

  const guardCondition = { StringNotEquals: { "aws:RequestedRegion": [REGION, "us-east-1"] } };

  it.each([
    ["no policy speaks of Regions", plain().organization()],
    ["there is no organisation", plain()],
    ["the account manages the organisation", plain().organization([guard()], [], HOME)],
    ["only some actions are denied", plain().organization([guard({ Action: "secretsmanager:*" })])],
    [
      "only things of some names are",
      plain().organization([guard({ Resource: "arn:aws:secretsmanager:*:*:secret:prod/*" })]),
    ],
    [
      "it depends on a tag of the thing",
      plain().organization([
        guard({
          Condition: {
            StringNotEquals: { "aws:RequestedRegion": [REGION], "aws:ResourceTag/shared": "yes" },
          },
        }),
      ]),
    ],
    [
      "who it is makes an exception",
      plain().organization([
        guard({
          Condition: {
            StringNotEquals: { "aws:RequestedRegion": [REGION] },
            ArnNotLike: { "aws:PrincipalArn": APP },
          },
        }),
      ]),
    ],
    ["the policies could not be read", plain().gap(["organization"], `${STORE}:organization`)],
  ])("is open where %s", (_what, facts) => {
    expect(reach(facts)).toBe(true);
  });

  it("is open in the Region that is allowed, and to whom nobody knows", () => {
    expect(reach(plain().organization([guard()]), `${HOME}/${REGION}`)).toBe(true);
    expect(reach(plain().organization([guard()]), HIDDEN, arn.role("nobody"))).toBe(true);
  });

  it("is open to whoever may act as somebody for whom it is open", () => {
    const facts = (trusted: boolean) =>
      new AwsFacts(HOME, AWAY)
        .secret(SECRET)
        .role("app", { inline: { x: document(allow("sts:AssumeRole")) } })
        .role(arn.role("manager", AWAY), {
          trust: trusting(trusted ? { AWS: APP } : { Service: "ec2.amazonaws.com" }),
          inline: { x: document(allow(READ)) },
        })
        .organization([guard()]);
    expect(reach(facts(false))).toBe(false);
    expect(reach(facts(true))).toBe(true);
  });
});

describe("a rule over everything", () => {
  const access = (facts: AwsFacts) => modelOf(facts).access(idOf(APP));
  const reading = (resource: string) =>
    new AwsFacts()
      .secret(SECRET)
      .role("app", { policies: ["reader"] })
      .managed("reader", allow(READ, resource));
  const narrow = arn.secret("pay/*");

  it("is one that reaches every secret that is there, however it is written", () => {
    expect(access(reading(narrow))).toMatchObject({ wildcard_rule_count: 1, perhaps_wildcard: true });
    expect(access(reading(narrow).secret(arn.secret("other-AbCdEf")))).toMatchObject({
      wildcard_rule_count: 0,
      perhaps_wildcard: false,
    });
  });

  it("is not known where secrets were not listed, unless it names them all", () => {
    const hidden = (resource: string) =>
      access(reading(resource).gap(["secret"], `${STORE}:arn:aws:secretsmanager:eu-south-1:${HOME}:secret:`));
    expect(hidden(narrow)).toMatchObject({ wildcard_rule_count: 0, perhaps_wildcard: true });
    expect(hidden("*")).toMatchObject({ wildcard_rule_count: 1, perhaps_wildcard: true });
    expect(hidden(arn.secret("other/*"))).toMatchObject({ wildcard_rule_count: 0, perhaps_wildcard: false });
  });
});
