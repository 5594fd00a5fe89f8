import { describe, expect, it } from "vitest";
import { computeGrants, type GrantModel } from "../../src/access/index.ts";
import type { FactOf } from "../../src/facts/index.ts";
import { aliasOf, EstateFacts, idOf } from "./estate-facts.ts";

/** Ways to a secret by a detour; each was walked on a real Vault 1.21 before it was written down here. */
const DEFAULT = 'path "cubbyhole/*" { policy = "write" }';
const READ = 'path "kv/data/a" { capabilities = ["read"] }';
const update = (...paths: string[]): string =>
  paths.map((path) => `path "${path}" { capabilities = ["update"] }`).join("\n");

function store(): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .secret("kv/", "a")
    .method("auth/token/", "token", "tok")
    .method("auth/userpass/", "userpass", "up")
    .method("auth/approle/", "approle", "ar")
    .policy("default", DEFAULT)
    .policy("read", READ);
}

function model(facts: EstateFacts): GrantModel {
  return computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });
}

/** What a principal may do to the one secret, each with how surely. */
function reach(facts: EstateFacts, principal: string, secret = "kv/a"): string[] {
  const grants = model(facts).path(idOf(principal), idOf(secret));
  const said = grants.flatMap(({ actions, certainty }) => actions.map((action) => `${action} ${certainty}`));
  return [...new Set(said)].sort();
}

const HOLDER = "auth/token/accessor/t";
const user = (name: string, policies: string[] = []): Partial<FactOf<"auth_role">> & { method: string } => ({
  method: "userpass",
  role_type: "user",
  alias_name: name,
  policies,
});

describe("a role or user that is deleted and created anew", () => {
  const capable = (path: string, ...capabilities: string[]): string =>
    `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`;
  const held = (path: string, ...capabilities: string[]): EstateFacts =>
    store()
      .role("auth/userpass/", "alice", user("alice"))
      .role("auth/approle/", "app", { method: "approle" })
      .policy("anew", capable(path, ...capabilities))
      .token("t", { policies: ["anew"] });

  it.each(["auth/approle/role/app", "auth/userpass/users/alice"])(
    "%s has policies of one's choice",
    (path) => {
      expect(reach(held(path, "create", "delete"), HOLDER)).toContain("administer certain");
      expect(reach(held(path, "create"), HOLDER)).toEqual([]);
      expect(reach(held(path, "delete"), HOLDER)).toEqual([]);
    },
  );
});

describe("another's credential", () => {
  it("brings the policies of the identity behind it, not only those of the role", () => {
    const facts = store()
      .role("auth/userpass/", "alice", user("alice"))
      .role("auth/approle/", "app", { method: "approle" })
      .roleAlias("auth/approle/", "app", "app-id")
      .entity("alice", { policies: ["read"], aliases: [aliasOf("alice", "up")] })
      .policy("password", update("auth/userpass/users/alice/password"))
      .token("t", { policies: ["password"] });
    expect(reach(facts, HOLDER)).toEqual(["share certain"]);
    const ids = store()
      .role("auth/approle/", "app", { method: "approle" })
      .roleAlias("auth/approle/", "app", "app-id")
      .entity("app", { policies: ["read"], aliases: [aliasOf("app-id", "ar")] })
      .policy("ids", update("auth/approle/role/app/secret-id"))
      .token("t", { policies: ["ids"] });
    expect(reach(ids, HOLDER)).toEqual(["share certain"]);
  });

  it("may own the store", () => {
    const facts = store()
      .policy("owning", update("sys/policies/acl/*"))
      .role("auth/userpass/", "boss", user("boss", ["owning"]))
      .policy("password", update("auth/userpass/users/boss/password"))
      .token("t", { policies: ["password"] });
    expect(reach(facts, HOLDER)).toEqual(["administer certain"]);
    expect(model(facts).access(idOf(HOLDER)).administers).toBe(true);
  });

  it("may bring a third one's, and a circle of them ends", () => {
    const facts = store()
      .policy("to-mid", update("auth/userpass/users/mid/password"))
      .policy("to-end", update("auth/userpass/users/end/password", "auth/userpass/users/mid/password"))
      .role("auth/userpass/", "mid", user("mid", ["to-end"]))
      .role("auth/userpass/", "end", user("end", ["read", "to-mid"]))
      .token("t", { policies: ["to-mid"] });
    expect(reach(facts, HOLDER)).toEqual(["share certain"]);
    const [grant] = model(facts).path(idOf(HOLDER), idOf("kv/a"));
    expect(grant?.path.map(({ note, policy }) => note ?? policy)).toEqual([
      "may set the password of auth/userpass/mid",
      "may set the password of auth/userpass/end",
      "read",
    ]);
  });

  it("is possibly anything where a policy of it could not be read", () => {
    const facts = store()
      .role("auth/userpass/", "bob", user("bob", ["hidden"]))
      .gap("sys/policies/acl/hidden", ["policy_document"])
      .policy("password", update("auth/userpass/users/bob/password"))
      .token("t", { policies: ["password"] });
    expect(reach(facts, HOLDER)).toEqual(["administer possible", "share possible"]);
  });
});

