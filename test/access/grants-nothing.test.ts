import { describe, expect, it } from "vitest";
import { computeGrants, type PrincipalAccess } from "../../src/access/index.ts";
import { EstateFacts, aliasOf, idOf } from "./estate-facts.ts";

const AUDITS = 'path "sys/audit/*" { capabilities = ["create", "update", "delete", "sudo"] }';
const USER = idOf("auth/userpass/users/bert");

function accessOf(facts: EstateFacts, id = USER): PrincipalAccess {
  return computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" }).access(id);
}

/** A user whose policies reach no secret. */
function user(text: string): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .mount("new/")
    .secret("kv/", "a")
    .method("auth/userpass/", "userpass", "up")
    .policy("p", text)
    .role("auth/userpass/", "bert", {
      method: "userpass",
      role_type: "user",
      policies: ["p"],
      alias_name: "bert",
    });
}

describe("whoever reaches no secret", () => {
  it("holds sudo all the same", () => {
    expect(accessOf(user(AUDITS))).toMatchObject({
      readable_secret_count: 0,
      sudo_rules: ["p:1 sys/audit/* [create,delete,sudo,update]"],
      sudo_rule_count: 1,
      certainty: "certain",
    });
  });

  it("holds a wildcard over a mount that nothing is in yet", () => {
    expect(accessOf(user('path "new/*" { capabilities = ["read"] }'))).toMatchObject({
      readable_secret_count: 0,
      wildcard_rules: ["p:1 new/*"],
    });
    expect(accessOf(user('path "cubbyhole/*" { capabilities = ["read"] }')).wildcard_rule_count).toBe(0);
  });

  it.each([
    ["names alone", ["list"], 0],
    ["names and values", ["list", "read"], 1],
    ["names, and writing", ["list", "update"], 1],
    ["names, and what is protected", ["list", "sudo"], 1],
    ["values alone", ["read"], 1],
  ])(
    "holds a wildcard by a rule over a mount unless it gives names alone: %s",
    (_what, capabilities, count) => {
      for (const path of ["new/*", "new/data/*", "+/*", "*"])
        expect(
          accessOf(user(`path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`))
            .wildcard_rule_count,
          path,
        ).toBe(count);
    },
  );

  it("holds a wildcard by the rule that reads, not by another's for the same path that lists", () => {
    const both = user('path "new/*" { capabilities = ["list"] }')
      .policy("q", 'path "new/*" { capabilities = ["read"] }')
      .role("auth/userpass/", "both", { method: "userpass", role_type: "user", policies: ["p", "q"] });
    expect(accessOf(both, idOf("auth/userpass/users/both")).wildcard_rules).toEqual(["q:1 new/*"]);
  });

  it("has no rule that is denied", () => {
    const denied = user(AUDITS)
      .policy("no", 'path "sys/audit/*" { capabilities = ["deny"] }')
      .role("auth/userpass/", "both", { method: "userpass", role_type: "user", policies: ["p", "no"] });
    expect(accessOf(denied, idOf("auth/userpass/users/both"))).toMatchObject({ sudo_rule_count: 0 });
  });

  it("is not known to be harmless where a policy could not be read", () => {
    const unread = user(AUDITS)
      .gap("sys/policies/acl/lost", ["policy_document"])
      .role("auth/userpass/", "half", { method: "userpass", role_type: "user", policies: ["lost"] });
    expect(accessOf(unread, idOf("auth/userpass/users/half"))).toMatchObject({
      sudo_rule_count: 0,
      certainty: "possible",
    });
  });
});

describe("whether somebody may have access to what was not seen in an engine", () => {
  const may = (facts: EstateFacts, base = "new/", id = USER): boolean =>
    computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" }).mayReach(id, base);

  it.each([
    ["new/data/app", true],
    ["new/*", true],
    ["ne*", true],
    ["*", true],
    ["+/data/app", true],
    ["+/*", true],
    ["+/da*", true],
    ["new", true],
    ["new/+/app", true],
    ["kv/*", false],
    ["kv/+/new", false],
    ["newer/*", false],
    ["old/+/data", false],
  ])("is told by the rules: %s", (path, expected) => {
    expect(may(user(`path "${path}" { capabilities = ["read"] }`))).toBe(expected);
  });

  it("goes segment by segment where an engine lies deeper", () => {
    const at = (path: string): boolean =>
      may(user(`path "${path}" { capabilities = ["read"] }`), "team/é/kv/");
    expect(["team/+/kv/a", "team/+/*", "+/+/k*", "team/é/*"].map(at)).toEqual([true, true, true, true]);
    expect(["team/+/pki/a", "+/x/*", "team/+", "team/e/*"].map(at)).toEqual([false, false, false, false]);
  });

  it("is not ruled out where a policy was not read, it comes in as others, or nobody knows it", () => {
    const reads = user('path "kv/*" { capabilities = ["read"] }');
    expect(may(reads, "new/", idOf("auth/userpass/users/nobody"))).toBe(true);
    const unread = reads
      .gap("sys/policies/acl/lost", ["policy_document"])
      .role("auth/userpass/", "half", { method: "userpass", role_type: "user", policies: ["lost"] });
    expect(may(unread, "new/", idOf("auth/userpass/users/half"))).toBe(true);
    const sets = user('path "auth/userpass/users/other/password" { capabilities = ["update"] }')
      .policy("q", 'path "new/*" { capabilities = ["read"] }')
      .role("auth/userpass/", "other", { method: "userpass", role_type: "user", policies: ["q"] });
    expect(may(sets)).toBe(true);
  });
});

