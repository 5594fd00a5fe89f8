import { describe, expect, it } from "vitest";
import {
  STORE,
  daysAgo,
  entity,
  fact,
  gap,
  recordOf,
  role,
  store,
  subject,
  subjectsOf,
  token,
} from "./facts.ts";

const method = (own: object = {}) =>
  fact("auth_method", "auth/approle/", {
    path: "auth/approle/",
    method: "approle",
    accessor: "approle_1",
    ...own,
  });
const config = (own: object = {}) =>
  fact("store_config", "sys/config", { max_ttl_s: 0, default_ttl_s: 0, ...own });
const ofRole = (facts: Parameters<typeof subjectsOf>[0], given = {}) =>
  subject("principal", facts, { id: `${STORE}:auth/approle/role/app`, ...given });

describe("an auth role", () => {
  it("has its own fields and no others", () => {
    const made = ofRole([
      role("app", { policies: ["pay"], bounds: { bind_secret_id: ["true"], aud: ["x"] } }),
    ]);
    expect(made).toMatchObject({
      principal_type: "auth_role",
      method: "approle",
      mount: "auth/approle/",
      policies: ["pay"],
      bounds: ["aud", "bind_secret_id"],
      break_glass: false,
      collector: false,
      live_token_count: 0,
      records: [recordOf("auth_role", "auth/approle/role/app")],
    });
    for (const field of [
      "token_ttl_s",
      "token_max_ttl_s",
      "disabled",
      "login_seen",
      "unauthenticated",
      "owner",
    ])
      expect(made).not.toHaveProperty(field);
  });

  it.each([
    [
      { bound_service_account_names: ["*"], bound_service_account_namespaces: ["web"] },
      ["bound_service_account_namespaces"],
    ],
    [{ bound_service_account_names: ["*"], bound_service_account_namespaces: ["web", "*"] }, []],
    [{ "bound_claims.sub": ["*"], bound_audiences: ["*"] }, ["bound_audiences"]],
    [{ "bound_claims.sub": ["repo:pine/*"] }, ["bound_claims.sub"]],
  ])("is not bound by what takes any value: %o", (bounds, expected) => {
    expect(ofRole([role("app", { bounds })]).bounds).toEqual(expected);
  });

  it.each([
    ["role", "auth_role"],
    ["user", "auth_user"],
    ["group", "auth_group"],
    ["token_role", "token_role"],
  ] as const)("of type %s is a principal of type %s", (role_type, principal_type) => {
    expect(ofRole([role("app", { role_type })]).principal_type).toBe(principal_type);
  });

  it("belongs to whom a rule says, and is for emergencies where a rule says so", () => {
    const rules = {
      owners: [{ owner: "platform", when: { path: "auth/approle/*" } }],
      break_glass: [{ kind: "principal" as const, name: "app" }],
    };
    expect(ofRole([role("app")], { rules })).toMatchObject({ owner: "platform", break_glass: true });
  });
});

describe("the longest life of a role's tokens", () => {
  it.each([
    ["its own limit", { token_max_ttl_s: 600 }, {}, {}, 600, "role"],
    ["the mount's, where that is lower", { token_max_ttl_s: 600 }, { max_ttl_s: 60 }, {}, 60, "role"],
    ["the mount's, where it has none", {}, { max_ttl_s: 60 }, {}, 60, "mount"],
    ["the server's, where the mount has none", {}, {}, { max_ttl_s: 7200 }, 7200, "server"],
    ["the product's 32 days, where nothing is set", {}, { max_ttl_s: 0 }, {}, 2_764_800, "server"],
    [
      "without end, where tokens are periodic",
      { token_period_s: 3600, token_max_ttl_s: 60 },
      {},
      {},
      0,
      "role",
    ],
  ])("is %s", (_what, own, mount, server, seconds, source) => {
    expect(ofRole([role("app", own), method(mount), config(server)])).toMatchObject({
      token_max_ttl_s: seconds,
      token_max_ttl_source: source,
    });
  });

  it("is not said where neither the role nor anything that was read limits it", () => {
    expect(ofRole([role("app")])).not.toHaveProperty("token_max_ttl_s");
    expect(ofRole([role("app"), method()])).not.toHaveProperty("token_max_ttl_s");
    expect(ofRole([role("app"), config()])).not.toHaveProperty("token_max_ttl_s");
  });

  it("is not taken from the same mount of another namespace", () => {
    const other = fact(
      "auth_method",
      "team/auth/approle/",
      { path: "auth/approle/", method: "approle", max_ttl_s: 5 },
      `${STORE}/team`,
    );
    expect(ofRole([role("app"), other, config()])).not.toHaveProperty("token_max_ttl_s");
  });
});

