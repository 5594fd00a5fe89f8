import { describe, expect, it } from "vitest";
import { computeGrants, pathText, type Grant, type GrantModel } from "../../src/access/index.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

const AT = { takenAt: "2026-09-30T06:00:00Z" };
const DEFAULT = 'path "cubbyhole/*" { policy = "write" }';

function store(): EstateFacts {
  return new EstateFacts().mount("kv/").policy("default", DEFAULT);
}

function compute(facts: EstateFacts): GrantModel {
  return computeGrants(facts.set(), AT);
}

const brief = ({ actions, certainty, conditions }: Grant) => ({ actions, certainty, conditions });
const actionsOf = (grants: readonly Grant[]): string[] =>
  [...new Set(grants.flatMap((grant) => grant.actions))].sort();

describe("owning the store", () => {
  const one = (text: string, own = {}): GrantModel =>
    compute(
      store()
        .secret("kv/", "a")
        .policy("p", text)
        .token("t", { policies: ["p"], ...own }),
    );
  const notes = (model: GrantModel): (string | undefined)[] =>
    model
      .whoCan(idOf("kv/a"), "administer")
      .flatMap((grant) => grant.path.map((statement) => statement.note));

  it("writing policies needs no sudo", () => {
    expect(notes(one('path "sys/policies/acl/*" { capabilities = ["create", "update"] }'))).toEqual([
      "may write policies",
    ]);
    expect(notes(one('path "sys/policies/acl/team-*" { capabilities = ["update"] }'))).toEqual([
      "may write policies",
    ]);
    expect(notes(one('path "sys/policies/acl/p" { capabilities = ["update"] }'))).toEqual([
      "may write policies",
    ]);
  });

  it("a rule that requires a parameter and denies all gives only what has none", () => {
    const text = (capabilities: string, limits: string): string =>
      `path "sys/policies/acl/*" { capabilities = [${capabilities}]\n${limits} }`;
    const required = 'required_parameters = ["policy"]';
    const denied = 'denied_parameters = { "*" = [] }';
    expect(notes(one(text('"update"', `${required}\n${denied}`)))).toEqual([]);
    expect(notes(one(text('"update"', required)))).toEqual(["may write policies"]);
    const model = one(`path "kv/data/a" { capabilities = ["read", "delete"]\n${required}\n${denied} }`);
    expect(actionsOf(model.path(idOf("auth/token/accessor/t"), idOf("kv/a")))).toEqual(["delete"]);
  });

  it("reading policies is not owning", () => {
    expect(notes(one('path "sys/policies/acl/*" { capabilities = ["read", "list"] }'))).toEqual([]);
  });

  it("enabling auth methods and creating tokens of any policy need sudo", () => {
    expect(notes(one('path "sys/auth/*" { capabilities = ["update"] }'))).toEqual([]);
    expect(notes(one('path "sys/auth/*" { capabilities = ["update", "sudo"] }'))).toEqual([
      "may enable auth methods",
    ]);
    expect(notes(one('path "auth/token/create" { capabilities = ["update"] }'))).toEqual([]);
    expect(notes(one('path "auth/token/create" { capabilities = ["update", "sudo"] }'))).toEqual([
      "may create tokens with any policy but root",
    ]);
  });

  it("a deny on the policy's own path does not hide the others", () => {
    const text =
      'path "sys/policies/acl/*" { policy = "write" }\npath "sys/policies/acl/p" { policy = "deny" }';
    expect(notes(one(text))).toContain("may write policies");
  });

  it("writing a role's policies is owning", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .method("auth/approle/", "approle", "ar")
        .policy("p", 'path "auth/approle/role/*" { capabilities = ["create", "update"] }')
        .token("t", { policies: ["p"] }),
    );
    expect(notes(model)).toContain("may write roles of auth/approle/");
  });

  it("root does everything, its token is a principal", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .key("transit/", "k")
        .token("r", { policies: ["root"], root: true }),
    );
    const holder = idOf("auth/token/accessor/r");
    expect(actionsOf(model.path(holder, idOf("kv/a")))).toEqual([
      "administer",
      "delete",
      "list",
      "read",
      "share",
      "write",
    ]);
    expect(actionsOf(model.path(holder, idOf("transit/keys/k")))).toContain("rotate");
    expect(model.access(holder)).toMatchObject({
      administers: true,
      readable_secret_count: 1,
      sudo_rules: ["root"],
    });
  });
});

