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

  /** AWS Service Authorization Reference, condition keys of AssumeRoleWithWebIdentity. */
  describe("by a claim that AWS does not show to conditions", () => {
    const owner = (operator: string, value = "example-org", claim = "repository_owner") =>
      callers(statement(GITHUB, { [operator]: { [`${GITHUB}:${claim}`]: value } }));

    it.each(["StringEqualsIfExists", "ForAllValues:StringEquals", "StringNotEquals"])(
      "%s lets everyone in",
      (operator) => {
        expect(owner(operator)?.any_caller).toBe(true);
        expect(owner(operator, "main", "base_ref")?.any_caller).toBe(true);
      },
    );

    it("lets everyone in where it has to be absent, and nobody where it has to be there", () => {
      expect(owner("Null", "true")?.any_caller).toBe(true);
      expect(owner("Null", "false")?.any_caller).toBe(false);
    });

    it.each(["example-org", "*"])("lets nobody in where it has to be %s", (value) => {
      expect(owner("StringLike", value)).toMatchObject({ any_caller: false, lookalikes: [] });
      const project = { StringLike: { "gitlab.com:project_path": value } };
      expect(callers(statement("gitlab.com", project))?.any_caller).toBe(false);
    });

    it("is another's of an issuer of which that is not known", () => {
      const issuer = "app.terraform.io";
      const own = { StringEqualsIfExists: { [`${issuer}:terraform_organization_name`]: "example-org" } };
      expect(callers(statement(issuer, own))?.any_caller).toBeUndefined();
    });

    it.each([
      ["repository_owner_id", "4711"],
      ["repository_id", "4711"],
      ["repository", "example-org/x"],
      ["enterprise_id", "4711"],
      ["actor", "ada"],
      ["actor_id", "4711"],
    ])("is not %s", (claim, value) => {
      expect(owner("StringEquals", value, claim)).toMatchObject({
        any_caller: false,
        bounds: [`${GITHUB}:${claim}`],
      });
      expect(owner("StringEqualsIfExists", value, claim)?.any_caller).toBeUndefined();
    });

    it("is not an actor, who may be a bot that works for anyone", () => {
      expect(owner("StringEquals", "dependabot[bot]", "actor")?.any_caller).toBe(true);
    });

    it.each(["ref", "environment", "workflow"])("is not %s, which anyone chooses", (claim) => {
      expect(owner("StringEquals", "main", claim)?.any_caller).toBe(true);
    });
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
