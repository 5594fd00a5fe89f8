import { describe, expect, it } from "vitest";
import { fact, gap, recordOf, store, subject } from "./facts.ts";

const directory = (mount: string, settings: object, method = "ldap") =>
  fact("auth_config", `auth/${mount}/config`, {
    mount: `auth/${mount}/`,
    method,
    settings: { insecure_tls: false, starttls: false, ...settings },
  });
const policy = (name: string, own: object = {}) =>
  fact("password_policy", `sys/policies/password/${name}`, { name, text: "…", ...own });
const connection = (name: string, allowed_roles: string[]) =>
  fact("connection", `database/config/${name}`, {
    mount: "database/",
    name,
    plugin: "postgresql-database-plugin",
    allowed_roles,
  });

describe("a store's directories", () => {
  const protectionOf = (settings: object) =>
    subject("store", [store(), directory("ldap", settings)]).directories[0]?.protection;

  it.each<[object, string | undefined]>([
    [{ url: "ldaps://ldap.example.com" }, "verified"],
    [{ url: "LDAPS://ldap.example.com:636" }, "verified"],
    [{ url: "ldaps://ldap.example.com", insecure_tls: true }, "unverified"],
    [{ url: "ldap://ldap.example.com" }, "plain"],
    [{ url: "ldap://ldap.example.com", insecure_tls: true }, "plain"],
    [{ url: "ldap://ldap.example.com", starttls: true }, "verified"],
    [{ url: "ldap://ldap.example.com", starttls: true, insecure_tls: true }, "unverified"],
    [{ url: "ldaps://a.example.com, ldap://b.example.com" }, "plain"],
    [{ url: "ldaps://a.example.com,c.example.com" }, undefined],
    [{ url: "ldap://127.0.0.1" }, "local"],
    [{ url: "ldap://localhost:389" }, "local"],
    [{ url: "ldap://[::1]:389" }, "local"],
    [{ url: "ldap://localhost.example.com" }, "plain"],
    [{ url: "ldap://127.0.0.1.example.com" }, "plain"],
    [{ url: "ldap://LOCALHOST" }, "local"],
    [{ url: "ldap://127.999.1.1" }, "plain"],
    [{ url: "ldap://127.1" }, "plain"],
    [{ url: "ldap://localhost:@ldap.example.com:38990" }, "plain"],
    [{ url: "ldap://127.0.0.1:389@ldap.example.com" }, "plain"],
    [{ url: "ldap://localhost:@127.0.0.9:38990" }, undefined],
    [{ url: "ldaps://localhost@ldap.example.com" }, undefined],
    [{ url: "ldaps://localhost@ldap.example.com", insecure_tls: true }, "unverified"],
    [{ url: "ldaps://a.example.com ldap://b.example.com" }, undefined],
    [{ url: "ldaps://a.example.com;ldap://b.example.com" }, undefined],
    [{ url: "ldaps://a.example.com/;ldap://b.example.com" }, undefined],
    [{ url: "ldaps://a.example.com/dc=example" }, "verified"],
    [{ url: "ldap://localhost\\.example.com" }, undefined],
    [{ url: "ldap://localhost?x" }, undefined],
    [{ url: "ldap://localhost#.example.com" }, undefined],
    [{ url: "ldap:///localhost" }, undefined],
    [{ url: "ldap://localhost:99999" }, undefined],
    [{ url: "ldap:localhost" }, undefined],
    [{ url: "" }, undefined],
    [{}, undefined],
    [{ url: "ldaps://ldap.example.com", insecure_tls: "no" }, undefined],
    [{ url: "ldap://ldap.example.com", starttls: undefined }, undefined],
  ])("are asked, by %o, over a connection that is %s", (settings, protection) => {
    expect(protectionOf(settings)).toBe(protection);
  });

  it.each<[string, object, string | undefined]>([
    ["jwt", { jwks_url: "https://ci.example.com/keys" }, "verified"],
    ["jwt", { jwks_url: "http://ci.example.com/keys" }, "plain"],
    ["jwt", { jwks_url: "HTTP://127.1:8200/keys" }, "local"],
    ["jwt", { jwks_url: "http://localhost@ci.example.com/keys" }, "plain"],
    ["jwt", { jwks_url: "", oidc_discovery_url: "http://ci.example.com" }, "plain"],
    ["oidc", { oidc_discovery_url: "https://ci.example.com" }, "verified"],
    [
      "jwt",
      { jwks_pairs: [{ jwks_url: "https://a.example.com" }, { jwks_url: "http://b.example.com" }] },
      "plain",
    ],
    ["jwt", { jwks_url: "https://a.example.com", jwks_pairs: ["?"] }, undefined],
    ["jwt", { jwks_url: "https://a.example.com", jwks_pairs: [{ url: "https://b.example.com" }] }, undefined],
    ["jwt", { jwks_url: "https://a.example.com", jwks_pairs: "?" }, undefined],
    ["jwt", { jwks_url: 1 }, undefined],
    ["kubernetes", { kubernetes_host: "https://k8s.example.com:6443" }, "verified"],
    ["kubernetes", { kubernetes_host: "http://k8s.example.com:8080" }, "plain"],
    ["kubernetes", { kubernetes_host: "k8s.example.com" }, undefined],
  ])("are issuers and clusters too: %s with %o is %s", (method, settings, protection) => {
    const { directories } = subject("store", [store(), directory("a", settings, method)]);
    expect(directories).toHaveLength(1);
    expect(directories[0]?.protection).toBe(protection);
  });

  it.each([
    ["jwt", { jwks_url: "", oidc_discovery_url: "", jwks_pairs: [], jwt_validation_pubkeys: ["…"] }],
    ["userpass", { jwks_url: "http://a.example.com" }],
  ])("are none where %s asks nobody", (method, settings) => {
    expect(subject("store", [store(), directory("a", settings, method)]).directories).toEqual([]);
  });

  it("are the methods that ask one, the least safe first, with their records", () => {
    const made = subject("store", [
      store(),
      directory("a", { url: "ldaps://a.example.com" }),
      directory("b", { url: "" }),
      directory("c", { url: "ldap://c.example.com" }),
      directory("jwt", { url: "ldap://d.example.com" }, "jwt"),
    ]);
    expect(made.directories).toEqual([
      { path: "auth/c/config", addresses: ["ldap://c.example.com"], protection: "plain" },
      { path: "auth/b/config", addresses: [] },
      { path: "auth/a/config", addresses: ["ldaps://a.example.com"], protection: "verified" },
    ]);
    expect(made.records).toContain(recordOf("auth_config", "auth/c/config"));
  });

  it("lose the safest where there are many", () => {
    const safe = Array.from({ length: 20 }, (_, place) =>
      directory(`a${place}`, { url: "ldaps://a.example.com" }),
    );
    const { directories } = subject("store", [
      store(),
      ...safe,
      directory("z", { url: "ldap://z.example.com" }),
    ]);
    expect(directories).toHaveLength(16);
    expect(directories[0]?.protection).toBe("plain");
  });

  it("are none beside settings that could not be read, and these are hidden", () => {
    const made = subject("store", [store()], { gaps: [gap(["auth_config"])] });
    expect(made.directories).toEqual([]);
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toContain("auth_config");
  });
});

