import { describe, expect, it } from "vitest";
import { computeGrants, pathText, type Grant, type GrantModel } from "../../src/access/index.ts";
import { EstateFacts, aliasOf, idOf } from "./estate-facts.ts";

const AT = { takenAt: "2026-09-30T06:00:00Z" };
const DEFAULT = 'path "cubbyhole/*" { policy = "write" }';

function store(): EstateFacts {
  return new EstateFacts().mount("kv/").policy("default", DEFAULT);
}

function compute(facts: EstateFacts): GrantModel {
  return computeGrants(facts.set(), AT);
}

const ENTITY = (name: string): string => idOf(`identity/entity/id/${name}-id`);
const brief = ({ actions, certainty, conditions }: Grant) => ({ actions, certainty, conditions });
const actionsOf = (grants: readonly Grant[]): string[] =>
  [...new Set(grants.flatMap((grant) => grant.actions))].sort();

describe("who can do what, by which line", () => {
  const facts = store()
    .secret("kv/", "pay/db")
    .secret("kv/", "pay/api")
    .secret("kv/", "hr/db")
    .policy(
      "pay",
      '# readers\npath "kv/data/pay/*" {\n  capabilities = ["read"]\n}\npath "kv/metadata/pay/" { capabilities = ["list"] }',
    )
    .policy("nodb", 'path "kv/data/pay/db" { capabilities = ["deny"] }')
    .method("auth/userpass/", "userpass", "up1")
    .role("auth/userpass/", "ana", {
      method: "userpass",
      role_type: "user",
      policies: ["pay"],
      alias_name: "ana",
    })
    .role("auth/userpass/", "bob", { method: "userpass", role_type: "user", policies: [], alias_name: "bob" })
    .group("leads", { policies: ["pay"] })
    .group("payments", { policies: [], parent_group_ids: ["leads-id"] })
    .entity("ana", { aliases: [aliasOf("Ana", "up1")] })
    .entity("bob", { aliases: [aliasOf("bob", "up1")], direct_group_ids: ["payments-id"] })
    .entity("cy", { aliases: [aliasOf("cy", "up1")], policies: ["pay", "nodb"] })
    .entity("dora", { policies: ["pay"], disabled: true, aliases: [aliasOf("dora", "up1")] });
  const model = compute(facts);

  it("through the user that an alias names", () => {
    const [grant, ...more] = model.path(ENTITY("ana"), idOf("kv/pay/db"));
    expect(more).toEqual([]);
    expect(grant).toMatchObject({
      actions: ["read", "list"],
      certainty: "certain",
      conditions: [],
      target_count: 2,
    });
    expect(grant?.path[0]).toMatchObject({
      actions: ["read"],
      through: [{ kind: "auth_role", id: idOf("auth/userpass/users/ana") }],
      policy: "pay",
      rule: "kv/data/pay/*",
      line: 2,
    });
  });

  it("through a group, and a group that this group is in", () => {
    const [grant] = model.path(ENTITY("bob"), idOf("kv/pay/api"));
    expect(grant?.path[0]?.through.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "group payments",
      "group leads",
    ]);
    expect(pathText(grant?.path ?? [])).toContain(
      'read: group payments, group leads, policy pay line 2 "kv/data/pay/*"',
    );
    expect(grant?.records.length).toBeGreaterThanOrEqual(4);
  });

  it("a deny on the exact path takes it away, and only there", () => {
    expect(actionsOf(model.path(ENTITY("cy"), idOf("kv/pay/db")))).toEqual(["list"]);
    expect(actionsOf(model.path(ENTITY("cy"), idOf("kv/pay/api")))).toEqual(["list", "read"]);
  });

  it("a disabled entity holds nothing", () => {
    expect(model.whatCan(ENTITY("dora"))).toEqual([]);
    expect(model.principals.find(({ id }) => id === ENTITY("dora"))?.disabled).toBe(true);
  });

  it("counts readers, an entity and its user once", () => {
    const readers = model.readers(idOf("kv/pay/db"));
    expect(readers).toMatchObject({
      count: 2,
      public: 0,
      external: 0,
      writer_count: 0,
      reader_and_granter_count: 0,
    });
    // A user is whoever its one alias names, with the policies of that entity.
    expect(readers.sample.map((reader) => reader.principal_id)).toEqual([ENTITY("ana"), ENTITY("bob")]);
    expect(model.readers(idOf("kv/hr/db")).count).toBe(0);
  });

  it("streams the same as the queries say", () => {
    const rows = [...model.rows()].map(
      ({ principal, target, grant }) => `${principal.id} ${target.id} ${grant.id}`,
    );
    const asked = model.targets.flatMap((target) =>
      model.whoCan(target.id).map((grant) => `${grant.principal_id} ${target.id} ${grant.id}`),
    );
    expect(rows.sort()).toEqual(asked.sort());
    expect(new Set(rows).size).toBe(rows.length);
  });

  it("keeps a grant's name when a secret or a comment is added", () => {
    const before = model.whatCan(ENTITY("ana")).map((grant) => grant.id);
    const more = compute(
      new EstateFacts()
        .mount("kv/")
        .policy("default", DEFAULT)
        .secret("kv/", "pay/db")
        .secret("kv/", "pay/new")
        .policy(
          "pay",
          '\n\n# moved\npath "kv/data/pay/*" { capabilities = ["read"] }\npath "kv/metadata/pay/" { capabilities = ["list"] }',
        )
        .method("auth/userpass/", "userpass", "up1")
        .role("auth/userpass/", "ana", {
          method: "userpass",
          role_type: "user",
          policies: ["pay"],
          alias_name: "ana",
        })
        .entity("ana", { aliases: [aliasOf("ana", "up1")] }),
    );
    expect(more.whatCan(ENTITY("ana")).map((grant) => grant.id)).toEqual(before);
  });
});

