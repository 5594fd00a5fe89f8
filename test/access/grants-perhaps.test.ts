import { describe, expect, it } from "vitest";
import { computeGrants, type GrantModel } from "../../src/access/index.ts";
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

describe("a login that perhaps is the principal's", () => {
  const both = `
path "kv/data/*" { capabilities = ["read"] }
path "sys/policies/acl/*" { capabilities = ["update"] }`;
  const directory = (groupPolicy: string, own = "") =>
    compute(
      store()
        .secret("kv/", "a")
        .policy("group", groupPolicy)
        .policy("own", own)
        .method("auth/ldap/", "ldap", "l1")
        .role("auth/ldap/", "ada", {
          method: "ldap",
          role_type: "user",
          policies: ["own"],
          alias_name: "ada",
        })
        .role("auth/ldap/", "admins", { method: "ldap", role_type: "group", policies: ["group"] })
        .entity("ada", { aliases: [aliasOf("ada", "l1")] }),
    );
  const admins = "auth/ldap/role/admins";

  it("is found at the group that it goes through, and counts as perhaps at the secret", () => {
    const model = directory(both);
    expect(model.access(ENTITY("ada"))).toMatchObject({
      administers: true,
      readable_secret_count: 1,
      reads_and_administers: false,
      wildcard_rule_count: 0,
    });
    expect(model.access(idOf(admins))).toMatchObject({ reads_and_administers: true, wildcard_rule_count: 1 });
    expect(model.readers(idOf("kv/a"))).toMatchObject({
      count: 2,
      perhaps_count: 1,
      reader_and_granter_count: 2,
      perhaps_reader_and_granter_count: 1,
    });
  });

  it("is unknown at the principal where only the two together do both", () => {
    const model = directory(
      'path "sys/policies/acl/*" { capabilities = ["update"] }',
      'path "kv/data/a" { capabilities = ["read"] }',
    );
    expect(model.access(idOf(admins)).reads_and_administers).toBe(false);
    expect(model.access(ENTITY("ada"))).toMatchObject({
      reads_and_administers: false,
      perhaps_reads_and_administers: true,
    });
  });

  it("keeps those apart whom the caller names", () => {
    const model = directory(both);
    const apart = new Set([idOf(admins)]);
    expect(model.readers(idOf("kv/a"), apart)).toMatchObject({
      count: 2,
      apart_count: 1,
      perhaps_count: 1,
      reader_and_granter_count: 1,
    });
    expect(model.readers(idOf("kv/a"))).toMatchObject({ apart_count: 0, reader_and_granter_count: 2 });
  });
});

describe("an identity that has neither an alias nor a token", () => {
  const reading = (own: object) =>
    compute(
      store()
        .secret("kv/", "a")
        .policy("read", 'path "kv/data/a" { capabilities = ["read"] }')
        .method("auth/ldap/", "ldap", "l1")
        .role("auth/ldap/", "ada", { method: "ldap", role_type: "user", policies: [], alias_name: "ada" })
        .entity("ghost", { policies: ["read"], ...own }),
    ).readers(idOf("kv/a"));

  it("counts as perhaps: nobody can log in as it until it is given one", () => {
    expect(reading({})).toMatchObject({ count: 1, perhaps_count: 1, possible_count: 0 });
    expect(reading({ aliases: [aliasOf("ada", "l1")] })).toMatchObject({ count: 1, perhaps_count: 0 });
  });
});
