import { describe, expect, it } from "vitest";
import type { FactOf } from "../../src/facts/index.ts";
import { STORE, role, subject } from "./facts.ts";

type Bounds = FactOf<"auth_role">["bounds"];

function caller(method: string, bounds: Bounds, own: object = {}) {
  const made = subject("principal", [role("app", { method, bounds, ...own })], {
    id: `${STORE}:auth/approle/role/app`,
  });
  const { bounds: shown, takes_any, vouched_by, any_caller, lookalikes } = made;
  return { bounds: shown, takes_any, vouched_by, any_caller, lookalikes };
}

const names = (...given: string[]) => ({ bound_service_account_names: given });
const namespaces = (...given: string[]) => ({ bound_service_account_namespaces: given });
const selector = (given: string) => ({ bound_service_account_namespace_selector: [given] });

describe("a Kubernetes role", () => {
  it.each<[string, Bounds, string[], boolean]>([
    ["a name in a namespace", { ...names("pay"), ...namespaces("web") }, [], false],
    ["a pattern in a pattern", { ...names("pay-*"), ...namespaces("prod-*") }, [], false],
    [
      "any name in a namespace",
      { ...names("*"), ...namespaces("web", "risk") },
      ["service_account_name"],
      false,
    ],
    ["a name in any namespace", { ...names("pay"), ...namespaces("*") }, ["namespace"], false],
    ["anyone", { ...names("**"), ...namespaces("*") }, ["namespace", "service_account_name"], true],
    [
      "a name in labelled namespaces",
      { ...names("pay"), ...selector('{"matchLabels":{"team":"pay"}}') },
      [],
      false,
    ],
    [
      "a name where no label is asked for",
      { ...names("pay"), ...selector('{"matchLabels":{}}') },
      ["namespace"],
      false,
    ],
    ["the same in YAML", { ...names("pay"), ...selector("matchLabels: null") }, ["namespace"], false],
    [
      "a name in a namespace, or where no label is asked for",
      { ...names("pay"), ...namespaces("web"), ...selector("{}") },
      ["namespace"],
      false,
    ],
    [
      "a name in any namespace, or by labels",
      { ...names("pay"), ...namespaces("*"), ...selector('{"matchLabels":{"team":"pay"}}') },
      ["namespace"],
      false,
    ],
  ])("for %s", (_who, bounds, takes_any, any_caller) => {
    expect(caller("kubernetes", bounds)).toMatchObject({ vouched_by: "cluster", takes_any, any_caller });
  });

  it("is not bound by what takes any value", () => {
    const made = caller("kubernetes", { ...names("*"), ...namespaces("web"), audience: ["vault"] });
    expect(made.bounds).toEqual(["audience", "bound_service_account_namespaces"]);
    const open = caller("kubernetes", { ...names("pay"), ...namespaces("web"), ...selector("{}") });
    expect(open.bounds).toEqual(["bound_service_account_names"]);
  });
});