describe("token roles", () => {
  const tokenRole = (own: Partial<FactOf<"auth_role">>): EstateFacts =>
    store()
      .role("auth/token/", "any", { method: "token", role_type: "token_role", ...own })
      .policy("mint", update("auth/token/create/any"))
      .token("t", { policies: ["mint"] });

  it("that only refuse policies give every other", () => {
    expect(reach(tokenRole({ disallowed_policies: ["admin"] }), HOLDER)).toContain("share conditional");
    expect(reach(tokenRole({ disallowed_policies_glob: ["adm*"] }), HOLDER)).toContain("share conditional");
    expect(reach(tokenRole({ disallowed_policies: ["read"] }), HOLDER)).not.toContain("share conditional");
  });

  it("possibly give anything where policies that their pattern takes could not be read", () => {
    const facts = tokenRole({ allowed_policies_glob: ["team-*"] });
    expect(reach(facts, HOLDER)).toEqual([]);
    facts.gap("sys/policies/acl/", ["policy_document"]);
    expect(reach(facts, HOLDER)).toContain("share possible");
  });

  it("without lists give no more than a child token", () => {
    expect(reach(tokenRole({}), HOLDER)).toEqual([]);
  });

  it("may lend an identity by its alias", () => {
    const ext = { hashicorp: { allowed_entity_aliases: ["batch-*"] } };
    const facts = tokenRole({ allowed_policies: ["default"], ext }).entity("batch", {
      policies: ["read"],
      aliases: [aliasOf("batch-1", "tok")],
    });
    expect(reach(facts, HOLDER)).toEqual(["share conditional"]);
  });
});

describe("child tokens", () => {
  const holding = (own: Partial<FactOf<"token">>): EstateFacts =>
    store()
      .policy("deny", 'path "kv/data/a" { capabilities = ["deny"] }')
      .policy("make", update("auth/token/create"))
      .token("t", own);

  it("may leave out the policy that denies", () => {
    expect(reach(holding({ policies: ["read", "deny", "make"] }), HOLDER)).toContain("read conditional");
    expect(reach(holding({ policies: ["read", "deny"] }), HOLDER)).toEqual([]);
  });

  it("never leave out what comes by the identity", () => {
    const facts = holding({ policies: ["read", "make"], entity_id: "eve-id" }).entity("eve", {
      policies: ["deny"],
    });
    expect(reach(facts, "identity/entity/id/eve-id")).toEqual([]);
  });
});

