import { describe, expect, it } from "vitest";
import { pathText } from "../../src/access/index.ts";
import {
  APP,
  AWAY,
  AwsFacts,
  FOREIGN,
  HOME,
  KEY,
  READ,
  SECRET,
  STORE,
  allow,
  arn,
  document,
  idOf,
  letIn,
  modelOf,
} from "./aws-facts.ts";

type Json = Readonly<Record<string, unknown>>;

const GITHUB = "token.actions.githubusercontent.com";
const providerArn = (issuer: string, account = HOME): string =>
  `arn:aws:iam::${account}:oidc-provider/${issuer}`;

const trust = (Principal: Json | "*", Action: string, more: Json = {}): Json => ({
  Version: "2012-10-17",
  Statement: { Sid: "Trust", Effect: "Allow", Principal, Action, ...more },
});
const assumed = (Principal: Json | "*", more: Json = {}): Json => trust(Principal, "sts:AssumeRole", more);
const byToken = (issuer: string, Condition?: Json, account = HOME): Json =>
  trust(
    { Federated: issuer.startsWith("cognito") ? issuer : providerArn(issuer, account) },
    "sts:AssumeRoleWithWebIdentity",
    Condition === undefined ? {} : { Condition },
  );

/** A role that reads the secret, with a trust policy. */
const reader = (own: Json): AwsFacts =>
  new AwsFacts()
    .organization()
    .secret(SECRET)
    .role("app", { inline: { read: document(allow(READ)) }, trust: own });

const seen = (facts: AwsFacts) => {
  const { public: open, external, possible_count } = modelOf(facts).readers(idOf(SECRET));
  return { public: open, external, possible: possible_count };
};
const NOBODY = { public: 0, external: 0, possible: 0 };
const ANYONE = { ...NOBODY, public: 1 };
const OTHERS = { ...NOBODY, external: 1 };

describe("strangers who reach a secret by a role", () => {
  it.each([
    ["everyone", assumed({ AWS: "*" }), ANYONE],
    [
      "everyone who names an external id",
      assumed("*", { Condition: { StringEquals: { "sts:ExternalId": "4711" } } }),
      ANYONE,
    ],
    [
      "everyone of the organisation",
      assumed("*", { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } }),
      NOBODY,
    ],
    ["a foreign account", assumed({ AWS: `arn:aws:iam::${FOREIGN}:root` }), OTHERS],
    [
      "a vendor with an external id",
      assumed({ AWS: FOREIGN }, { Condition: { StringEquals: { "sts:ExternalId": "4711" } } }),
      OTHERS,
    ],
    ["a role of a foreign account", assumed({ AWS: arn.role("ci", FOREIGN) }), OTHERS],
    ["an account of the organisation", assumed({ AWS: AWAY }), NOBODY],
    ["a service", assumed({ Service: "lambda.amazonaws.com" }), NOBODY],
    [
      "the provider of a foreign account",
      byToken("id.example.org", { StringEquals: { "id.example.org:sub": "a" } }, FOREIGN),
      OTHERS,
    ],
    [
      "SAML",
      trust({ Federated: `arn:aws:iam::${HOME}:saml-provider/staff` }, "sts:AssumeRoleWithSAML"),
      NOBODY,
    ],
  ])("%s", (_, own, expected) => {
    expect(seen(reader(own))).toEqual(expected);
  });

  it("by several roles, with the path, its statements and records", () => {
    const facts = reader(assumed({ AWS: arn.role("hop") })).role("hop", { trust: assumed({ AWS: "*" }) });
    expect(seen(facts)).toEqual(ANYONE);
    const [grant] = modelOf(facts).path(`${STORE}:*`, idOf(SECRET));
    expect(grant).toMatchObject({ actions: ["read"], certainty: "certain" });
    expect(grant?.path.map(({ policy_id, rule }) => [policy_id, rule])).toEqual(
      expect.arrayContaining([
        [idOf(`${arn.role("hop")}#trust`), "Trust"],
        [idOf(`${APP}#trust`), "Trust"],
      ]),
    );
    expect(pathText(grant?.path ?? [])).toContain("credential hop");
  });

  it("by a role that opens the secret", () => {
    const facts = new AwsFacts().secret(SECRET).role("app", {
      inline: { own: document(allow("secretsmanager:PutResourcePolicy")) },
      trust: assumed({ AWS: "*" }),
    });
    expect(seen(facts)).toEqual(ANYONE);
  });

  it("not by a role that reads nothing, or that something denies them", () => {
    expect(seen(new AwsFacts().secret(SECRET).role("app", { trust: assumed({ AWS: "*" }) }))).toEqual(NOBODY);
    const denied = assumed({ AWS: "*" });
    const both = {
      ...denied,
      Statement: [
        denied["Statement"],
        {
          Effect: "Deny",
          Principal: "*",
          Action: "sts:AssumeRole",
          Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
        },
      ],
    };
    expect(seen(reader(both))).toEqual(NOBODY);
  });

  it("perhaps, where a trust policy could not be read", () => {
    const facts = new AwsFacts().secret(SECRET).role("app", { inline: { read: document(allow(READ)) } });
    expect(seen(facts)).toEqual(NOBODY);
    const broken = new AwsFacts()
      .secret(SECRET)
      .role("app", { inline: { read: document(allow(READ)) }, trust: {} });
    expect(seen(broken)).toMatchObject({ public: 0, external: 0 });
    expect(seen(broken).possible).toBeGreaterThan(0);
  });
});