describe("a store's password policies", () => {
  it("stand in order of length, the unknown first", () => {
    const made = subject("store", [
      store(),
      policy("long", { length: 32 }),
      policy("odd"),
      policy("short", { length: 8 }),
    ]);
    expect(made.password_policies).toEqual([
      { path: "sys/policies/password/odd" },
      { path: "sys/policies/password/short", length: 8 },
      { path: "sys/policies/password/long", length: 32 },
    ]);
    expect(made.records).toContain(recordOf("password_policy", "sys/policies/password/short"));
  });
});

describe("a store's connections", () => {
  it.each<[string, number]>([
    ["*", 1],
    ["**", 1],
    ["***", 1],
    ["*a*", 0],
    ["a*", 0],
    ["", 0],
  ])("are for any role where they allow %o: %d", (entry, count) => {
    const made = subject("store", [store(), connection("ledger", ["reader", entry])]);
    expect(made.connection_for_any_role_count).toBe(count);
  });

  it("are counted, and named where any role may use them", () => {
    const open = Array.from({ length: 9 }, (_, place) => connection(`open-${place}`, ["reader", "*"]));
    const named = [connection("ledger", ["ledger-*"]), connection("idle", [])];
    const made = subject("store", [store(), ...open, ...named]);
    expect(made).toMatchObject({ connection_count: 11, connection_for_any_role_count: 9 });
    expect(made.connections_for_any_role).toEqual(
      Array.from({ length: 8 }, (_, place) => `database/config/open-${place}`),
    );
    expect(made.records).toContain(recordOf("connection", "database/config/open-0"));
    // All are shown by how safe they are.
    expect(made.connections).toHaveLength(11);
  });
});