describe("what is not known", () => {
  it("an unread policy makes everything of its holders possible", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("known", 'path "kv/data/a" { capabilities = ["read"] }')
        .gap("sys/policies/acl/dark", ["policy_document"])
        .entity("eve", { policies: ["dark", "known"], aliases: [aliasOf("eve", "x")] }),
    );
    const grants = model.whoCan(idOf("kv/a"));
    expect(grants.every((grant) => grant.certainty === "possible")).toBe(true);
    expect(actionsOf(grants)).toEqual(["administer", "delete", "list", "read", "rotate", "share", "write"]);
    expect(grants[0]?.conditions).toContain("policy dark could not be read");
    expect(model.readers(idOf("kv/a"))).toMatchObject({ count: 0, possible_count: 1, sample: [] });
  });

  it("a policy that does not parse counts as unread", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policyRules("odd", undefined)
        .token("t", { policies: ["odd"] }),
    );
    expect(model.whoCan(idOf("kv/a")).map((grant) => grant.certainty)).toEqual(["possible"]);
  });

  it("a name that the store does not know counts for nothing", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .token("t", { policies: ["nowhere"] }),
    );
    expect(model.whoCan(idOf("kv/a"))).toEqual([]);
  });

  it("unread policies altogether make every named one unknown", () => {
    const facts = new EstateFacts()
      .mount("kv/")
      .secret("kv/", "a")
      .gap("sys/policies/acl/", ["policy_document"]);
    const model = compute(facts.token("t", { policies: ["app"] }));
    expect(model.readers(idOf("kv/a"))).toMatchObject({ count: 0, possible_count: 1 });
  });

  it("a certain reader who may possibly do more is counted among both, also without a gap", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("p", 'path "kv/data/a" { capabilities = ["read"] }')
        .method("auth/userpass/", "userpass", "u1")
        .role("auth/userpass/", "ana", {
          method: "userpass",
          role_type: "user",
          policies: ["p"],
          alias_name: "ana",
        })
        .entity("ana", { aliases: [aliasOf("ana", "u1"), aliasOf("ana", "gone")] }),
    );
    expect(model.blindness).toEqual([]);
    expect(model.readers(idOf("kv/a"))).toMatchObject({
      count: 1,
      possible_count: 1,
      reader_and_granter_count: 0,
    });
  });

  it.each([
    ["the listing of users", "auth/userpass/users/", "possible"],
    ["the user of that name", "auth/userpass/users/Ana", "possible"],
    ["another user", "auth/userpass/users/bob", undefined],
    ["all auth methods", "auth/", "possible"],
  ])("unread: %s", (_, resource, certainty) => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .method("auth/userpass/", "userpass", "u1")
        .role("auth/userpass/", "cy", { method: "userpass", role_type: "user", alias_name: "cy" })
        .gap(resource, ["auth_role"])
        .entity("ana", { aliases: [aliasOf("ana", "u1")] }),
    );
    expect(model.path(ENTITY("ana"), idOf("kv/a"))[0]?.certainty).toBe(certainty);
  });

  it("an unread group, and unread roles, likewise", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .gap("identity/group/id/g-id", ["group"])
        .gap("auth/jwt/", ["auth_role"])
        .method("auth/jwt/", "jwt", "j1")
        .method("auth/userpass/", "userpass", "u1")
        .entity("in-group", { direct_group_ids: ["g-id"], aliases: [aliasOf("x", "u1")] })
        .entity("in-jwt", { aliases: [aliasOf("x", "j1")] }),
    );
    expect(model.whoCan(idOf("kv/a"), "read").map((grant) => [grant.principal_id, grant.certainty])).toEqual([
      [ENTITY("in-group"), "possible"],
      [ENTITY("in-jwt"), "possible"],
    ]);
    expect(model.blindness.map((one) => one.fact_kind)).toContain("auth_role");
  });
});