describe("a JWT role", () => {
  it("that names a workflow alone perhaps lets in whoever may call it", () => {
    const workflow = {
      "bound_claims.job_workflow_ref": ["pine/deploy/.github/workflows/x.yml@refs/heads/main"],
    };
    const alone = caller("jwt", { ...workflow, "bound_claims.ref": ["refs/heads/main"] });
    expect(alone.vouched_by).toBe("issuer");
    expect(alone.any_caller).toBeUndefined();
    const owner = { "bound_claims.repository_owner": ["pine"] };
    expect(caller("jwt", { ...workflow, ...owner }).any_caller).toBe(false);
    expect(caller("jwt", { "bound_claims.job_workflow_ref": ["*/x.yml@*"] }).any_caller).toBe(true);
  });

  it.each<[Bounds, boolean]>([
    [{ bound_subject: ["repo:pine"] }, false],
    [{ bound_audiences: ["vault"], "bound_claims.repository": ["pine/*"] }, false],
    // What everyone chooses alone names nobody, and undoes nothing.
    [{ "bound_claims.sub": ["*"], "bound_claims.ref": ["main"] }, true],
    [{ "bound_claims.sub": ["repo:*:ref:refs/heads/main"], "bound_claims.ref": ["refs/heads/main"] }, true],
    [{ "bound_claims.repository_owner": ["pine"], "bound_claims./ref": ["refs/heads/main"] }, false],
    [{ "bound_claims.sub": ["repo:*"], "bound_claims.azp": ["portal"] }, false],
    ...[
      "ref",
      "environment",
      "event_name",
      "workflow",
      "email_verified",
      "repository_visibility",
      "project_visibility",
      "/terraform_run_phase",
      "build_branch",
    ].map((claim): [Bounds, boolean] => [{ [`bound_claims.${claim}`]: ["main"] }, true]),
    ...["groups", "azp", "client_id", "oid", "tid", "hd", "project_id", "team"].map(
      (claim): [Bounds, boolean] => [{ [`bound_claims.${claim}`]: ["7"] }, false],
    ),
    [{ bound_audiences: ["vault"] }, true],
    [{ "bound_claims.sub": ["*"] }, true],
    [{ "bound_claims.email": ["*@*"] }, true],
    [{ "bound_claims.repository": ["pine/api", "*/*"] }, true],
    [{ "bound_claims.sub": ["*:*:*"] }, true],
    ...["*-*", "* *", "*:*", "*@*", "*.*", " * ", "-*", "**", "*/*/*"].map((glob): [Bounds, boolean] => [
      { "bound_claims.sub": [glob] },
      true,
    ]),
    // Whoever registers an owner, and chooses what follows.
    ...[
      "repo:*/api:*",
      "repo:*:ref:refs/heads/main",
      "repo:*pine/api",
      "*:ref:refs/heads/main",
      "project_path:*:ref_type:tag:*",
      "project_path:*/deploy:ref_type:tag:*",
      "*ref:refs/heads/main",
      "repo*:ref:refs/heads/main",
      "*/main",
      "*main",
      "*-a",
      "*pine/api:*",
      "organization:*:project:*:workspace:*:run_phase:apply",
      "org/*/project/7/user/*",
      "environment:production",
      "ref:refs/heads/main:environment:*",
      "repository_owner:*:environment:production",
    ].map((glob): [Bounds, boolean] => [{ "bound_claims.sub": ["repo:pine/api:*", glob] }, true]),
    [{ "bound_claims.repository": ["*/*-deploy"] }, true],
    [{ "bound_claims./job_workflow_ref": ["*/.github/workflows/deploy.yml@*"] }, true],
    [{ "bound_claims.repository": ["*/api"], "bound_claims.repository_owner": ["pine"] }, false],
    // What every token of an issuer has, and no more.
    ...["repo:*", "repo:*/*:*", "re*", "*:*/*:*"].map((glob): [Bounds, boolean] => [
      { "bound_claims.sub": [glob] },
      true,
    ]),
    ...["project_path:*", "project_path:*/*:ref_type:*:ref:*", "project_path:*:ref:*", "*ref_type*"].map(
      (glob): [Bounds, boolean] => [{ "bound_claims.sub": ["named", glob] }, true],
    ),
    ...["system:serviceaccount:*", "system:serviceaccount:*:*", "system:*", "*:serviceaccount:*"].map(
      (glob): [Bounds, boolean] => [{ "bound_claims./sub": [glob] }, true],
    ),
    ...[
      "repo:pine/*",
      "repo:pine/api:*",
      "project_path:pine/*",
      "system:serviceaccount:web:*",
      "system:serviceaccount:*:deploy",
      "repo:",
      "organization:pine:project:*:workspace:*:run_phase:apply",
      "repository_owner:pine:environment:*",
      "portal",
      "svc-*",
    ].map((glob): [Bounds, boolean] => [{ "bound_claims.sub": [glob] }, false]),
    [{ "bound_claims.repository": ["*api"] }, true],
    [{ "bound_claims.project_path": ["*pine/api"] }, true],
    [{ "bound_claims.namespace_path": ["*/team"] }, true],
    [{ "bound_claims.terraform_full_workspace": ["organization:*:project:a:workspace:b"] }, true],
    ...["*@gmail.com", "ops@pine.example", "*@GMail.com", "*@*.com", "*.co.uk", "*pine*"].map(
      (glob): [Bounds, boolean] => [{ "bound_claims.email": [glob] }, glob !== "ops@pine.example"],
    ),
    [{ "bound_claims.email": ["*@pine.example"] }, false],
    [{ "bound_claims.email": ["*@*.pine.example"] }, false],
    [{ "bound_claims.email": ["alice@gmail.com"] }, false],
    [{ "bound_claims.job": ["*/deploy"] }, false],
    [{ bound_subject: ["*@*"] }, false],
    [{ "bound_claims.aud": ["vault"], "bound_claims./iss": ["https://ci.example"] }, true],
  ])("bound by %o", (bounds, any_caller) => {
    const takes_any = any_caller ? ["subject"] : [];
    expect(caller("jwt", bounds)).toMatchObject({ vouched_by: "issuer", takes_any, any_caller });
  });
});