describe("a user who is a disabled entity", () => {
  const READS = 'path "kv/data/*" { capabilities = ["read"] }';
  const readers = (facts: EstateFacts): string[] =>
    computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" })
      .whoCan(idOf("kv/a"), "read")
      .map(({ principal_id }) => principal_id);
  const bert = { aliases: [aliasOf("Bert", "up")] };

  it("is refused at the login, and reads nothing", () => {
    const facts = user(READS).entity("bert", { ...bert, disabled: true });
    expect(readers(facts)).toEqual([]);
    const { principals } = computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });
    expect(principals.find(({ id }) => id === USER)?.disabled).toBe(true);
  });

  it("reads where the entity is not disabled, or the alias is another's or another method's", () => {
    expect(readers(user(READS).entity("bert", bert))).toContain(USER);
    const other = { disabled: true, aliases: [aliasOf("carl", "up"), aliasOf("bert", "ldap")] };
    expect(readers(user(READS).entity("carl", other))).toEqual([USER]);
  });
});

describe("whoever may become somebody else", () => {
  const NOBODY_ELSE = { administers_itself: false, impersonated_count: 0, perhaps_administers: false };
  const SETS = 'path "auth/userpass/users/+/password" { capabilities = ["update"] }';
  const reader = { method: "userpass", role_type: "user" as const, policies: ["reader"] };
  const withReaders = (text: string): EstateFacts =>
    user(text)
      .policy("reader", 'path "kv/data/*" { capabilities = ["read"] }')
      .role("auth/userpass/", "cleo", { ...reader, alias_name: "cleo" })
      .role("auth/userpass/", "dan", { ...reader, policies: [], alias_name: "dan" });

  it.each(["sys/policies/acl/*", "identity/group/name/*"])("by %s administers, and reads nothing", (path) => {
    expect(accessOf(user(`path "${path}" { capabilities = ["create", "update"] }`))).toMatchObject({
      readable_secret_count: 0,
      reads_and_administers: false,
      administers_itself: true,
      perhaps_administers: true,
    });
  });

  it("by passwords impersonates those who reach something", () => {
    expect(accessOf(withReaders(SETS))).toMatchObject({
      readable_secret_count: 0,
      administers_itself: false,
      impersonated_count: 1,
      perhaps_administers: true,
    });
    expect(accessOf(withReaders('path "kv/metadata/*" { capabilities = ["list"] }'))).toMatchObject(
      NOBODY_ELSE,
    );
  });

  it("impersonates nobody by a password of its own", () => {
    const own = withReaders('path "auth/userpass/users/fay/password" { capabilities = ["update"] }')
      .role("auth/userpass/", "fay", { ...reader, policies: ["reader", "p"], alias_name: "fay" })
      .entity("fay", { aliases: [aliasOf("fay", "up")] });
    expect(accessOf(own)).toMatchObject({ impersonated_count: 1 });
    expect(accessOf(own, idOf("auth/userpass/users/fay"))).toMatchObject(NOBODY_ELSE);
    expect(accessOf(own, idOf("identity/entity/id/fay-id"))).toMatchObject(NOBODY_ELSE);
  });

  it("perhaps impersonates where the name in the path is that of whoever logs in", () => {
    const text = 'path "auth/userpass/users/{{identity.entity.name}}/password" { capabilities = ["update"] }';
    expect(accessOf(withReaders(text))).toMatchObject({
      administers_itself: false,
      impersonated_count: 0,
      perhaps_administers: true,
    });
  });

  it("perhaps administers by a login that only the issuer decides, unless the role does so itself", () => {
    const facts = user('path "sys/policies/acl/*" { capabilities = ["update"] }')
      .method("auth/jwt/", "jwt", "jw")
      .role("auth/jwt/", "ops", { method: "jwt", policies: ["p"] })
      .entity("eve", { aliases: [aliasOf("eve", "jw")] });
    expect(accessOf(facts, idOf("auth/jwt/role/ops"))).toMatchObject({ administers_itself: true });
    expect(accessOf(facts, idOf("identity/entity/id/eve-id"))).toMatchObject({
      ...NOBODY_ELSE,
      administers: true,
    });
  });
});
