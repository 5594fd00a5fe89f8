import { describe, expect, it } from "vitest";
import { trustCallers } from "../../src/access/index.ts";
import { APP, AwsFacts, HOME, READ, SECRET, allow, document, idOf, modelOf } from "./aws-facts.ts";

type Json = Readonly<Record<string, unknown>>;

const trust = (issuer: string, Condition?: Json): Json => ({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: {
      Federated: issuer.startsWith("cognito") ? issuer : `arn:aws:iam::${HOME}:oidc-provider/${issuer}`,
    },
    Action: "sts:AssumeRoleWithWebIdentity",
    ...(Condition === undefined ? {} : { Condition }),
  },
});

/** What readers of a secret and the judgement of the role itself say; they have to agree. */
function judged(issuer: string, Condition?: Json): string {
  const policy = trust(issuer, Condition);
  const facts = new AwsFacts()
    .organization()
    .secret(SECRET)
    .role("app", { inline: { read: document(allow(READ)) }, trust: policy });
  const { public: open, possible_count } = modelOf(facts).readers(idOf(SECRET));
  const { any_caller, lookalikes } = trustCallers(JSON.stringify(policy), APP) ?? {};
  const role =
    any_caller === true || (lookalikes ?? []).length > 0
      ? "anyone"
      : any_caller === false
        ? "somebody"
        : "perhaps";
  const reader = open > 0 ? "anyone" : possible_count > 0 ? "perhaps" : "somebody";
  return role === reader ? role : `role ${role}, readers ${reader}`;
}

const GITHUB = "token.actions.githubusercontent.com";
const SHARED: readonly (readonly [issuer: string, aud: string, bound: string])[] = [
  [GITHUB, "sts.amazonaws.com", "repo:example-org/app:ref:refs/heads/main"],
  ["gitlab.com", "https://gitlab.com", "project_path:example-org/app:ref_type:branch:ref:main"],
  [
    "app.terraform.io",
    "aws.workload.identity",
    "organization:example-org:project:p:workspace:w:run_phase:apply",
  ],
  ["accounts.google.com", "4711.apps.example", "107000000000000000000"],
  ["agent.buildkite.com", "sts.amazonaws.com", "organization:example-org:pipeline:p:ref:refs/heads/main"],
];

describe.each(SHARED)("an issuer that vouches for anyone, %s,", (issuer, aud, bound) => {
  const claim = (operator: string, name: string, value: unknown): Json => ({
    [operator]: { [`${issuer}:${name}`]: value },
  });

  it.each([
    ["nothing", undefined],
    ["the audience", claim("StringEquals", "aud", aud)],
    ["the audience by a pattern", claim("StringLike", "aud", "*")],
    ["any subject", claim("StringLike", "sub", "*")],
    ["any subject that is there", claim("Null", "sub", "false")],
    ["any subject but one", claim("StringNotEquals", "sub", bound)],
    [
      "the audience and any subject",
      { ...claim("StringEquals", "aud", aud), ...claim("StringLike", "sub", "*") },
    ],
  ])("lets anyone in by %s", (_, condition) => {
    expect(judged(issuer, condition)).toBe("anyone");
  });

  it("lets somebody in by a subject that names its owner", () => {
    expect(judged(issuer, claim("StringEquals", "sub", bound))).toBe("somebody");
    expect(
      judged(issuer, { ...claim("StringEquals", "aud", aud), ...claim("StringEquals", "sub", bound) }),
    ).toBe("somebody");
    expect(judged(issuer, claim("ForAnyValue:StringEquals", "sub", [bound, `${bound}2`]))).toBe("somebody");
  });
});

describe("GitHub", () => {
  it.each([
    "repo:*",
    "repo:*/*",
    "repo:*/app:*",
    "repo:*:ref:refs/heads/main",
    "repo:*:environment:production",
    "*:environment:production",
    "repo:?*",
    "*",
    "repo:example-org*",
  ])("is open by the subject %s", (value) => {
    expect(judged(GITHUB, { StringLike: { [`${GITHUB}:sub`]: value } })).toBe("anyone");
  });

  it.each(["repo:example-org/*", "repo:example-org/app:*", "repo:example-org/app:environment:*"])(
    "is bound by the subject %s",
    (value) => {
      expect(judged(GITHUB, { StringLike: { [`${GITHUB}:sub`]: value } })).toBe("somebody");
    },
  );

  it.each(["ref", "environment", "workflow"])("is open by %s, which anyone chooses", (claim) => {
    expect(judged(GITHUB, { StringEquals: { [`${GITHUB}:${claim}`]: "main" } })).toBe("anyone");
  });

  it.each(["actor", "job_workflow_ref", "repository"])("never bound for certain by any %s", (claim) => {
    expect(judged(GITHUB, { StringLike: { [`${GITHUB}:${claim}`]: "*" } })).not.toBe("somebody");
  });

  it("by a key of another issuer lets nobody in, and by its absence anyone", () => {
    expect(judged(GITHUB, { StringEquals: { "gitlab.com:sub": "x" } })).toBe("somebody");
    expect(judged(GITHUB, { StringNotEquals: { "gitlab.com:sub": "x" } })).toBe("anyone");
    expect(judged(GITHUB, { StringEqualsIfExists: { "gitlab.com:sub": "x" } })).toBe("anyone");
  });
});

it.each([
  "oidc.eks.eu-central-1.amazonaws.com/id/AB12CD34",
  "oidc.circleci.com/org/4f0f1d3e-0000-4000-8000-000000000000",
  "api.bitbucket.org/2.0/workspaces/example/pipelines-config/identity/oidc",
  `${GITHUB}/example-enterprise`,
  "sts.windows.net/4f0f1d3e-0000-4000-8000-000000000000/",
  "container.googleapis.com/v1/projects/example/locations/europe-west1/clusters/pay",
  "westeurope.oic.prod-aks.azure.com/4f0f1d3e-0000-4000-8000-000000000000/4f0f1d3e-0000-4000-8000-000000000001/",
])("no stranger is vouched for by %s", (issuer) => {
  const facts = new AwsFacts()
    .organization()
    .secret(SECRET)
    .role("app", { inline: { read: document(allow(READ)) }, trust: trust(issuer) });
  expect(modelOf(facts).readers(idOf(SECRET))).toMatchObject({ public: 0, external: 0, possible_count: 0 });
});

describe("Cognito's pools", () => {
  const POOLS = "cognito-identity.amazonaws.com";
  const amr = (value: string): Json => ({ "ForAnyValue:StringLike": { [`${POOLS}:amr`]: value } });
  const aud = { StringEquals: { [`${POOLS}:aud`]: "eu-central-1:pool" } };

  it("let anyone in where no pool is named, or its guests", () => {
    expect(judged(POOLS)).toBe("anyone");
    expect(judged(POOLS, amr("authenticated"))).toBe("anyone");
    expect(judged(POOLS, amr("unauthenticated"))).toBe("anyone");
    // Whether the pool that is named has guests is for the pool to say.
    expect(judged(POOLS, { ...aud, ...amr("unauthenticated") })).not.toBe("somebody");
    expect(judged(POOLS, { ...aud, ...amr("authenticated") })).toBe("somebody");
    expect(judged(POOLS, aud)).toBe("perhaps");
  });
});

it("of an issuer of whom nothing is known nothing is said for certain", () => {
  expect(judged("id.example.org", { StringEquals: { "id.example.org:aud": "x" } })).toMatch(/perhaps/);
  expect(judged("oidc.circleci.com", undefined)).toMatch(/perhaps/);
});