describe("a JWT role for owners whose names strangers can register", () => {
  it.each<[Bounds, string[]]>([
    [{ "bound_claims.sub": ["repo:pine*"] }, ["repo:pine*"]],
    [{ "bound_claims.sub": ["repo:pine/api:*", "repo:pine*/api:*"] }, ["repo:pine*/api:*"]],
    [{ "bound_claims./sub": ["project_path:pine*/api:*"] }, ["project_path:pine*/api:*"]],
    [{ "bound_claims.repository": ["*pine/api"] }, ["*pine/api"]],
    [{ "bound_claims.repository_owner": ["pine*"] }, ["pine*"]],
    [{ "bound_claims.repository_owner_id": ["12*"] }, ["12*"]],
    [{ "bound_claims.repository": ["pine/*", "pin*"] }, ["pin*"]],
    [{ "bound_claims.sub": ["repo:pine*"], "bound_claims.ref": ["refs/heads/main"] }, ["repo:pine*"]],
    [{ "bound_claims.sub": ["organization:pine*:project:*"] }, ["organization:pine*:project:*"]],
    [{ "bound_claims.namespace_path": ["pine/*"] }, []],
    [{ "bound_claims.namespace_path": ["pine*"] }, ["pine*"]],
    [{ "bound_claims.email": ["pine*@gmail.com"] }, ["pine*@gmail.com"]],
    [{ "bound_claims.email": ["*pine.example", "ops@pine.*"] }, ["*pine.example", "ops@pine.*"]],
    [{ "bound_claims.repository": ["pine*/api"], "bound_claims.repository_owner": ["pine"] }, []],
    [{ "bound_claims.sub": ["repo:pine*"], bound_subject: ["x"] }, []],
    [{ "bound_claims.sub": ["repo:pine/*", "repo:pine/a*", "system:serviceaccount:web*:x"] }, []],
    [{ "bound_claims.sub": ["*"] }, []],
    [{ bound_audiences: ["pine*"] }, []],
  ])("bound by %o", (bounds, lookalikes) => {
    expect(caller("jwt", bounds).lookalikes).toEqual(lookalikes);
  });
});

describe("a role by certificate", () => {
  const trusted = { certificate_sha256: ["ab"] };

  it.each<[string, Bounds, boolean | undefined, boolean | undefined]>([
    ["an authority", trusted, true, true],
    ["a client's own", trusted, false, false],
    ["an unknown one", trusted, undefined, undefined],
    ["an authority, for a name", { ...trusted, allowed_common_names: ["pos"] }, true, false],
    ["an unknown one, for a name", { ...trusted, allowed_dns_sans: ["pos"] }, undefined, false],
    ["an authority, for any name", { ...trusted, allowed_names: ["*"] }, true, true],
    ["an authority, for any address", { ...trusted, allowed_email_sans: ["*@*"] }, true, true],
    ["an authority, for an extension", { ...trusted, required_extensions: ["1.2.3:a*"] }, true, false],
    ["an authority, for any value of one", { ...trusted, required_extensions: ["1.2.3:*"] }, true, true],
  ])("that trusts %s", (_what, bounds, trusts, any_caller) => {
    const made = caller("cert", bounds, trusts === undefined ? {} : { trusts_authority: trusts });
    expect(made.any_caller).toBe(any_caller);
    expect(made).toMatchObject({
      vouched_by: "authority",
      takes_any: any_caller === true ? ["certificate"] : [],
    });
  });
});

describe("whoever the store checks itself", () => {
  it.each(["approle", "userpass", "ldap", "token"])("is vouched for by nobody: %s", (method) => {
    const made = caller(method, { bind_secret_id: ["true"] });
    expect(made).toEqual({
      bounds: ["bind_secret_id"],
      takes_any: [],
      vouched_by: "other",
      any_caller: undefined,
      lookalikes: [],
    });
  });
});
