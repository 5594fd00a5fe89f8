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
} from "./aws-facts.ts";

const OTHER = arn.secret("web/session-GhIjKl");

/** The rules of `app` as principals have them, and whether there may be more. */
function rules(facts: AwsFacts): { rules: readonly string[]; perhaps: boolean } {
  const { wildcard_rules, wildcard_rule_count, perhaps_wildcard } = modelOf(facts).access(idOf(APP));
  expect(wildcard_rule_count).toBe(wildcard_rules.length);
  return { rules: wildcard_rules, perhaps: perhaps_wildcard };
}

const NONE = { rules: [], perhaps: false };
const UNKNOWN = { rules: [], perhaps: true };
const found = (...texts: readonly string[]) => ({ rules: texts, perhaps: true });

const two = () => new AwsFacts().secret(SECRET, { tags: { team: "pay" } }).secret(OTHER);
const everything = (facts: AwsFacts, boundary?: Readonly<Record<string, unknown>>) => {
  const held = facts.managed("all", allow("*"));
  if (boundary === undefined) return held.role("app", { policies: ["all"] });
  return held.role("app", { policies: ["all"], boundary: "limit" }).managed("limit", boundary);
};
const reading = (...statements: readonly Readonly<Record<string, unknown>>[]) =>
  two()
    .role("app", { policies: ["reader"] })
    .managed("reader", ...statements);

describe("a rule over everything under a boundary", () => {
  it("is none where the boundary has no word for reading", () => {
    expect(rules(everything(two(), allow("s3:*")))).toEqual(NONE);
    const hidden = everything(two(), allow("s3:*")).gap(["secret"], `${STORE}:${HOME}`);
    expect(rules(hidden)).toEqual(NONE);
  });

  it("is none where the boundary leaves some secrets out, of whatever is added too", () => {
    expect(rules(everything(two(), allow("*", arn.secret("pay/*"))))).toEqual(NONE);
    expect(rules(everything(two(), allow("*", arn.secret("*"))))).toEqual(found("all:1 *"));
  });

  it("is one where the boundary leaves every secret that was seen, unless some were not listed", () => {
    const facts = () =>
      everything(new AwsFacts().secret(SECRET), allow("secretsmanager:*", arn.secret("pay/*")));
    expect(rules(facts())).toEqual(found("all:1 *"));
    expect(rules(facts().gap(["secret"], `${STORE}:${HOME}`))).toEqual(UNKNOWN);
  });

  it("is not known where the boundary could not be read", () => {
    const facts = two()
      .managed("all", allow("*"))
      .role("app", { policies: ["all"], boundary: "limit" })
      .gap(["policy_document"], idOf(arn.policy("limit")));
    expect(rules(facts)).toEqual(UNKNOWN);
  });

  it("stays a narrow one where the boundary could not be read", () => {
    const facts = reading(allow(READ, arn.secret("pay/*")));
    expect(rules(facts)).toEqual(NONE);
    const bound = two()
      .managed("reader", allow(READ, arn.secret("pay/*")))
      .role("app", { policies: ["reader"], boundary: "limit" })
      .gap(["policy_document"], idOf(arn.policy("limit")));
    expect(rules(bound)).toEqual(NONE);
  });
});

describe("a rule over everything in an organisation", () => {
  it("is none where service control policies deny reading", () => {
    expect(rules(everything(two().organization([document(deny(["secretsmanager:*", "ssm:*"]))])))).toEqual(
      NONE,
    );
  });

  it("is one in Regions that are left, but for what lies in others", () => {
    const guard = document(
      deny("*", "*", { Condition: { StringNotEquals: { "aws:RequestedRegion": [REGION] } } }),
    );
    const abroad = SECRET.replace(REGION, "us-east-1");
    expect(rules(everything(two().secret(abroad).organization([guard])))).toEqual(
      found("all:1 * (but for 1 of 3 secrets)"),
    );
  });

  it("is not known where its policies could not be read", () => {
    expect(rules(everything(two().gap(["organization"], `${STORE}:organization`)))).toEqual(UNKNOWN);
  });

  it("is one in the account that manages it, whatever they say", () => {
    const denied = document(deny("*"));
    expect(rules(everything(two().organization([denied], [], HOME)))).toEqual(found("all:1 *"));
    expect(rules(everything(two().organization([denied], [], AWAY)))).toEqual(NONE);
  });
});