describe("whom an issuer of tokens vouches for", () => {
  const github = (conditions?: Json) => byToken(GITHUB, conditions);
  const sub = (operator: string, value: string | readonly string[], more: Json = {}): Json =>
    github({ [operator]: { [`${GITHUB}:sub`]: value }, ...more });
  const aud = { StringEquals: { [`${GITHUB}:aud`]: "sts.amazonaws.com" } };

  it.each([
    ["no condition", github()],
    ["the audience alone", github(aud)],
    ["any subject", sub("StringLike", "*")],
    ["any repository", sub("StringLike", "repo:*", aud)],
    ["a repository of any owner", sub("StringLike", "repo:*/app:*", aud)],
    ["a branch of anybody", sub("StringLike", "repo:*:ref:refs/heads/main", aud)],
    ["owners of a like name", sub("StringLike", "repo:example-org*", aud)],
    ["one of several subjects", sub("StringLike", ["repo:example-org/app:*", "repo:*"], aud)],
    ["all subjects but one", sub("StringNotLike", "repo:example-org/app:*", aud)],
    ["what everyone chooses", github({ StringEquals: { [`${GITHUB}:ref`]: "refs/heads/main" } })],
    [
      "keys in other letters",
      github({ StringLike: { "Token.Actions.GithubUserContent.com:SUB": "repo:*" } }),
    ],
    ["GitLab", byToken("gitlab.com", { StringLike: { "gitlab.com:sub": "project_path:*" } })],
    [
      "HCP Terraform",
      byToken("app.terraform.io", {
        StringLike: { "app.terraform.io:sub": "organization:*:workspace:prod:*" },
      }),
    ],
    [
      "Google",
      byToken("accounts.google.com", { StringEquals: { "accounts.google.com:aud": "4711.apps.example" } }),
    ],
    [
      "Cognito",
      byToken("cognito-identity.amazonaws.com", {
        "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
      }),
    ],
  ])("anyone: %s", (_, own) => {
    expect(seen(reader(own))).toEqual(ANYONE);
  });

  it.each([
    ["a branch", sub("StringEquals", "repo:example-org/app:ref:refs/heads/main")],
    ["an owner", sub("StringLike", "repo:example-org/*", aud)],
    ["a star that is none", sub("StringEquals", "repo:*")],
    [
      "every value of a subject that is always there",
      sub("ForAllValues:StringLike", "repo:example-org/*", aud),
    ],
    ["the subject if it is there, as it is", sub("StringLikeIfExists", "repo:example-org/*", aud)],
    ["an owner by its claim", github({ StringEquals: { [`${GITHUB}:repository_owner`]: "example-org" } })],
    [
      "an owner who calls a workflow",
      sub("StringLike", "repo:example-org/*", {
        StringEquals: { [`${GITHUB}:job_workflow_ref`]: "example-org/deploy/.github/workflows/x.yml@v1" },
      }),
    ],
    ["a cluster", byToken("oidc.eks.eu-central-1.amazonaws.com/id/AB12")],
    ["an enterprise's own issuer", byToken(`${GITHUB}/example-enterprise`)],
    [
      "a pool's users",
      byToken("cognito-identity.amazonaws.com", {
        StringEquals: { "cognito-identity.amazonaws.com:aud": "eu-central-1:pool" },
        "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
      }),
    ],
    ["a user", byToken("accounts.google.com", { StringEquals: { "accounts.google.com:sub": "4711" } })],
  ])("somebody: %s", (_, own) => {
    expect(seen(reader(own))).toEqual(NOBODY);
  });

  it.each([
    [
      "guests of a pool",
      byToken("cognito-identity.amazonaws.com", {
        StringEquals: { "cognito-identity.amazonaws.com:aud": "eu-central-1:pool" },
      }),
    ],
    [
      "who calls a workflow",
      github({ StringLike: { [`${GITHUB}:job_workflow_ref`]: "example-org/deploy/.github/*" } }),
    ],
    [
      "who calls a workflow, by a subject that is made of it",
      sub("StringLike", "job_workflow_ref:example-org/deploy/.github/*"),
    ],
    ["an issuer of whom nothing is known", byToken("id.example.org")],
    [
      "a claim that need not be there",
      github({ StringEqualsIfExists: { [`${GITHUB}:repository`]: "example-org/app" } }),
    ],
  ])("perhaps: %s", (_, own) => {
    expect(seen(reader(own))).toEqual({ ...NOBODY, possible: 1 });
  });

  it("a token by itself opens nothing", () => {
    const facts = reader(github()).key(KEY, document(letIn({ AWS: "*" }, "kms:Decrypt")));
    const { sample } = modelOf(facts).readers(idOf(KEY));
    expect(sample.map(({ principal_id }) => principal_id)).not.toContain(
      `${STORE}:${providerArn(GITHUB)}#anyone`,
    );
  });

  it("a denial of all others", () => {
    const own = github();
    const others = {
      Effect: "Deny",
      Principal: "*",
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringNotLike: { [`${GITHUB}:sub`]: "repo:example-org/*" } },
    };
    expect(seen(reader({ ...own, Statement: [own["Statement"], others] }))).toEqual(NOBODY);
  });
});