describe("a mount that no list shows", () => {
  it("makes what its aliases may reach possible, though the alias names its path", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .entity("ana", { aliases: [{ ...aliasOf("ana", "u1"), mount_path: "auth/userpass/" }] }),
    );
    expect(model.path(ENTITY("ana"), idOf("kv/a"))[0]?.certainty).toBe("possible");
  });
});

describe("roles that an entity may come in by", () => {
  const read = (path: string): string => `path "${path}" { capabilities = ["read"] }`;

  it("is conditional where the login decides", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("ci", read("kv/data/a"))
        .method("auth/jwt/", "jwt", "j1")
        .role("auth/jwt/", "ci", { method: "jwt", policies: ["ci"], bounds: { "bound_claims.repo": ["x"] } })
        .entity("runner", { aliases: [aliasOf("sub-1", "j1")] })
        .entity("known", { aliases: [aliasOf("sub-2", "j1", { role: "ci" })] }),
    );
    expect(model.path(ENTITY("runner"), idOf("kv/a")).map(brief)).toEqual([
      { actions: ["read"], certainty: "conditional", conditions: ["logs in through auth/jwt/ci"] },
    ]);
    expect(model.path(ENTITY("known"), idOf("kv/a")).map(brief)).toEqual([
      { actions: ["read"], certainty: "certain", conditions: [] },
    ]);
  });

  it("does not tell again as conditional what is certain", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("own", read("kv/data/a"))
        .policy("other", read("kv/data/b"))
        .method("auth/jwt/", "jwt", "j1")
        .role("auth/jwt/", "ci", { method: "jwt", policies: ["other"] })
        .entity("runner", { policies: ["own"], aliases: [aliasOf("sub-1", "j1")] }),
    );
    expect(model.path(ENTITY("runner"), idOf("kv/a")).map(brief)).toEqual([
      { actions: ["read"], certainty: "certain", conditions: [] },
    ]);
  });

  it("is certain by the role id of an AppRole, and by a service account", () => {
    const account = { service_account_name: "web", service_account_namespace: "pay" };
    const bounds = { bound_service_account_names: ["web"], bound_service_account_namespaces: ["pay", "hr"] };
    const model = compute(
      store()
        .secret("kv/", "a")
        .secret("kv/", "b")
        .policy("pa", read("kv/data/a"))
        .policy("pb", read("kv/data/b"))
        .method("auth/approle/", "approle", "ar")
        .role("auth/approle/", "app", {
          method: "approle",
          policies: ["pa"],
          token_bound_cidrs: ["10.0.0.0/8"],
        })
        .roleAlias("auth/approle/", "app", "1234")
        .method("auth/k8s/", "kubernetes", "k1")
        .role("auth/k8s/", "web", { method: "kubernetes", policies: ["pb"], bounds })
        .role("auth/k8s/", "other", {
          method: "kubernetes",
          policies: ["pa"],
          bounds: { ...bounds, bound_service_account_names: ["db"] },
        })
        .entity("app", { aliases: [aliasOf("1234", "ar")] })
        .entity("web", { aliases: [aliasOf("uid", "k1", account)] }),
    );
    expect(model.path(ENTITY("app"), idOf("kv/a")).map(brief)).toEqual([
      { actions: ["read"], certainty: "conditional", conditions: ["from 10.0.0.0/8"] },
    ]);
    expect(model.path(ENTITY("web"), idOf("kv/b")).map(brief)).toEqual([
      { actions: ["read"], certainty: "certain", conditions: [] },
    ]);
    expect(model.path(ENTITY("web"), idOf("kv/a"))).toEqual([]);
  });

  it("fills templates in for an entity, and leaves them open for a role", () => {
    const model = compute(
      store()
        .secret("kv/", "users/ana/x")
        .policy("personal", read("kv/data/users/{{identity.entity.name}}/*"))
        .method("auth/userpass/", "userpass", "up1")
        .role("auth/userpass/", "ana", {
          method: "userpass",
          role_type: "user",
          policies: ["personal"],
          alias_name: "ana",
        })
        .role("auth/userpass/", "new", {
          method: "userpass",
          role_type: "user",
          policies: ["personal"],
          alias_name: "new",
        })
        .entity("ana", { aliases: [aliasOf("ana", "up1")] })
        .entity("bob", { policies: ["personal"], aliases: [aliasOf("bob", "up1")] }),
    );
    const secret = idOf("kv/users/ana/x");
    expect(model.path(ENTITY("ana"), secret).map(brief)).toEqual([
      { actions: ["read"], certainty: "certain", conditions: [] },
    ]);
    expect(model.path(ENTITY("bob"), secret)).toEqual([]);
    expect(model.path(idOf("auth/userpass/users/ana"), secret)).toMatchObject([{ certainty: "certain" }]);
    expect(model.path(idOf("auth/userpass/users/new"), secret)).toMatchObject([{ certainty: "conditional" }]);
  });

  it("takes a user for the entity that its alias names, with what that entity is denied", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("reader", read("kv/data/a"))
        .policy("barred", 'path "kv/data/a" { capabilities = ["deny"] }')
        .method("auth/userpass/", "userpass", "up1")
        .role("auth/userpass/", "ana", {
          method: "userpass",
          role_type: "user",
          policies: ["reader"],
          alias_name: "ana",
        })
        .entity("ana", { policies: ["barred"], aliases: [aliasOf("ana", "up1")] }),
    );
    expect(model.whoCan(idOf("kv/a"))).toEqual([]);
  });

  it("an entity that nobody can be has conditional access", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .policy("p", read("kv/data/a"))
        .entity("ghost", { policies: ["p"] }),
    );
    expect(model.whoCan(idOf("kv/a"))[0]).toMatchObject({ certainty: "conditional" });
  });

  it("LDAP groups by the user entry are certain, by the directory conditional", () => {
    const model = compute(
      store()
        .secret("kv/", "a")
        .secret("kv/", "b")
        .policy("pa", read("kv/data/a"))
        .policy("pb", read("kv/data/b"))
        .method("auth/ldap/", "ldap", "l1")
        .role("auth/ldap/", "ana", {
          method: "ldap",
          role_type: "user",
          policies: [],
          groups: ["eng"],
          alias_name: "ana",
        })
        .role("auth/ldap/", "eng", {
          method: "ldap",
          role_type: "group",
          policies: ["pa"],
          alias_name: "eng",
        })
        .role("auth/ldap/", "ops", {
          method: "ldap",
          role_type: "group",
          policies: ["pb"],
          alias_name: "ops",
        })
        .entity("ana", { aliases: [aliasOf("ana", "l1")] }),
    );
    expect(model.path(ENTITY("ana"), idOf("kv/a")).map(brief)).toEqual([
      { actions: ["read"], certainty: "certain", conditions: [] },
    ]);
    expect(model.path(ENTITY("ana"), idOf("kv/b")).map(brief)).toEqual([
      {
        actions: ["read"],
        certainty: "conditional",
        conditions: ["the directory has the user in group ops"],
      },
    ]);
  });
});