describe("what lets people in by a directory", () => {
  it("a group that only the directory fills is a principal before anyone has come in by it", () => {
    const facts = store()
      .method("auth/ldap/", "ldap", "ld")
      .group("admins", {
        group_type: "external",
        policies: ["read"],
        alias_name: "cn=admins",
        alias_mount_accessor: "ld",
      });
    expect(reach(facts, "identity/group/id/admins-id")).toEqual(["read conditional"]);
  });

  it("the directory's settings give policies to everyone, with and without an entry", () => {
    const settings = { token_policies: ["read"], token_no_default_policy: false };
    const facts = store()
      .method("auth/ldap/", "ldap", "ld")
      .config("auth/ldap/", "ldap", settings)
      .role("auth/ldap/", "ines", { method: "ldap", role_type: "user", alias_name: "ines" })
      .entity("lena", { aliases: [aliasOf("lena", "ld")] })
      .entity("ines", { aliases: [aliasOf("ines", "ld")] });
    expect(reach(facts, "auth/ldap/config")).toEqual(["read conditional"]);
    expect(reach(facts, "identity/entity/id/lena-id")).toEqual(["read certain"]);
    expect(reach(facts, "identity/entity/id/ines-id")).toEqual(["read certain"]);
  });

  it("settings that could not be read may give anything", () => {
    const facts = store()
      .method("auth/ldap/", "ldap", "ld")
      .gap("auth/ldap/config", ["auth_config"])
      .entity("lena", { aliases: [aliasOf("lena", "ld")] });
    expect(reach(facts, "auth/ldap/config")).toContain("read possible");
    expect(reach(facts, "identity/entity/id/lena-id")).toContain("read possible");
  });

  it("service accounts are matched with wildcards anywhere in a name", () => {
    const labels = { service_account_name: "app-1", service_account_namespace: "prod-eu" };
    const facts = store()
      .method("auth/kubernetes/", "kubernetes", "k8s")
      .role("auth/kubernetes/", "apps", {
        method: "kubernetes",
        policies: ["read"],
        bounds: { bound_service_account_names: ["app-*"], bound_service_account_namespaces: ["*-eu"] },
      })
      .entity("app", { aliases: [aliasOf("prod-eu/app-1", "k8s", labels)] });
    expect(reach(facts, "identity/entity/id/app-id")).toEqual(["read certain"]);
  });
});

describe("memberships that two answers tell", () => {
  it("count by whichever of them names them", () => {
    const facts = store()
      .group("inner", { member_entity_ids: ["ada-id"] })
      .group("outer", { policies: ["read"], member_group_ids: ["inner-id"] })
      .entity("ada", { aliases: [aliasOf("ada", "up")] });
    expect(reach(facts, "identity/entity/id/ada-id")).toEqual(["read certain"]);
  });
});

describe("paths that name more than the thing", () => {
  const path = (text: string): EstateFacts =>
    new EstateFacts()
      .mount("transit/", "transit")
      .key("transit/", "pay")
      .policy("default", DEFAULT)
      .policy("p", text)
      .token("t", { policies: ["p"] });

  it.each([
    'path "transit/export/encryption-key/pay/1" { capabilities = ["read"] }',
    'path "transit/export/encryption-key/pay/*" { capabilities = ["read"] }',
    'path "transit/export/signing-key/+/latest" { capabilities = ["read"] }',
    'path "transit/byok-export/mine/pay" { capabilities = ["read"] }',
  ])("a key's version: %s", (text) => {
    expect(reach(path(text), HOLDER, "transit/keys/pay")).toEqual(["read certain"]);
  });

  it("another key's version is not this one's", () => {
    const text = 'path "transit/export/encryption-key/pad/1" { capabilities = ["read"] }';
    expect(reach(path(text), HOLDER, "transit/keys/pay")).toEqual([]);
  });

  it.each([
    ["pki/issuer/default/issue/web", "read certain"],
    ["pki/issuer/+/issue/web", "read certain"],
    ["pki/issuer/old/sign/web", "share certain"],
    ["pki/sign-verbatim", "share certain"],
    ["pki/root/sign-intermediate", "share certain"],
    ["pki/issuer/old/sign-verbatim", "share certain"],
  ])("an issuer of certificates: %s", (place, expected) => {
    const facts = path(update(place)).mount("pki/", "pki").certificateRole("pki/", "web");
    expect(reach(facts, HOLDER, "pki/roles/web")).toEqual([expected]);
  });
});

describe("owning the store by less known paths", () => {
  it.each([
    "identity/alias",
    "identity/persona",
    "identity/entity-alias/id/*",
    "identity/group-alias/id/*",
    "identity/persona/id/*",
    "auth/jwt/config",
    "auth/aws/config/client",
    "auth/github/map/teams/*",
  ])("%s", (place) => {
    const facts = store()
      .method("auth/jwt/", "jwt", "jw")
      .method("auth/aws/", "aws", "aw")
      .method("auth/github/", "github", "gh")
      .policy("p", update(place))
      .token("t", { policies: ["p"] });
    expect(model(facts).access(idOf(HOLDER)).administers).toBe(true);
  });

  it("settings of a method that believe nobody else are not among them", () => {
    const facts = store()
      .policy("p", update("auth/cert/config", "auth/userpass/config"))
      .method("auth/cert/", "cert", "ce")
      .token("t", { policies: ["p"] });
    expect(model(facts).access(idOf(HOLDER)).administers).toBe(false);
  });
});