describe("organisations and accounts by name", () => {
  const shared = (...conditions: readonly (Json | undefined)[]) => {
    const facts = new AwsFacts().organization().key(KEY, document(letIn("*", "kms:Decrypt")));
    for (const [at, Condition] of conditions.entries()) {
      const secret = at === 0 ? SECRET : arn.secret(`other/s${at}-AbCdEf`);
      const own = Condition === undefined ? {} : { Condition };
      facts.secret(secret, { key: KEY, policy: document(letIn("*", READ, own)) });
    }
    return facts;
  };
  const equals = (key: string, value: string | readonly string[], operator = "StringEquals"): Json => ({
    [operator]: { [key]: value },
  });
  const OWN = equals("aws:PrincipalOrgID", "o-a1b2c3d4e5");
  const PARTNER = equals("aws:PrincipalOrgID", "o-partner1234");

  it.each([
    ["the organisation, beside a policy for another one", [OWN, PARTNER], NOBODY],
    [
      "an account of it, beside a policy for a foreign one",
      [equals("aws:PrincipalAccount", AWAY), equals("aws:PrincipalAccount", FOREIGN)],
      NOBODY,
    ],
    [
      "its roles, beside a policy for foreign ones",
      [
        equals("aws:PrincipalArn", `arn:aws:iam::${HOME}:role/*`, "ArnLike"),
        equals("aws:PrincipalArn", `arn:aws:iam::${FOREIGN}:role/*`, "ArnLike"),
      ],
      NOBODY,
    ],
    ["the thing's own organisation", [equals("aws:PrincipalOrgID", "${aws:ResourceOrgID}")], NOBODY],
    [
      "a unit of the organisation",
      [equals("aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/*", "ForAnyValue:StringLike")],
      NOBODY,
    ],
    ["calls for the account", [equals("aws:SourceAccount", HOME)], NOBODY],
    ["another organisation", [PARTNER], OTHERS],
    ["one of two organisations", [equals("aws:PrincipalOrgID", ["o-a1b2c3d4e5", "o-partner1234"])], OTHERS],
    [
      "a unit of another organisation",
      [equals("aws:PrincipalOrgPaths", "o-partner1234/r-zz99/*", "ForAnyValue:StringLike")],
      OTHERS,
    ],
    ["a foreign account", [equals("aws:PrincipalAccount", FOREIGN)], OTHERS],
    [
      "roles of a foreign account",
      [equals("aws:PrincipalArn", `arn:aws:iam::${FOREIGN}:role/*`, "ArnLike")],
      OTHERS,
    ],
    [
      "a role of a foreign account",
      [equals("aws:PrincipalArn", arn.role("ci", FOREIGN), "ArnEquals")],
      OTHERS,
    ],
    [
      "the organisation, or accounts in none",
      [equals("aws:PrincipalOrgID", "o-a1b2c3d4e5", "StringEqualsIfExists")],
      ANYONE,
    ],
    [
      "accounts in none, by a set of no units",
      [equals("aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*", "ForAllValues:StringLike")],
      ANYONE,
    ],
    ["all organisations", [equals("aws:PrincipalOrgID", "o-*", "StringLike")], ANYONE],
    ["all organisations but one", [equals("aws:PrincipalOrgID", "o-partner1234", "StringNotEquals")], ANYONE],
    [
      "roles of that name in any account",
      [equals("aws:PrincipalArn", "arn:aws:iam::*:role/ci", "ArnLike")],
      ANYONE,
    ],
    ["everyone", [undefined, PARTNER], ANYONE],
  ])("%s", (_, conditions, expected) => {
    const found = seen(shared(...conditions));
    // Whom a policy names beside everyone counts besides.
    expect({ ...found, external: expected.public > 0 ? 0 : found.external }).toEqual(expected);
  });

  it("a role of another account may be of the organisation that is asked for", () => {
    const Condition = PARTNER;
    const policy = document(letIn({ AWS: arn.role("ci", FOREIGN) }, READ, { Condition }));
    const facts = new AwsFacts()
      .organization()
      .key(KEY, document(letIn("*", "kms:Decrypt")))
      .secret(SECRET, { key: KEY, policy });
    expect(seen(facts)).toEqual(OTHERS);
  });

  it("with its own organisation unread, another's members may be its own", () => {
    const facts = shared(PARTNER);
    const unread = new AwsFacts()
      .gap(["organization"], `${STORE}:organization`)
      .key(KEY, document(letIn("*", "kms:Decrypt")))
      .secret(SECRET, { key: KEY, policy: document(letIn("*", READ, { Condition: PARTNER })) });
    expect(seen(facts)).toEqual(OTHERS);
    expect(seen(unread)).toMatchObject({ public: 0, external: 0 });
    expect(seen(unread).possible).toBeGreaterThan(0);
  });

  it("a control policy that lets one partner in", () => {
    const rcp = document({
      Effect: "Deny",
      Principal: "*",
      Action: "*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-partner1234"] } },
    });
    const facts = new AwsFacts()
      .organization([], [rcp])
      .key(KEY, document(letIn("*", "kms:Decrypt")))
      .secret(SECRET, { key: KEY, policy: document(letIn("*", READ)) });
    expect(seen(facts)).toEqual(OTHERS);
  });
});

it("says of no provider of tokens that it is another's where it is not known which accounts are its own", () => {
  const own = { StringEquals: { [`${GITHUB}:sub`]: "repo:example/app:ref:refs/heads/main" } };
  const facts = (): AwsFacts => reader(byToken(GITHUB, own, FOREIGN));
  expect(seen(facts())).toEqual(OTHERS);
  expect(seen(facts().gap(["account"]))).toEqual({ ...NOBODY, possible: 1 });
});
