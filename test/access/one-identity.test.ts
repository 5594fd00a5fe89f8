import { describe, expect, it } from "vitest";
import { computeGrants, identityBehind } from "../../src/access/index.ts";
import { EstateFacts, aliasOf, idOf } from "./estate-facts.ts";

const AT = { takenAt: "2026-09-30T06:00:00Z" };
const ALL = `
path "kv/data/*" { capabilities = ["read", "update"] }
path "sys/policies/acl/*" { capabilities = ["update"] }`;
const USER = { method: "userpass", role_type: "user" as const, policies: ["all"] };
const ANA = idOf("auth/userpass/users/ana");
const APP = idOf("auth/approle/role/app");
const ENTITY = (name: string): string => idOf(`identity/entity/id/${name}-id`);

/** A secret that a user reads who never logged in. */
function store(): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .secret("kv/", "a")
    .policy("all", ALL)
    .method("auth/userpass/", "userpass", "up")
    .method("auth/approle/", "approle", "ar")
    .method("auth/jwt/", "jwt", "jw")
    .role("auth/userpass/", "ana", { ...USER, alias_name: "ana" });
}

const withApp = (own: object = {}): EstateFacts =>
  store()
    .role("auth/approle/", "app", { method: "approle", policies: ["all"], ...own })
    .roleAlias("auth/approle/", "app", "app-role-id");

function readers(facts: EstateFacts, apart?: ReadonlySet<string>) {
  return computeGrants(facts.set(), AT).readers(idOf("kv/a"), apart);
}

function behind(facts: EstateFacts, id: string): string | undefined {
  const set = facts.set();
  const [known] = set
    .of("auth_role")
    .filter((role) => role.id === id)
    .map(identityBehind(set));
  return known === "perhaps" ? known : known?.id;
}

describe("a login and the identity that it always is", () => {
  const loggedIn = withApp()
    .entity("ana", { aliases: [aliasOf("Ana", "up")] })
    .entity("app", { aliases: [aliasOf("app-role-id", "ar")] });

  it("count once: nothing changes by logging in", () => {
    const { sample: before, ...counts } = readers(withApp());
    expect(counts).toMatchObject({ count: 2, writer_count: 2, reader_and_granter_count: 2 });
    expect(before.map((one) => one.principal_id)).toEqual([APP, ANA]);
    const { sample, ...after } = readers(loggedIn);
    expect(after).toEqual(counts);
    expect(sample.map((one) => one.principal_id)).toEqual([ENTITY("ana"), ENTITY("app")]);
  });

  it("are both named, each with what it holds", () => {
    const grants = computeGrants(loggedIn.set(), AT).whoCan(idOf("kv/a"), "read");
    expect(new Set(grants.map((grant) => grant.principal_id))).toEqual(
      new Set([ANA, APP, ENTITY("ana"), ENTITY("app")]),
    );
  });

  it("are one also where the identity comes in by several methods, or reads by policies of its own", () => {
    const aliases = [aliasOf("ana", "up"), aliasOf("app-role-id", "ar")];
    expect(readers(withApp().entity("ana", { aliases })).count).toBe(1);
    const idle = store().role("auth/userpass/", "ben", { ...USER, policies: [], alias_name: "ben" });
    const ben = { aliases: [aliasOf("ben", "up")], policies: ["all"] };
    expect(readers(idle.entity("ben", ben)).count).toBe(2);
  });

  it("are kept apart only where both are", () => {
    expect(readers(loggedIn, new Set([ANA]))).toMatchObject({ count: 2, apart_count: 0 });
    expect(readers(loggedIn, new Set([ENTITY("ana")]))).toMatchObject({ count: 2, apart_count: 0 });
    expect(readers(loggedIn, new Set([ANA, ENTITY("ana")]))).toMatchObject({ count: 2, apart_count: 1 });
  });
});

describe("a role and an identity are two", () => {
  it("where the role lets in many", () => {
    const facts = store()
      .role("auth/jwt/", "ci", { method: "jwt", policies: ["all"] })
      .entity("ci", { aliases: [aliasOf("ci", "jw", { role: "ci" })] });
    expect(readers(facts).count).toBe(3);
  });

  it("where anyone can come in by the role", () => {
    const entity = { aliases: [aliasOf("app-role-id", "ar")] };
    const facts = withApp({ unauthenticated: true }).entity("app", entity);
    expect(readers(facts)).toMatchObject({ count: 3, public: 1 });
  });

  it("where the identity has several logins of one method, or the login several identities", () => {
    const ben = () => store().role("auth/userpass/", "ben", { ...USER, alias_name: "ben" });
    const both = { aliases: [aliasOf("ana", "up"), aliasOf("ben", "up")] };
    expect(readers(ben().entity("both", both)).count).toBe(3);
    const one = { aliases: [aliasOf("ana", "up")] };
    expect(readers(store().entity("ana", one).entity("double", one)).count).toBe(3);
  });

  it("where the method takes names of two cases for two users", () => {
    const facts = store()
      .role("auth/userpass/", "ANA", { ...USER, alias_name: "ANA" })
      .entity("ana", { aliases: [aliasOf("ana", "up")] });
    expect(readers(facts).count).toBe(3);
    expect(behind(facts, ANA)).toBeUndefined();
  });

  it("where the alias is of another method, or the role id could not be read", () => {
    const other = store().entity("ana", { aliases: [aliasOf("ana", "ar")] });
    expect(behind(other, ANA)).toBeUndefined();
    const unread = store()
      .role("auth/approle/", "app", { method: "approle", policies: ["all"] })
      .entity("app", { aliases: [aliasOf("app-role-id", "ar")] });
    expect(behind(unread, APP)).toBe("perhaps");
    expect(behind(store().entity("ana", { aliases: [aliasOf("ana", "up")] }), ANA)).toBe(ENTITY("ana"));
  });
});

describe("a role and an identity that perhaps are one", () => {
  const hidden = (): EstateFacts =>
    new EstateFacts().mount("kv/").secret("kv/", "a").policy("all", ALL).gap("sys/auth", ["auth_method"]);

  it("accuse nobody, where the method of the alias could not be read", () => {
    const facts = hidden()
      .role("auth/userpass/", "ana", { ...USER, alias_name: "ana" })
      .entity("ana", { policies: ["all"], aliases: [aliasOf("ana", "up")] });
    expect(readers(facts)).toMatchObject({ count: 0, possible_count: 2 });
    expect(behind(facts, ANA)).toBe("perhaps");
  });

  it("count as one that perhaps is the other, where the identity comes in by another method, too", () => {
    const facts = hidden()
      .method("auth/jwt/", "jwt", "jw")
      .role("auth/jwt/", "ci", { method: "jwt", policies: ["all"] })
      .role("auth/userpass/", "ana", { ...USER, alias_name: "ana" })
      .entity("ana", { aliases: [aliasOf("ana", "up"), aliasOf("ana", "jw", { role: "ci" })] });
    expect(readers(facts)).toMatchObject({ count: 3, perhaps_count: 1, perhaps_reader_and_granter_count: 1 });
  });
});
