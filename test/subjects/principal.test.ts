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
const tokenMethod = fact("auth_method", "auth/token/", {
  path: "auth/token/",
  method: "token",
  max_ttl_s: 0,
});
const nested = fact("auth_method", "auth/eu/sso/", {
  path: "auth/eu/sso/",
  method: "jwt",
  max_ttl_s: 3_600_000,
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

  it("has no source where another limit that was not read may be lower", () => {
    const made = ofRole([role("app", { token_max_ttl_s: 600 })]);
    expect(made).toMatchObject({ token_max_ttl_s: 600 });
    expect(made).not.toHaveProperty("token_max_ttl_source");
  });

  it("names what was not read where that could tell it", () => {
    const kinds = (own: Parameters<typeof role>[1]) =>
      ofRole([role("app", own)], { gaps: [gap(["store_config"], `${STORE}:sys/`)] }).gaps.map(
        (one) => one.fact_kind,
      );
    expect(kinds({})).toEqual(["token_limit"]);
    expect(kinds({ token_max_ttl_s: 600 })).toEqual([]);
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
        recordOf("principal", "identity/entity/id/e1"),
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
      held_token_count: 1,
      bounds: [],
    });
  });
});

describe("the live tokens of an identity", () => {
  const ada = (facts: Parameters<typeof subjectsOf>[0], given = {}) =>
    subject("principal", [entity("ada"), tokenMethod, config(), ...facts], {
      id: `${STORE}:identity/entity/id/ada`,
      ...given,
    });
  const held = (accessor: string, own: Parameters<typeof token>[1] = {}) =>
    token(accessor, { entity_id: "ada", expires_at: daysAgo(-1), explicit_max_ttl_s: 3600, ...own });
  const short = Array.from({ length: 300 }, (_, place) => held(`s${1000 + place}`));

  it("are counted over all of them, and the worst are shown", () => {
    const made = ada([
      ...short,
      held("long", { explicit_max_ttl_s: 90_000_000 }),
      held("periodic", { explicit_max_ttl_s: 0, period_s: 600, created_at: daysAgo(5) }),
      token("endless", { entity_id: "ada", created_at: daysAgo(50) }),
      token("other", { entity_id: "bo", period_s: 600 }),
    ]);
    expect(made).toMatchObject({ live_token_count: 303, held_token_count: 303 });
    expect(made.held_tokens).toMatchObject({
      endless_count: 2,
      unknown_life_count: 0,
      longest_life_s: 90_000_000,
    });
    const { sample = [] } = made.held_tokens ?? {};
    expect(sample).toHaveLength(8);
    expect(sample.slice(0, 4)).toEqual([
      { accessor: "endless", path: "auth/token/create", created_age_days: 50, life_s: 0 },
      { accessor: "periodic", path: "auth/token/create", created_age_days: 5, life_s: 0, period_s: 600 },
      { accessor: "long", path: "auth/token/create", created_age_days: 10, life_s: 90_000_000 },
      { accessor: "s1000", path: "auth/token/create", created_age_days: 10, life_s: 3600 },
    ]);
    expect(made.records).toContain(recordOf("token", "auth/token/accessor/endless"));
  });

  it("are the same in whatever order they were read", () => {
    expect(ada(short.toReversed())).toEqual(ada(short));
  });

  it("are none but those that are no principals themselves", () => {
    const made = ada([held("root", { root: true }), held("own", { collector: true }), held("t1")]);
    expect(made).toMatchObject({ live_token_count: 3, held_token_count: 1 });
  });

  it("live for an unknown time where what limits them could not be read, and it is said what", () => {
    const facts = [entity("ada"), held("t1", { explicit_max_ttl_s: 0 })];
    const unread = gap(["store_config"], `${STORE}:sys/`);
    const made = subject("principal", facts, { id: `${STORE}:identity/entity/id/ada`, gaps: [unread] });
    expect(made.held_tokens).toMatchObject({ endless_count: 0, unknown_life_count: 1 });
    expect(made.held_tokens).not.toHaveProperty("longest_life_s");
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["token_limit"]);
  });

  it("may be among those that could not be looked up, and nothing else of it is hidden", () => {
    const unread = gap(["token"], `${STORE}:auth/token/accessor/x`);
    const made = ada([], { gaps: [unread, gap(["token"], `${STORE}:auth/token/accessor/y`)] });
    expect(made.gaps).toMatchObject([{ fact_kind: "held_token", gap_count: 2 }]);
    expect(made).toMatchObject({ held_token_count: 0 });
    expect(made).not.toHaveProperty("live_token_count");
    expect(ada([held("t1")], { gaps: [unread] })).toMatchObject({ live_token_count: 1 });
    expect(ada([]).live_token_count).toBe(0);
    expect(ada([]).gaps).toEqual([]);
  });
});

