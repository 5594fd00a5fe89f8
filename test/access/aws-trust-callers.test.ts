import { describe, expect, it } from "vitest";
import { trustCallers } from "../../src/access/index.ts";
import { APP, HOME } from "./aws-facts.ts";

type Json = Readonly<Record<string, unknown>>;

const GITHUB = "token.actions.githubusercontent.com";
const POOLS = "cognito-identity.amazonaws.com";
const EKS = "oidc.eks.eu-central-1.amazonaws.com/id/AB12";

const statement = (issuer: string, Condition?: Json, own: Json = {}): Json => ({
  Effect: "Allow",
  Principal: { Federated: issuer === POOLS ? issuer : `arn:aws:iam::${HOME}:oidc-provider/${issuer}` },
  Action: "sts:AssumeRoleWithWebIdentity",
  ...(Condition === undefined ? {} : { Condition }),
  ...own,
});
const callers = (...statements: readonly Json[]) =>
  trustCallers(JSON.stringify({ Version: "2012-10-17", Statement: statements }), APP);
const sub = (value: string | readonly string[], operator = "StringLike"): Json => ({
  [operator]: { [`${GITHUB}:sub`]: value },
});

/** IAM User Guide, "Create a role for OpenID Connect federation"; GitHub, "OpenID Connect reference", example subject claims. */
describe("whom a trust policy lets in on an issuer's word", () => {
  it.each([
    ["nothing", statement(GITHUB)],
    ["the audience", statement(GITHUB, { StringEquals: { [`${GITHUB}:aud`]: "sts.amazonaws.com" } })],
    ["any owner", statement(GITHUB, sub("repo:*"))],
    ["any owner's repository of a name", statement(GITHUB, sub("repo:*/x"))],
    ["any subject", statement(GITHUB, sub("*"))],
    [
      "any owner's workflow",
      statement(GITHUB, {
        StringLike: { [`${GITHUB}:job_workflow_ref`]: "*/.github/workflows/deploy.yml@*" },
      }),
    ],
    ["one of two", statement(GITHUB, sub(["repo:example-org/x:*", "repo:*"]))],
    [
      "an application",
      statement("accounts.google.com", { StringEquals: { "accounts.google.com:aud": "4711" } }),
    ],
    ["any cluster's workload", statement(EKS, { StringLike: { [`${EKS}:sub`]: "system:serviceaccount:*" } })],
    [
      "users of any pool",
      statement(POOLS, { "ForAnyValue:StringLike": { [`${POOLS}:amr`]: "authenticated" } }),
    ],
    ["everyone", statement(GITHUB, undefined, { Principal: "*" })],
  ])("anyone: %s", (_, own) => {
    expect(callers(own)).toMatchObject({ any_caller: true, bounds: [] });
  });

  it.each([
    [
      "a branch",
      statement(GITHUB, sub("repo:example-org/x:ref:refs/heads/main", "StringEquals")),
      `${GITHUB}:sub`,
    ],
    ["an owner", statement(GITHUB, sub("repo:example-org/*")), `${GITHUB}:sub`],
    [
      "a service account",
      statement(EKS, { StringEquals: { [`${EKS}:sub`]: "system:serviceaccount:pay:api" } }),
      `${EKS}:sub`,
    ],
    [
      "a pool's users",
      statement(POOLS, {
        StringEquals: { [`${POOLS}:aud`]: "pool" },
        "ForAnyValue:StringLike": { [`${POOLS}:amr`]: "authenticated" },
      }),
      `${POOLS}:aud`,
    ],
  ])("somebody: %s", (_, own, bound) => {
    expect(callers(own)).toMatchObject({ any_caller: false, lookalikes: [], bounds: [bound] });
  });

  it("a pool's guests, where it says so", () => {
    const Condition = {
      StringEquals: { [`${POOLS}:aud`]: "pool" },
      "ForAnyValue:StringLike": { [`${POOLS}:amr`]: "unauthenticated" },
    };
    expect(callers(statement(POOLS, Condition))?.any_caller).toBe(true);
  });

  it("tells a cluster from other issuers", () => {
    expect(callers(statement(EKS))?.vouched_by).toBe("cluster");
    expect(callers(statement(EKS), statement(GITHUB))?.vouched_by).toBe("issuer");
  });

  it("owners of a like name", () => {
    expect(callers(statement(GITHUB, sub("repo:pine*")))).toMatchObject({
      any_caller: false,
      lookalikes: ["repo:pine*"],
    });
  });

  it("one open statement beside a bound one is enough, and a denial of all others closes it", () => {
    const bound = statement(GITHUB, sub("repo:example-org/*"));
    expect(callers(bound, statement(GITHUB))?.any_caller).toBe(true);
    const others = statement(GITHUB, sub("repo:example-org/*", "StringNotLike"), {
      Effect: "Deny",
      Principal: "*",
    });
    expect(callers(statement(GITHUB), others)?.any_caller).toBe(false);
  });

  it("says nothing of roles for services, accounts and SAML", () => {
    const other = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
    const saml = statement("x", undefined, {
      Principal: { Federated: `arn:aws:iam::${HOME}:saml-provider/staff` },
      Action: "sts:AssumeRoleWithSAML",
    });
    expect(callers(other)).toBeUndefined();
    expect(callers(saml)).toBeUndefined();
  });

  it.each([
    ["a text that is no policy", "{"],
    ["one of another form", "{}"],
    [
      "a pool that perhaps has guests",
      JSON.stringify({
        Version: "2012-10-17",
        Statement: statement(POOLS, { StringEquals: { [`${POOLS}:aud`]: "pool" } }),
      }),
    ],
    [
      "who calls a workflow",
      JSON.stringify({
        Version: "2012-10-17",
        Statement: statement(GITHUB, { StringLike: { [`${GITHUB}:job_workflow_ref`]: "example-org/*" } }),
      }),
    ],
    [
      "a claim that need not be there",
      JSON.stringify({
        Version: "2012-10-17",
        Statement: statement(GITHUB, { StringEqualsIfExists: { [`${GITHUB}:repository`]: "example-org/x" } }),
      }),
    ],
  ])("not known: %s", (_, text) => {
    const found = trustCallers(text, APP);
    expect(found?.vouched_by).toBe("issuer");
    expect(found?.any_caller).toBeUndefined();
  });
});