describe("handing out", () => {
  it("child tokens share what their maker reads", () => {
    const text = 'path "kv/data/a" { policy = "read" }\npath "auth/token/create" { policy = "write" }';
    const model = compute(
      store()
        .secret("kv/", "a")
        .secret("kv/", "b")
        .policy("p", text)
        .token("t", { policies: ["p"] }),
    );
    const holder = idOf("auth/token/accessor/t");
    expect(actionsOf(model.path(holder, idOf("kv/a")))).toEqual(["read", "share"]);
    expect(model.path(holder, idOf("kv/b"))).toEqual([]);
  });

  it("a secret id of a role that reads more ways than one is one grant, of all that the role reads", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .secret("kv/", "b")
        .policy(
          "reads",
          'path "kv/data/*" { policy = "read" }\npath "kv/metadata/a" { capabilities = ["list"] }',
        )
        .policy("writes", 'path "kv/metadata/a" { capabilities = ["delete"] }')
        .policy("mint", 'path "auth/approle/role/app/secret-id" { capabilities = ["update"] }')
        .method("auth/approle/", "approle", "ar")
        .role("auth/approle/", "app", { method: "approle", policies: ["reads", "writes"] })
        .token("t", { policies: ["mint"] }),
    );
    const shares = model.whatCan(idOf("auth/token/accessor/t"));
    expect(shares.map(({ actions, target_count }) => [actions, target_count])).toEqual([[["share"], 2]]);
    expect([...(shares[0]?.targets() ?? [])]).toEqual([idOf("kv/a"), idOf("kv/b")]);
    const ids = [...model.grants()].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const [shown] = model.whoCan(idOf("kv/a"), "share");
    expect([shown?.id, shown?.target_count]).toEqual([shares[0]?.id, 2]);
  });

  it("secret ids and passwords share what their role reads, with the chain", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("app", 'path "kv/data/a" { policy = "read" }')
        .policy("helpdesk", 'path "auth/approle/role/app/secret-id" { capabilities = ["update"] }')
        .method("auth/approle/", "approle", "ar")
        .role("auth/approle/", "app", { method: "approle", policies: ["app"] })
        .token("t", { policies: ["helpdesk"] }),
    );
    const [grant] = model.path(idOf("auth/token/accessor/t"), idOf("kv/a"));
    expect(grant).toMatchObject({ actions: ["share"], certainty: "certain" });
    expect(grant?.path.map(({ policy, note }) => [policy, note])).toEqual([
      ["helpdesk", "may issue secret ids of auth/approle/app"],
      ["app", undefined],
    ]);
    expect(grant?.path[1]?.through[0]).toMatchObject({ kind: "credential", name: "auth/approle/app" });
  });
});

describe("a path in words", () => {
  it("says once what one rule lets someone do in several ways", () => {
    const [grant] = compute(
      store()
        .secret("kv/", "a")
        .policy("owner", 'path "identity/*" { capabilities = ["update"] }')
        .token("t", { policies: ["owner"] }),
    ).whatCan(idOf("auth/token/accessor/t"));
    expect(grant?.path.length).toBeGreaterThan(1);
    const text = pathText(grant?.path ?? []);
    expect(text.match(/policy owner line 1/g)).toHaveLength(1);
    for (const { note } of grant?.path ?? []) expect(text).toContain(note);
  });
});

describe("conditions of rules", () => {
  it("wrapping, parameters, approvals and expiry stay standing", () => {
    const text = `
      path "kv/data/a" { capabilities = ["read", "update"] min_wrapping_ttl = "1m" required_parameters = ["version"]
        allowed_parameters = { "data" = [] } }
      path "kv/data/b" { capabilities = ["read"] mfa_methods = ["totp"] }
      path "kv/data/c" { capabilities = ["create"] }`;
    const model = compute(
      store()
        .secret("kv/", "a")
        .secret("kv/", "b")
        .secret("kv/", "c")
        .policy("p", text)
        .token("t", { policies: ["p"] }),
    );
    const conditions = (name: string) => model.whoCan(idOf(`kv/${name}`)).map(brief);
    expect(conditions("a")).toEqual([
      {
        actions: ["read"],
        certainty: "conditional",
        conditions: ["the answer is wrapped for at least 60 s", "with parameter version"],
      },
      {
        actions: ["write"],
        certainty: "conditional",
        conditions: [
          "the answer is wrapped for at least 60 s",
          "with parameter version",
          "only parameters data",
        ],
      },
    ]);
    expect(conditions("b")).toEqual([
      { actions: ["read"], certainty: "conditional", conditions: ["MFA by totp"] },
    ]);
    expect(conditions("c")).toEqual([
      { actions: ["write"], certainty: "conditional", conditions: ["nothing is stored there yet"] },
    ]);
  });

  it("OpenBao: an expired rule is gone, one that will expire is conditional", () => {
    const rule = { capabilities: ["read" as const], line: 1, column: 1, end_line: 1, end_column: 1 };
    const facts = new EstateFacts("openbao")
      .mount("kv/")
      .secret("kv/", "a")
      .secret("kv/", "b")
      .policyRules("p", [
        { ...rule, index: 0, path: "kv/data/a", expiration: "2026-01-01T00:00:00Z" },
        { ...rule, index: 1, path: "kv/data/b", expiration: "2027-01-01T00:00:00Z" },
      ])
      .token("t", { policies: ["p"] });
    const model = compute(facts);
    expect(model.whoCan(idOf("kv/a"))).toEqual([]);
    expect(model.whoCan(idOf("kv/b")).map(brief)).toEqual([
      { actions: ["read"], certainty: "conditional", conditions: ["before 2027-01-01T00:00:00Z"] },
    ]);
  });
});

