import { describe, expect, it } from "vitest";
import {
  STORE,
  daysAgo,
  fact,
  gap,
  metadata,
  recordOf,
  role,
  secret,
  store,
  subject,
  token,
} from "./facts.ts";

const key = (own: object = {}) =>
  fact("key", "transit/pay", {
    mount: "transit/",
    name: "pay",
    key_type: "aes256-gcm96",
    latest_version: 2,
    exportable: false,
    ...own,
  });
const certificate = (own: object = {}) =>
  fact("certificate", "pki/cert/01", {
    mount: "pki/",
    name: "01",
    serial: "01",
    subject: "CN=api",
    issuer: "CN=ca",
    not_before: daysAgo(60),
    not_after: daysAgo(-30),
    key_algorithm: "RSA",
    is_ca: false,
    sans: [],
    ...own,
  });
const list = (path: string, own: object) => fact("revocation_list", `pki/${path}`, { mount: "pki/", ...own });

describe("a key", () => {
  it("has what was read of it and no more", () => {
    const made = subject("key", [key()]);
    expect(made).toMatchObject({
      key_type: "aes256-gcm96",
      mount: "transit/",
      exportable: false,
      latest_version: 2,
    });
    for (const field of ["rotation", "version_age_days", "created_age_days", "deletion_allowed"])
      expect(made).not.toHaveProperty(field);
  });

  it("has its ages and its rotation", () => {
    const rotation = fact("key_rotation", "transit/pay", {
      mount: "transit/",
      name: "pay",
      enabled: true,
      period_s: 7_776_000,
    });
    const made = subject("key", [
      key({ created_at: daysAgo(500), latest_version_created_at: daysAgo(5) }),
      rotation,
    ]);
    expect(made).toMatchObject({
      created_age_days: 500,
      version_age_days: 5,
      rotation: { enabled: true, period_days: 90 },
    });
    expect(made.records).toEqual(
      [recordOf("key", "transit/pay"), recordOf("key_rotation", "transit/pay")].sort(),
    );
  });
});

describe("a certificate", () => {
  it("has its days, negative ones past its end", () => {
    expect(subject("certificate", [certificate()])).toMatchObject({
      expires_in_days: 30,
      lifetime_days: 90,
      revoked: false,
      is_ca: false,
    });
    expect(
      subject("certificate", [certificate({ not_after: daysAgo(3), revoked_at: daysAgo(9) })]),
    ).toMatchObject({
      expires_in_days: -3,
      revoked: true,
    });
  });

  it("that ended an hour ago has ended", () => {
    expect(subject("certificate", [certificate({ not_after: daysAgo(1 / 24) })]).expires_in_days).toBe(-1);
  });

  it("joins the settings of the revocation list and the list itself, which are two answers", () => {
    const settings = list("config/crl", { enabled: true, ocsp_enabled: false });
    const itself = list("cert/crl", { next_update_at: daysAgo(-3) });
    const made = subject("certificate", [certificate(), settings, itself]);
    expect(made.revocation_list).toEqual({ enabled: true, ocsp_enabled: false, next_update_in_days: 3 });
    expect(made.records).toHaveLength(3);
  });

  it("shows the gap of the list of its engine, and of no other", () => {
    const kinds = (resource: string) =>
      subject("certificate", [certificate()], { gaps: [gap(["revocation_list"], resource)] }).gaps.map(
        (at) => at.fact_kind,
      );
    expect(kinds(`${STORE}:pki/cert/crl`)).toEqual(["revocation_list"]);
    expect(kinds(`${STORE}:pki/config/crl`)).toEqual(["revocation_list"]);
    expect(kinds(`${STORE}:pki-2/config/crl`)).toEqual([]);
  });
});