describe("a store's connections to databases", () => {
  const to = (name: string, own: object = {}) =>
    fact("connection", `db/config/${name}`, {
      mount: "db/",
      name,
      plugin: "mysql-database-plugin",
      allowed_roles: [],
      ...own,
    });

  it("are shown with the least safe first, what is not known before what is safe", () => {
    const facts = [
      to("a", { protection: "verified" }),
      to("b", { protection: "local" }),
      to("c"),
      to("d", { protection: "unverified" }),
      to("e", { protection: "plain" }),
    ];
    const { connections } = subject("store", [store(), ...facts]);
    expect(connections.map(({ path, protection }) => [path.at(-1), protection])).toEqual([
      ["e", "plain"],
      ["d", "unverified"],
      ["c", undefined],
      ["b", "local"],
      ["a", "verified"],
    ]);
    expect(connections[0]).toMatchObject({ path: "db/config/e", plugin: "mysql-database-plugin" });
  });

  it("are many, and the least safe are among those that are shown", () => {
    const safe = Array.from({ length: 20 }, (_, at) => to(`a${at}`, { protection: "verified" }));
    const { connections } = subject("store", [store(), ...safe, to("z", { protection: "plain" })]);
    expect(connections).toHaveLength(16);
    expect(connections[0]?.path).toBe("db/config/z");
  });
});

describe("a store's authorities that issue by ACME", () => {
  const acme = (own: object = {}, mount = "pki") =>
    fact("acme_config", `${mount}/config/acme`, {
      mount: `${mount}/`,
      enabled: true,
      eab_policy: "not-required",
      default_directory_policy: "sign-verbatim",
      allowed_roles: ["*"],
      allowed_issuers: ["*"],
      ...own,
    });
  const role = (own: object = {}, mount = "pki") =>
    fact("certificate_role", `${mount}/roles/web`, {
      mount: `${mount}/`,
      name: "web",
      allow_any_name: false,
      allowed_domains: ["example.com"],
      no_store: false,
      ...own,
    });
  const forbid = { default_directory_policy: "forbid" };
  const counts = (...facts: Parameters<typeof subject>[1][number][]) => {
    const made = subject("store", [store(), ...facts]);
    return [made.acme_count, made.acme_bound_count, made.acme_open_count];
  };

  it.each([
    ["issue to anyone", [acme()], [1, 0, 1]],
    [
      "issue to anyone by the role of the directory",
      [acme({ default_directory_policy: "role:web" })],
      [1, 0, 1],
    ],
    ["need an account, always", [acme({ eab_policy: "always-required" })], [1, 1, 0]],
    ["need one of new accounts", [acme({ eab_policy: "new-account-required" })], [1, 0, 0]],
    ["have a setting that is not known", [acme({ eab_policy: "sometimes" })], [1, 0, 0]],
    ["are off", [acme({ enabled: false })], [0, 0, 0]],
    ["have no directory and no role", [acme(forbid)], [1, 1, 0]],
    ["have a directory for each role", [acme(forbid), role()], [1, 0, 1]],
    ["have one for a role that is named", [acme({ ...forbid, allowed_roles: ["web"] }), role()], [1, 0, 1]],
    [
      "have none for the role that there is",
      [acme({ ...forbid, allowed_roles: ["api"] }), role()],
      [1, 1, 0],
    ],
    ["have a role that keeps no certificate", [acme(forbid), role({ no_store: true })], [1, 1, 0]],
    ["have a role of which that is not known", [acme(forbid), role({ no_store: undefined })], [1, 0, 1]],
    ["have the role in another authority", [acme(forbid), role({}, "pki-int")], [1, 1, 0]],
  ])("%s: %j", (_what, facts, expected) => {
    expect(counts(...facts)).toEqual(expected);
  });

  it("are named where they are open", () => {
    const many = Array.from({ length: 9 }, (_, place) => acme({}, `pki-${place}`));
    const made = subject("store", [store(), ...many]);
    expect(made).toMatchObject({ acme_count: 9, acme_open_count: 9 });
    expect(made.acme_open).toEqual(Array.from({ length: 8 }, (_, place) => `pki-${place}/config/acme`));
    expect(made.records).toContain(recordOf("acme_config", "pki-0/config/acme"));
  });

  it("are hidden where one could not be read", () => {
    const resource = `${store().store_id}:pki/config/acme`;
    const { gaps } = subject("store", [store()], { gaps: [gap(["acme_config"], resource)] });
    expect(gaps.map(({ fact_kind }) => fact_kind)).toContain("acme_config");
  });
});