describe("the whole store", () => {
  it.each([
    ["sys/storage/raft/snapshot", "update"],
    ["sys/storage/raft/snapshot-force", "update"],
    ["sys/plugins/catalog/database/own", "sudo"],
    ["sys/audit/own", "sudo"],
  ])("is administered by who may write %s", (path, right) => {
    const capabilities = right === "sudo" ? '["update", "sudo"]' : '["update"]';
    const facts = store()
      .policy("ops", `path "${path}" { capabilities = ${capabilities} }`)
      .token("t", { policies: ["ops"] });
    expect(model(facts).access(idOf(HOLDER)).administers).toBe(true);
    const reader = store()
      .policy("ops", `path "${path}" { capabilities = ["read", "sudo"] }`)
      .token("t", { policies: ["ops"] });
    expect(model(reader).access(idOf(HOLDER)).administers).toBe(false);
  });
});

describe("a role id that an identity had before", () => {
  const role = "auth/approle/role/app";
  const both = update(`${role}/role-id`, `${role}/secret-id`);
  const estate = (
    rules: string,
    own: Partial<FactOf<"principal">> = {},
    bounds = { bind_secret_id: ["true"] },
  ) =>
    store()
      .role("auth/approle/", "app", { method: "approle", bounds })
      .roleAlias("auth/approle/", "app", "app-id")
      .entity("old", { policies: ["read"], aliases: [aliasOf("old-id", "ar")], ...own })
      .policy("rules", rules)
      .token("t", { policies: ["rules"] });

  it("is the identity's again for who may give it to a role that they can log in as", () => {
    expect(reach(estate(both), HOLDER)).toEqual(["share conditional"]);
    expect(reach(estate(update(`${role}/role-id`)), HOLDER)).toEqual([]);
    expect(reach(estate(update(`${role}/secret-id`)), HOLDER)).toEqual([]);
    const [grant] = model(estate(both)).path(idOf(HOLDER), idOf("kv/a"));
    expect(grant?.conditions).toEqual(["with the role id that the identity had"]);
  });

  it("needs no secret id where the role asks for none", () => {
    const asksNothing = {} as { bind_secret_id: string[] };
    expect(reach(estate(update(`${role}/role-id`), {}, asksNothing), HOLDER)).toEqual(["share conditional"]);
  });

  it("needs none where the same hand has the role ask for none, bound to networks", () => {
    const waiving = [`${role}/role-id`, `${role}/bind-secret-id`];
    expect(reach(estate(update(...waiving)), HOLDER)).toEqual([]);
    expect(reach(estate(update(...waiving.slice(1), `${role}/token-bound-cidrs`)), HOLDER)).toEqual([]);
    const all = update(...waiving, `${role}/token-bound-cidrs`);
    expect(reach(estate(all), HOLDER)).toEqual(["share conditional"]);
  });

  it("brings what the identity's groups have, and nothing of its other logins", () => {
    const aliases = [aliasOf("old-id", "ar"), aliasOf("alice", "up")];
    const facts = (group: string[]) =>
      estate(both, { policies: [], aliases })
        .role("auth/userpass/", "alice", { ...user("alice", ["read"]), token_no_default_policy: true })
        .group("team", { policies: group, member_entity_ids: ["old-id"] });
    expect(reach(facts([]), HOLDER)).toEqual([]);
    expect(reach(facts(["read"]), HOLDER)).toEqual(["share conditional"]);
  });

  it("is none where another role has it, or the identity is disabled or another method's", () => {
    expect(reach(estate(both, { disabled: true }), HOLDER)).toEqual([]);
    expect(reach(estate(both, { aliases: [aliasOf("alice", "up")] }), HOLDER)).toEqual([]);
    const inUse = estate(both)
      .role("auth/approle/", "other", { method: "approle" })
      .roleAlias("auth/approle/", "other", "OLD-ID");
    expect(reach(inUse, HOLDER)).toEqual([]);
  });

  it("is perhaps in use where not every role id could be read", () => {
    const hidden = estate(both).gap("auth/approle/role/other", ["auth_role_alias"]);
    expect(reach(hidden, HOLDER)).toEqual(["share possible"]);
  });

  it("leads on to what the identity may hand out", () => {
    const facts = estate(both, { policies: ["owning"] }).policy("owning", update("sys/policies/acl/*"));
    expect(reach(facts, HOLDER)).toEqual(["administer conditional"]);
  });
});