describe("a store", () => {
  it("has the seal, storage, listeners, sinks and counts that were read", () => {
    const made = subject("store", [
      store({ key_shares: 5, key_threshold: 3, cluster_name: "eu-1", storage_type: "raft" }),
      fact("store_config", "sys/config", { max_ttl_s: 7200, raw_storage_enabled: false, ui_enabled: true }),
      fact("availability", "sys/ha-status", { ha_enabled: true, nodes: [{ name: "a" }, { name: "b" }] }),
      fact("cors", "sys/config/cors", { enabled: true, allowed_origins: ["*"] }),
      fact("endpoint", "sys/listener/1", { listener_type: "tcp", tls: true }),
      fact("sink", "sys/audit/file", {
        path: "file/",
        sink_type: "file",
        raw_values_logged: true,
        options: {},
      }),
      fact("health", "sys/health", { checked_at: daysAgo(0), response_ms: 12, status_code: 200 }),
      token("r", { root: true }),
      secret("a"),
      key(),
      certificate(),
    ]);
    expect(made).toMatchObject({
      name: "eu-1",
      sealed: false,
      key_shares: 5,
      storage_type: "raft",
      ha_enabled: true,
      node_count: 2,
      ui_enabled: true,
      cors: { enabled: true, allowed_origins: ["*"] },
      max_ttl_s: 7200,
      default_ttl_s: 2_764_800,
      response_ms: 12,
      endpoints: [{ listener_type: "tcp", tls: true }],
      sinks: [{ path: "file/", sink_type: "file", raw_values_logged: true }],
      sink_count: 1,
      root_token_count: 1,
      token_count: 1,
      secret_count: 1,
      key_count: 1,
      certificate_count: 1,
    });
  });

  it("names the addresses where nodes send clients, those without TLS first, each once", () => {
    const node = (name: string, address: string) => ({ name, address });
    const made = subject("store", [
      fact("availability", "sys/ha-status", {
        ha_enabled: true,
        nodes: [node("vault-1", "https://a.example.org:8200"), node("vault-2", "http://b.example.org:8200")],
      }),
      fact("availability", "sys/leader", { ha_enabled: true, leader_address: "https://a.example.org:8200" }),
      // Raft knows nodes by where they talk to each other, which is no address for clients.
      fact("availability", "sys/storage/raft/configuration", {
        ha_enabled: true,
        nodes: [node("node-1", "a.example.org:8201")],
      }),
    ]);
    expect(made.advertised_addresses).toEqual([
      { node: "vault-2", address: "http://b.example.org:8200" },
      { node: "vault-1", address: "https://a.example.org:8200" },
    ]);
    const alone = fact("availability", "sys/leader", { ha_enabled: true, leader_address: "http://c:8200" });
    expect(subject("store", [alone]).advertised_addresses).toEqual([{ address: "http://c:8200" }]);
    const many = Array.from({ length: 40 }, (_, index) => node(`n${index}`, `https://${index}.example.org`));
    const crowded = fact("availability", "sys/ha-status", {
      ha_enabled: true,
      nodes: [...many, node("last", "http://z.example.org")],
    });
    expect(subject("store", [crowded]).advertised_addresses?.slice(0, 1)).toEqual([
      { node: "last", address: "http://z.example.org" },
    ]);
    expect(subject("store", [crowded]).advertised_addresses).toHaveLength(32);
  });

  it("names the nodes that open the raw storage by their files", () => {
    const answering = fact("store_config", "sys/config", { raw_storage_enabled: false });
    const files = ["node-2", "node-3"].map((node) =>
      fact("node_config", `sys/node/${node}/config`, { node, raw_storage_enabled: node === "node-3" }),
    );
    expect(subject("store", [store(), answering])).not.toHaveProperty("raw_storage_nodes");
    expect(subject("store", [store(), answering, ...files])).toMatchObject({
      raw_storage_enabled: false,
      raw_storage_nodes: ["node-3"],
    });
  });

  it("counts pasted credentials, names the first places and their records", () => {
    const pasted = Array.from({ length: 9 }, (_, index) =>
      fact("pasted_credential", `pasted-credential/${index}`, {
        resource: `${STORE}:kv/${8 - index}`,
        operation: "kv2.metadata",
        pointer: `/data/custom_metadata/${"x".repeat(300)}`,
        rule: "vault-token",
      }),
    );
    const made = subject("store", [store(), ...pasted]);
    expect(made.pasted_credential_count).toBe(9);
    expect(made.pasted_credentials).toHaveLength(8);
    expect(made.pasted_credentials[0]).toEqual({
      resource: `${STORE}:kv/0`,
      operation: "kv2.metadata",
      pointer: `/data/custom_metadata/${"x".repeat(234)}`,
      rule: "vault-token",
    });
    expect(made.records).toContain(pasted[8]!.record);
    expect(subject("store", [store()])).toMatchObject({ pasted_credential_count: 0, pasted_credentials: [] });
  });

  it("does not guess what was not read", () => {
    const made = subject("store", [store()]);
    for (const field of [
      "cors",
      "ha_enabled",
      "ui_enabled",
      "max_ttl_s",
      "endpoints",
      "response_ms",
      "key_shares",
    ])
      expect(made).not.toHaveProperty(field);
  });

  it("counts MFA by method accessor and by type", () => {
    const at = (path: string, method: string, accessor: string) =>
      fact("auth_method", `auth/${path}/`, {
        path: `auth/${path}/`,
        method,
        accessor,
        listing_visibility: "unauth",
      });
    const mfa = (own: object) =>
      fact("login_mfa", "identity/mfa/1", {
        name: "all",
        mfa_method_ids: [],
        auth_method_accessors: [],
        auth_method_types: [],
        identity_group_ids: [],
        identity_entity_ids: [],
        ...own,
      });
    const methods = [
      at("u1", "userpass", "acc-1"),
      at("u2", "userpass", "acc-2"),
      at("ci", "approle", "acc-3"),
    ];
    const missing = (...facts: Parameters<typeof mfa>[0][]) =>
      subject("store", [...methods, ...facts.map(mfa)]).password_auth_methods_without_mfa;
    expect(missing()).toEqual(["auth/u1/", "auth/u2/"]);
    expect(missing({ auth_method_accessors: ["acc-1"] })).toEqual(["auth/u2/"]);
    expect(missing({ auth_method_types: ["userpass"] })).toEqual([]);
    expect(subject("store", methods)).toMatchObject({ unauthenticated_listing_count: 3, login_mfa_count: 0 });
  });

  it("counts MFA of a namespace for what is in it and below it alone", () => {
    const at = (namespace: string) =>
      fact(
        "auth_method",
        `${namespace}auth/up/`,
        { path: "auth/up/", method: "userpass", accessor: `acc-${namespace}` },
        `vault-eu${namespace === "" ? "" : `/${namespace.slice(0, -1)}`}`,
      );
    const mfa = fact(
      "login_mfa",
      "team/identity/mfa/1",
      {
        name: "all",
        mfa_method_ids: ["m"],
        auth_method_accessors: [],
        auth_method_types: ["userpass"],
        identity_group_ids: [],
        identity_entity_ids: [],
      },
      "vault-eu/team",
    );
    const methods = [at(""), at("team/"), at("team/a/"), at("team-b/")];
    expect(subject("store", [...methods, mfa]).password_auth_methods_without_mfa).toHaveLength(2);
  });

  it("counts a node that is named twice once", () => {
    const node = { name: "n1", address: "https://n1:8200", active: true };
    const nodes = [node, node];
    const made = subject("store", [fact("availability", "sys/ha-status", { ha_enabled: true, nodes })]);
    expect(made.node_count).toBe(1);
  });

  it("shows at most 32 mounts, and counts all that are listed without login", () => {
    const mounts = Array.from({ length: 50 }, (_, n) =>
      fact("mount", `m${n}/`, { path: `m${n}/`, engine: "kv", listing_visibility: "unauth" }),
    );
    const made = subject("store", mounts);
    expect(made.mounts).toHaveLength(32);
    expect(made.unauthenticated_listing_count).toBe(50);
  });
});