describe("a rule over everything under a condition", () => {
  const when = (Condition: object) => reading(allow(READ, "*", { Condition }));

  it("says the condition that a request has to meet", () => {
    expect(rules(when({ Bool: { "aws:MultiFactorAuthPresent": "true" } }))).toEqual(
      found("reader:1 * (if Bool aws:MultiFactorAuthPresent true)"),
    );
  });

  it("is none where the condition picks secrets by tag", () => {
    expect(rules(when({ StringEquals: { "aws:ResourceTag/team": "pay" } }))).toEqual(NONE);
    const all = new AwsFacts()
      .secret(SECRET, { tags: { team: "pay" } })
      .role("app", { policies: ["reader"] })
      .managed(
        "reader",
        allow(READ, "*", { Condition: { StringEquals: { "aws:ResourceTag/team": "pay" } } }),
      );
    expect(rules(all)).toEqual(found("reader:1 *"));
  });

  it("is one but for those that a tag takes out", () => {
    expect(rules(when({ StringNotEquals: { "aws:ResourceTag/team": "pay" } }))).toEqual(
      found("reader:1 * (but for 1 of 2 secrets)"),
    );
  });

  it("is none where the condition is never met", () => {
    expect(rules(when({ StringEquals: { "aws:PrincipalAccount": AWAY } }))).toEqual(NONE);
    expect(rules(when({ Bool: { "aws:SecureTransport": "false" } }))).toEqual(NONE);
  });

  it("cuts what is long", () => {
    const networks = Array.from({ length: 60 }, (_, at) => `198.51.${at}.0/24`);
    const [only = ""] = rules(when({ IpAddress: { "aws:SourceIp": networks } })).rules;
    expect(only).toMatch(/^reader:1 \* \(if IpAddress aws:SourceIp .*…\)$/);
    expect(only.length).toBeLessThan(230);
  });
});

describe("a rule over everything beside what its own policies deny", () => {
  it("is one but for what is denied", () => {
    expect(rules(reading(allow(READ), deny(READ, arn.secret("web/*"))))).toEqual(
      found("reader:1 * (but for 1 of 2 secrets)"),
    );
  });

  it("is none where everything is denied, or all that there is", () => {
    expect(rules(reading(allow(READ), deny("secretsmanager:*")))).toEqual(NONE);
    expect(rules(reading(allow(READ), deny(READ, [arn.secret("web/*"), arn.secret("pay/*")])))).toEqual(NONE);
  });

  it("is one that leaves out by NotResource, with a wildcard or without", () => {
    const except = (NotResource: string) => ({ Effect: "Allow", Action: READ, NotResource });
    for (const left of [OTHER, arn.secret("web/*")])
      expect(rules(reading(except(left)))).toEqual(
        found(`reader:1 NotResource ${left} (but for 1 of 2 secrets)`),
      );
    expect(rules(reading(except(arn.secret("*"))))).toEqual(NONE);
  });

  it("is no narrower for a secret's own refusal", () => {
    const refusing = document({ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" });
    expect(rules(everything(new AwsFacts().secret(SECRET).secret(OTHER, { policy: refusing })))).toEqual(
      found("all:1 *"),
    );
  });
});

describe("which rules are over everything", () => {
  it("is each that reaches all of one Region", () => {
    const abroad = SECRET.replace(REGION, "us-east-1");
    const facts = reading(allow(READ, arn.secret("*"))).secret(abroad);
    expect(rules(facts)).toEqual(found(`reader:1 ${arn.secret("*")} (but for 1 of 3 secrets)`));
  });

  it("is whichever action reads parameters", () => {
    for (const action of ["GetParameter", "GetParameters", "GetParameterHistory", "GetParametersByPath"]) {
      const facts = new AwsFacts()
        .secret(arn.parameter("app/db"))
        .role("app", { policies: ["reader"] })
        .managed("reader", allow(`ssm:${action}`));
      expect(rules(facts)).toEqual(found("reader:1 *"));
    }
  });

  it("is none over another account's secrets", () => {
    expect(rules(reading(allow(READ, arn.secret("*", AWAY))))).toEqual(NONE);
  });

  it("is one where nothing is there yet", () => {
    const empty = () => new AwsFacts().role("app", { policies: ["all"] });
    expect(rules(empty().managed("all", allow("*")))).toEqual(found("all:1 *"));
    expect(rules(empty().managed("all", allow(READ, arn.secret("pay/*"))))).toEqual(NONE);
    expect(rules(empty().managed("all", allow("*")).gap(["store"], STORE))).toEqual(found("all:1 *"));
  });
});
