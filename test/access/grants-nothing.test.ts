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

describe("a user who is a disabled entity", () => {
  const READS = 'path "kv/data/*" { capabilities = ["read"] }';
  const readers = (facts: EstateFacts): string[] =>
    computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" })
      .readers(idOf("kv/a"))
      .sample.map(({ principal_id }) => principal_id);
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