describe("a sink", () => {
  it("has its type and where it leads", () => {
    const sink = fact("sink", "sys/audit/file", {
      path: "file/",
      sink_type: "file",
      destination: "audit.log",
      options: {},
    });
    const made = subject("sink", [sink]);
    expect(made).toMatchObject({ name: "file/", path: "file/", sink_type: "file", destination: "audit.log" });
    expect(made).not.toHaveProperty("raw_values_logged");
  });

  const file = fact("sink", "sys/audit/file", { path: "file/", sink_type: "file", options: {} });

  it("writes values of keys that a mount or an auth method of any namespace leaves unhashed", () => {
    const unhashed_keys = ["password"];
    const facts = [
      fact("mount", "kv/", { path: "kv/", engine: "kv" }),
      fact("mount", "team/kv/", { path: "kv/", engine: "kv", unhashed_keys }, `${STORE}/team`),
      fact("auth_method", "auth/ldap/", { path: "auth/ldap/", method: "ldap", unhashed_keys }),
    ];
    const made = subject("sink", [file, ...facts]);
    expect(made.logged_in_clear).toEqual([
      { path: "auth/ldap/", unhashed_keys },
      { path: "team/kv/", unhashed_keys },
    ]);
    expect(made.records).toEqual(expect.arrayContaining([facts[1]!.record, facts[2]!.record]));
    expect(made.records).not.toContain(facts[0]!.record);
  });

  it.each(["mount", "auth_method"] as const)("lacks a hidden %s, wherever in the store", (kind) => {
    const hidden = [gap([kind, "secret"], `${STORE}:team/`, { scope: `${STORE}/team` })];
    expect(subject("sink", [file], { gaps: hidden }).gaps.map(({ fact_kind }) => fact_kind)).toEqual([kind]);
  });
});

describe("the estate", () => {
  it("counts secrets, principals, gaps, and what nobody owns", () => {
    const owned = metadata("a", { labels: { owner: "x", tier: "low" }, value_set_at: daysAgo(4) });
    const facts = [secret("a"), secret("b"), metadata("b"), secret("c"), owned, role("app"), store()];
    expect(subject("estate", facts, { gaps: [gap(["sink"])] })).toMatchObject({
      store_count: 1,
      secret_count: 3,
      principal_count: 1,
      gap_count: 1,
      untiered_secret_count: 1,
      unowned_secret_count: 1,
      tier_undecided_secret_count: 1,
      owner_undecided_secret_count: 1,
      newest_low_value_age_days: 4,
      median_value_age_days_by_tier: { low: 4 },
    });
  });

  it("compares the oldest critical value with the newest low one", () => {
    const of = (name: string, tier: string, days: number) => [
      secret(name),
      metadata(name, { labels: { tier }, value_set_at: daysAgo(days) }),
    ];
    const facts = [
      ...of("a", "critical", 10),
      ...of("b", "high", 70),
      ...of("c", "low", 9),
      ...of("d", "low", 30),
    ];
    expect(subject("estate", facts)).toMatchObject({
      oldest_critical_value_age_days: 70,
      newest_low_value_age_days: 9,
      median_value_age_days_by_tier: { critical: 10, high: 70, low: 19.5 },
    });
  });

  it("has no ages where there are none", () => {
    const made = subject("estate", [secret("a")]);
    expect(made.median_value_age_days_by_tier).toEqual({});
    expect(made).not.toHaveProperty("oldest_critical_value_age_days");
  });
});