describe("a token", () => {
  const one = (own: Parameters<typeof token>[1] = {}) => subject("principal", [token("t1", own)]);

  it("is a principal of its own where it has no identity, is root, or the collector's", () => {
    const facts = [
      entity("ada"),
      store(),
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
    ["as long as the server lets it be renewed", { expires_at: daysAgo(-20) }, 2_764_800, "server"],
    ["to its end, where that is later", { expires_at: daysAgo(-300) }, 310 * 86_400, "token"],
    ["no less where the clock went back", { expires_at: daysAgo(11) }, 2_764_800, "server"],
    [
      "to its end, where it cannot be renewed",
      { expires_at: daysAgo(-1), renewable: false },
      11 * 86_400,
      "token",
    ],
    [
      "as long as its mount lets it",
      { expires_at: daysAgo(-1), path: "auth/eu/sso/login" },
      3_600_000,
      "mount",
    ],
  ])("lives %s", (_what, own, token_max_ttl_s, token_max_ttl_source) => {
    const facts = [token("t1", own), config(), tokenMethod, nested];
    expect(subject("principal", facts)).toMatchObject({ token_max_ttl_s, token_max_ttl_source });
  });

  it.each([
    ["role", { token_max_ttl_s: 1_000_000 }, 1_000_000, "role"],
    ["mount, where the role sets none", {}, 2_764_800, "server"],
    [
      "mount, where the role is periodic today",
      { token_period_s: 60, token_max_ttl_s: 1_000_000 },
      2_764_800,
      "server",
    ],
  ])("is renewed as long as lets it its %s", (_what, own, token_max_ttl_s, token_max_ttl_source) => {
    const login = { path: "auth/approle/login", labels: { role_name: "app" }, expires_at: daysAgo(-1) };
    const facts = [token("t1", login), role("app", own), method({ max_ttl_s: 0 }), config()];
    const made = subject("principal", facts, { id: `${STORE}:auth/token/accessor/t1` });
    expect(made).toMatchObject({ token_max_ttl_s, token_max_ttl_source });
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
      mayReach: () => true,
    };
    expect(ofRole([role("app"), store()], { access })).not.toHaveProperty("access");
  });

  it("is not hidden by secrets of an engine that no rule of the principal leads to", () => {
    const mounts = ["kv/", "legacy/"].map((path) =>
      fact("mount", path, { path, engine: "kv", engine_version: "2" }),
    );
    const rule = { index: 0, capabilities: ["read"], line: 1, column: 1, end_line: 1, end_column: 1 };
    const reads = (name: string, path: string) =>
      fact("policy_document", `sys/policies/acl/${name}`, {
        name,
        policy_type: "acl",
        text: "…",
        ext: { hashicorp: { rules: [{ ...rule, path }] } },
      });
    const facts = [
      store(),
      ...mounts,
      reads("here", "kv/data/app/*"),
      reads("there", "legacy/data/app/*"),
      role("here", { policies: ["here"] }),
      role("there", { policies: ["there"] }),
    ];
    const kinds = (name: string): string[] =>
      subject("principal", facts, {
        id: `${STORE}:auth/approle/role/${name}`,
        gaps: [gap(["secret", "secret_metadata"], `${STORE}:legacy/`)],
      }).gaps.map(({ fact_kind }) => fact_kind);
    expect(kinds("here")).toEqual([]);
    expect(kinds("there")).toEqual(["grant"]);
  });

  it("is hidden where the mounts could not be listed", () => {
    const gaps = [gap(["mount"], `${STORE}:sys/mounts`)];
    expect(ofRole([store(), role("app")], { gaps }).gaps.map(({ fact_kind }) => fact_kind)).toEqual([
      "grant",
    ]);
  });

  it("of a root token is everything", () => {
    const root = token("r", { root: true, policies: ["root"] });
    expect(subject("principal", [store(), root]).access).toMatchObject({
      administers: true,
      certainty: "certain",
    });
  });
});