describe("other engines", () => {
  it("KV 1, database, transit and certificate roles have requests of their own", () => {
    const text = `
      path "old/a" { policy = "write" }
      path "db/static-creds/app" { capabilities = ["read"] }
      path "db/rotate-role/app" { capabilities = ["update"] }
      path "transit/decrypt/k" { capabilities = ["update"] }
      path "transit/keys/k/rotate" { capabilities = ["update"] }`;
    const facts = store().mount("old/", "kv", "1").secret("old/", "a").key("transit/", "k").policy("p", text);
    const model = compute(facts.token("t", { policies: ["p"] }));
    expect(actionsOf(model.whoCan(idOf("old/a")))).toEqual(["delete", "read", "write"]);
    expect(actionsOf(model.whoCan(idOf("transit/keys/k")))).toEqual(["read", "rotate"]);
  });

  it("a sudo rule tells all that may be done there, by another policy's rule for the path as well", () => {
    const reading = 'path "sys/audit" { capabilities = ["read", "sudo"] }';
    const writing =
      'path "sys/audit" { capabilities = ["update"] }\npath "sys/*" { capabilities = ["delete"] }';
    const model = compute(
      store()
        .policy("audit", reading)
        .policy("ops", writing)
        .token("reads", { policies: ["audit"] })
        .token("writes", { policies: ["audit", "ops"] }),
    );
    const rules = (token: string) => model.access(idOf(`auth/token/accessor/${token}`)).sudo_rules;
    expect(rules("reads")).toEqual(["audit:1 sys/audit [read,sudo]"]);
    expect(rules("writes")).toEqual(["audit:1 sys/audit [read,sudo,update]"]);
  });

  it("wide rules are named", () => {
    const text =
      'path "kv/*" { capabilities = ["read", "sudo"] }\npath "kv/data/a" { capabilities = ["read"] }';
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("p", text)
        .token("t", { policies: ["p"] }),
    );
    expect(model.access(idOf("auth/token/accessor/t"))).toMatchObject({
      sudo_rules: ["p:1 kv/* [read,sudo]"],
      wildcard_rules: ["p:1 kv/*"],
      administers: false,
      certainty: "certain",
    });
  });
});

describe("the lines that a path names", () => {
  const lines = (model: GrantModel, action: "administer" | "list" | "read" | "share"): string[] =>
    model
      .whoCan(idOf("kv/a"), action)
      .flatMap(({ path }) => path)
      .filter(({ actions }) => actions.includes(action))
      .map(({ policy, line }) => `${policy}:${line}`);
  const two = (one: string, other: string): GrantModel =>
    compute(
      store()
        .secret("kv/", "a")
        .policy("auditor", one)
        .policy("writer", other)
        .token("t", { policies: ["auditor", "writer"] }),
    );

  it("are those that give what is said, not others of the same path", () => {
    const model = two(
      'path "sys/policies/acl/*" { capabilities = ["read", "list"] }\npath "kv/metadata/*" { capabilities = ["list"] }\npath "kv/data/*" { capabilities = ["create"] }',
      'path "sys/policies/acl/*" { capabilities = ["update"] }\npath "kv/metadata/*" { capabilities = ["read"] }\npath "kv/data/*" { capabilities = ["read"] }',
    );
    expect(lines(model, "administer")).toEqual(["writer:1"]);
    expect(lines(model, "read")).toEqual(["writer:3"]);
  });

  it("are both where one has the capability and the other sudo", () => {
    const model = two(
      'path "sys/auth/*" { capabilities = ["read", "sudo"] }',
      'path "sys/auth/*" { capabilities = ["update"] }',
    );
    expect(lines(model, "administer")).toEqual(["auditor:1", "writer:1"]);
  });

  it("are those of the other's policies that read, behind a credential that is minted", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .method("auth/userpass/", "userpass", "up")
        .policy("lister", 'path "kv/data/*" { capabilities = ["list"] }')
        .policy("reader", 'path "kv/data/*" { capabilities = ["read"] }')
        .policy("desk", 'path "auth/userpass/users/+/password" { capabilities = ["update"] }')
        .role("auth/userpass/", "u", {
          method: "userpass",
          role_type: "user",
          policies: ["lister", "reader"],
        })
        .token("t", { policies: ["desk"] }),
    );
    expect(lines(model, "share")).toEqual(["desk:1", "reader:1"]);
  });
});