describe("whether anyone ever came in through a role", () => {
  const alias = (name: string) => [{ alias_id: "a1", name, mount_accessor: "approle_1", labels: {} }];
  const roleAlias = fact("auth_role_alias", "auth/approle/role/app", {
    mount: "auth/approle/",
    name: "app",
    alias_name: "id-1",
  });

  it("is known by a live token", () => {
    const live = token("t1", { path: "auth/approle/login", labels: { role_name: "app" } });
    expect(ofRole([role("app"), live])).toMatchObject({ login_seen: true, live_token_count: 1 });
    const user = token("t2", { path: "auth/approle/login/app" });
    expect(ofRole([role("app"), user])).toMatchObject({ login_seen: true, live_token_count: 1 });
  });

  it("is known by an identity that bears its alias", () => {
    expect(
      ofRole([role("app"), method(), roleAlias, entity("e1", { aliases: alias("id-1") })]),
    ).toMatchObject({
      login_seen: true,
      live_token_count: 0,
      records: [
        recordOf("auth_role", "auth/approle/role/app"),
        recordOf("auth_role_alias", "auth/approle/role/app"),
      ].sort(),
    });
  });

  it("is denied only where every identity and token was read", () => {
    const facts = [role("app", { alias_name: "id-1" }), method(), entity("e1", { aliases: alias("id-2") })];
    expect(ofRole(facts).login_seen).toBe(false);
    const other = gap(["principal"], `${STORE}:identity/entity/id/e2`);
    expect(ofRole(facts, { gaps: [other] })).not.toHaveProperty("login_seen");
    expect(ofRole(facts, { gaps: [gap(["token"], `${STORE}:auth/token/`)] })).not.toHaveProperty(
      "login_seen",
    );
  });

  it("is not known where the alias is not", () => {
    expect(ofRole([role("app"), method(), entity("e1")])).not.toHaveProperty("login_seen");
    expect(ofRole([role("app", { alias_name: "id-1" }), entity("e1")])).not.toHaveProperty("login_seen");
  });
});

describe("an identity", () => {
  it("has its age, its tokens and whether it is the collector's", () => {
    const tokens = [token("t1", { entity_id: "ada" }), token("t2", { entity_id: "ada", collector: true })];
    const facts = [entity("ada", { created_at: daysAgo(90), disabled: true, policies: ["pay"] }), ...tokens];
    expect(subject("principal", facts, { id: `${STORE}:identity/entity/id/ada` })).toMatchObject({
      principal_type: "entity",
      created_age_days: 90,
      disabled: true,
      policies: ["pay"],
      collector: true,
      live_token_count: 2,
      bounds: [],
    });
  });
});

describe("a token", () => {
  const one = (own: Parameters<typeof token>[1] = {}) => subject("principal", [token("t1", own)]);

  it("is a principal of its own where it has no identity, is root, or the collector's", () => {
    const facts = [
      entity("ada"),
      token("alone"),
      token("with", { entity_id: "ada" }),
      token("root", { entity_id: "ada", root: true }),
      token("own", { entity_id: "ada", collector: true }),
    ];
    const ids = subjectsOf(facts).filter(({ kind }) => kind === "principal");
    expect(ids.map(({ name }) => name)).toEqual(["alone", "own", "root", "ada"]);
    const unread = subjectsOf(facts.slice(1)).filter(({ kind }) => kind === "principal");
    expect(unread.map(({ name }) => name)).toEqual(["alone", "own", "root", "with"]);
  });

  it("goes by its display name, else by its accessor", () => {
    expect(one({ display_name: "" }).name).toBe("t1");
    expect(one({ display_name: "ci" }).name).toBe("ci");
  });

  it("has all its policies, each once", () => {
    expect(one({ policies: ["b", "a"], identity_policies: ["c", "a"] }).policies).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["as long as it says", { explicit_max_ttl_s: 600, period_s: 60 }, 600, "token"],
    ["without end where it has none", {}, 0, "token"],
    ["without end where it is periodic", { expires_at: daysAgo(-20), period_s: 60 }, 0, "token"],
    ["as long as the server lets it be renewed", { expires_at: daysAgo(-20) }, 2_764_800, "mount"],
    ["to its end, where that is later", { expires_at: daysAgo(-300) }, 310 * 86_400, "token"],
    ["no less where the clock went back", { expires_at: daysAgo(11) }, 2_764_800, "mount"],
  ])("lives %s", (_what, own, token_max_ttl_s, token_max_ttl_source) => {
    const facts = [token("t1", own), config()];
    expect(subject("principal", facts)).toMatchObject({ token_max_ttl_s, token_max_ttl_source });
  });

  it("has no longest life where the limits of its mount and server were not read", () => {
    expect(one({ expires_at: daysAgo(-20) })).not.toHaveProperty("token_max_ttl_s");
    expect(one({ expires_at: daysAgo(-20) })).toMatchObject({ expires_in_days: 20, created_age_days: 10 });
  });
});

describe("effective access", () => {
  it("is not said of a principal that it was not computed for", () => {
    const access = {
      principals: [],
      targets: [],
      readers: () => {
        throw new Error("not asked");
      },
      access: () => {
        throw new Error("not asked");
      },
    };
    expect(ofRole([role("app"), store()], { access })).not.toHaveProperty("access");
  });

  it("of a root token is everything", () => {
    const root = token("r", { root: true, policies: ["root"] });
    expect(subject("principal", [store(), root]).access).toMatchObject({
      administers: true,
      certainty: "certain",
    });
  });
});
