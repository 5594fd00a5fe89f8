import { describe, expect, it } from "vitest";
import { computeStoreGrants } from "../../src/access/hashicorp/compute-store.ts";
import { computeGrants } from "../../src/access/index.ts";
import { aliasOf, EstateFacts, idOf } from "./estate-facts.ts";

/** Who may delete what holds access back. What the server deletes, and by what path, was tried on a real Vault 1.21. */
const HOLDER = "auth/token/accessor/t";
const ADMINISTERS = ["administer certain"];

type Rules = Readonly<Record<string, readonly string[]>>;

const policyText = (rules: Rules): string =>
  Object.entries(rules)
    .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
    .join("\n");

function store(policies: Readonly<Record<string, Rules>>): EstateFacts {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "pay")
    .secret("kv/", "other")
    .method("auth/token/", "token", "tok")
    .method("auth/userpass/", "userpass", "up")
    .method("auth/approle/", "approle", "ar")
    .method("auth/ldap/", "ldap", "ld");
  for (const [name, rules] of Object.entries({ ...BASE, ...policies })) facts.policy(name, policyText(rules));
  return facts;
}

const BASE: Readonly<Record<string, Rules>> = {
  default: { "cubbyhole/*": ["read"] },
  payread: { "kv/data/pay": ["read"] },
  denypay: { "kv/data/pay": ["deny"] },
};

function reach(facts: EstateFacts, principal = HOLDER, secret = "kv/pay"): string[] {
  const model = computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });
  const said = model
    .path(idOf(principal), idOf(secret))
    .flatMap(({ actions, certainty, conditions }) =>
      actions.map((action) => [action, certainty, ...conditions].join(" ")),
    );
  return [...new Set(said)].sort();
}

const DELETE = ["delete"];

describe("a policy that denies, and that its holder may delete", () => {
  const held = (rules: Rules, policies = ["payread", "denypay", "p"], more: Record<string, Rules> = {}) =>
    store({ p: rules, ...more }).token("t", { policies });

  it.each([
    "sys/policies/acl/denypay",
    "sys/policies/acl/DenyPay",
    "sys/policy/denypay",
    "sys/policies/acl/*",
    "sys/policies/+/denypay",
  ])("by %s: is no obstacle", (path) => {
    const facts = held({ [path]: DELETE });
    expect(reach(facts)).toEqual(ADMINISTERS);
    expect(reach(facts, HOLDER, "kv/other")).toEqual([]);
  });

  it.each([
    ["that it may not delete", held({ "sys/policies/acl/payread": DELETE })],
    ["that it may only read", held({ "sys/policies/acl/denypay": ["read", "list", "create"] })],
    ["behind which nothing is given", held({ "sys/policies/acl/denypay": DELETE }, ["denypay", "p"])],
    ["which stays by another policy", held({ "sys/policies/acl/denypay": DELETE, "kv/data/pay": ["deny"] })],
    [
      "of names alone",
      held({ "sys/policies/acl/q": DELETE, "kv/metadata/": ["list"] }, ["p", "q"], {
        q: { "kv/metadata/": ["deny"] },
      }),
    ],
    [
      "that the server never deletes",
      held({ "sys/policies/acl/default": DELETE }, ["payread", "p", "denypay"]),
    ],
  ])("%s: nothing is gained", (_, facts) => expect(reach(facts)).toEqual([]));

  it("is one of two, both to delete", () => {
    const rules = { "sys/policies/acl/denypay": DELETE, "sys/policies/acl/deny2": DELETE };
    const two = { deny2: { "kv/data/pay": ["deny"] } };
    expect(reach(held(rules, ["payread", "denypay", "deny2", "p"], two))).toEqual(ADMINISTERS);
    const one = { "sys/policies/acl/denypay": DELETE };
    expect(reach(held(one, ["payread", "denypay", "deny2", "p"], two))).toEqual([]);
  });

  it("is found though a policy with the permission may be deleted, too", () => {
    const all = { "sys/policies/acl/+": DELETE };
    const two = { deny2: { "kv/data/pay": ["deny"] } };
    expect(reach(held(all, ["payread", "denypay", "deny2", "p"], two))).toEqual(ADMINISTERS);
  });

  it("is deleted by who may delete what denies the deletion", () => {
    const guard = { guard: { "sys/policies/acl/denypay": ["deny"] } };
    const rules = { "sys/policies/acl/denypay": DELETE, "sys/policies/acl/guard": DELETE };
    expect(reach(held(rules, ["payread", "denypay", "guard", "p"], guard))).toEqual(ADMINISTERS);
  });

  it("may also be a narrower rule, which stands before a wider one", () => {
    const more = { wide: { "kv/*": ["read"] }, narrow: { "kv/data/pay": ["list"] } };
    const facts = held({ "sys/policies/acl/narrow": DELETE }, ["wide", "narrow", "p"], more);
    expect(reach(facts)).toContain("administer certain");
  });

  it("may ask for approval", () => {
    const facts = store({ p: { "sys/policies/acl/approve": DELETE } })
      .policy(
        "approve",
        'path "kv/data/pay" { capabilities = ["read"] control_group = { factor "ops" { identity { group_names = ["ops"] approvals = 1 } } } }',
      )
      .token("t", { policies: ["payread", "approve", "p"] });
    expect(reach(facts)).toContain("administer certain");
  });

  it("holds back others, whom its deletion gives access", () => {
    const facts = store({ p: { "sys/policies/acl/denypay": DELETE } })
      .token("u", { policies: ["payread", "denypay"], bound_cidrs: ["10.0.0.0/8"] })
      .token("t", { policies: ["p"] });
    expect(reach(facts)).toEqual(["administer conditional from 10.0.0.0/8"]);
    expect(reach(facts, "auth/token/accessor/u")).toEqual([]);
  });

  it("holds back what owns the store", () => {
    const more = { own: { "sys/policies/acl/*": ["update"] }, jail: { "sys/policies/acl/*": ["deny"] } };
    const facts = held({ "sys/policy/jail": DELETE }, ["own", "jail", "p"], more);
    expect(reach(facts, HOLDER, "kv/other")).toEqual(ADMINISTERS);
  });

  it("is deleted conditionally where the deletion is", () => {
    const facts = store({})
      .policy("p", 'path "sys/policies/acl/denypay" { capabilities = ["delete"] mfa_methods = ["totp"] }')
      .token("t", { policies: ["payread", "denypay", "p"] });
    expect(reach(facts)).toEqual(["administer conditional MFA by totp"]);
  });
});

describe("a group that denies", () => {
  const USER = "auth/userpass/users/alice";
  const jailed = (rules: Rules, policies = ["denypay"], others: readonly string[] = []): EstateFacts => {
    const facts = store({ p: rules })
      .role("auth/userpass/", "alice", {
        method: "userpass",
        role_type: "user",
        alias_name: "alice",
        policies: ["payread", "p"],
      })
      .entity("alice", {
        aliases: [aliasOf("alice", "up")],
        direct_group_ids: ["jail-id", ...others.map((name) => `${name}-id`)],
      })
      .group("jail", { policies, member_entity_ids: ["alice-id"] });
    for (const name of others) facts.group(name, { policies, member_entity_ids: ["alice-id"] });
    return facts;
  };

  it.each(["identity/group/id/jail-id", "identity/group/name/Jail", "identity/group/*"])(
    "by %s: is no obstacle",
    (path) => {
      expect(reach(jailed({ [path]: DELETE }), USER)).toEqual(ADMINISTERS);
    },
  );

  it("is one where another group denies, too", () => {
    expect(reach(jailed({ "identity/group/id/jail-id": DELETE }, ["denypay"], ["cell"]), USER)).toEqual([]);
    expect(reach(jailed({ "identity/group/id/*": DELETE }, ["denypay"], ["cell"]), USER)).toEqual(
      ADMINISTERS,
    );
  });

  it("may give what two of its policies deny, all of which may be deleted", () => {
    const facts = (rules: Rules): EstateFacts =>
      store({ p: rules, deny2: { "kv/data/pay": ["deny"] } })
        .role("auth/userpass/", "alice", {
          method: "userpass",
          role_type: "user",
          alias_name: "alice",
          policies: ["p"],
        })
        .entity("alice", { aliases: [aliasOf("alice", "up")], direct_group_ids: ["team-id"] })
        .group("team", { policies: ["payread", "denypay", "deny2"], member_entity_ids: ["alice-id"] });
    const all = { "sys/policies/acl/*": DELETE, "identity/*": DELETE };
    expect(reach(facts(all), USER)).toEqual(ADMINISTERS);
    expect(reach(facts({ "identity/*": DELETE }), USER)).toEqual([]);
  });

  it("is none where it denies nothing", () => {
    expect(reach(jailed({ "identity/group/id/jail-id": DELETE }, ["default"]), USER)).toEqual([
      "read certain",
    ]);
  });

  it("may be the parent of another", () => {
    const facts = jailed({ "identity/group/id/top-id": DELETE }, []).group("top", {
      policies: ["denypay"],
      member_group_ids: ["jail-id"],
    });
    expect(reach(facts, USER)).toEqual(ADMINISTERS);
  });
});

describe("an identity that denies, or is disabled", () => {
  const USER = "auth/userpass/users/alice";
  const held = (rules: Rules, entity: { policies?: string[]; disabled?: boolean }, of = "alice") =>
    store({ p: rules })
      .role("auth/userpass/", "alice", {
        method: "userpass",
        role_type: "user",
        alias_name: "alice",
        policies: ["payread", ...(of === "alice" ? ["p"] : [])],
      })
      .entity("alice", { aliases: [aliasOf("alice", "up")], ...entity })
      .token("t", { policies: of === "t" ? ["p"] : [] });

  it.each([
    ["identity/entity/id/alice-id", DELETE],
    ["identity/entity/name/ALICE", DELETE],
    ["identity/entity-alias/id/alias-alice", DELETE],
    ["identity/alias/id/alias-alice", DELETE],
    ["identity/persona/id/alias-alice", DELETE],
    ["identity/entity/batch-delete", ["update"]],
  ])("by %s: the next login makes one that does not", (path, capabilities) => {
    expect(reach(held({ [path]: capabilities }, { policies: ["denypay"] }), USER)).toEqual(ADMINISTERS);
    expect(reach(held({ [path]: capabilities }, { disabled: true }, "t"))).toEqual(ADMINISTERS);
    expect(reach(held({ [path]: capabilities }, {}, "t"))).toEqual([]);
  });

  it("is missed by a live token alone", () => {
    const facts = store({ p: { "identity/entity/id/bob-id": DELETE } })
      .entity("bob", { policies: ["denypay"], aliases: [aliasOf("bob", "up")] })
      .token("b", { policies: ["payread"], entity_id: "bob-id" })
      .token("t", { policies: ["p"] });
    expect(reach(facts)).toEqual([]);
  });
});

describe("a role's policies that deny", () => {
  it("are deleted by themselves of an AppRole, whose identity reads", () => {
    const facts = (path: string): EstateFacts =>
      store({ p: { [path]: DELETE } })
        .role("auth/approle/", "app", { method: "approle", policies: ["denypay"] })
        .roleAlias("auth/approle/", "app", "app-id")
        .entity("app", { policies: ["payread"], aliases: [aliasOf("app-id", "ar")] })
        .token("t", { policies: ["p"] });
    expect(reach(facts("auth/approle/role/app/policies"))).toEqual(ADMINISTERS);
    expect(reach(facts("auth/approle/role/App/policies"))).toEqual(ADMINISTERS);
    expect(reach(facts("auth/approle/role/app"))).toEqual([]);
    expect(reach(facts("auth/approle/role/app/token-ttl"))).toEqual([]);
  });

  it("go with a directory's group, whose members come in without it", () => {
    const facts = store({ p: { "auth/ldap/groups/jail": DELETE } })
      .role("auth/ldap/", "alice", {
        method: "ldap",
        role_type: "user",
        alias_name: "alice",
        policies: ["payread"],
        groups: ["jail"],
      })
      .role("auth/ldap/", "jail", { method: "ldap", role_type: "group", policies: ["denypay"] })
      .token("t", { policies: ["p"] });
    expect(reach(facts)).toContain("administer certain");
  });
});

describe("deletions that nobody makes alone", () => {
  const two = { deny2: { "kv/data/pay": ["deny"] }, first: { "sys/policies/acl/denypay": DELETE } };
  const second = { second: { "sys/policies/acl/deny2": DELETE } };
  const held = (): EstateFacts =>
    store({ ...two, ...second })
      .token("u", { policies: ["payread", "denypay", "deny2"] })
      .role("auth/approle/", "app", { method: "approle", policies: ["second"] });

  it("are those of several logins of one identity", () => {
    const facts = (aliases: ReturnType<typeof aliasOf>[]): EstateFacts =>
      held()
        .role("auth/userpass/", "alice", {
          method: "userpass",
          role_type: "user",
          alias_name: "alice",
          policies: ["first"],
        })
        .roleAlias("auth/approle/", "app", "app-id")
        .entity("alice", { aliases });
    const entity = "identity/entity/id/alice-id";
    expect(reach(facts([aliasOf("alice", "up"), aliasOf("app-id", "ar")]), entity)).toEqual(ADMINISTERS);
    expect(reach(facts([aliasOf("alice", "up")]), entity)).toEqual([]);
  });

  it("are those of a credential that is minted", () => {
    const facts = (rules: Rules): EstateFacts =>
      held()
        .policy("mint", policyText(rules))
        .token("t", { policies: ["first", "mint"] });
    const minting = facts({ "auth/approle/role/app/secret-id": ["update"] });
    expect(reach(minting)).toEqual([expect.stringMatching(/^administer /u)]);
    expect(reach(facts({}))).toEqual([]);
  });

  it("are made after somebody else's, who is kept from them", () => {
    const facts = (kept: string): EstateFacts =>
      store({
        p: { "sys/policies/acl/guard": DELETE },
        first: { "sys/policies/acl/denypay": DELETE },
        guard: { [`sys/policies/acl/${kept}`]: ["deny"] },
      })
        .token("u", { policies: ["payread", "denypay", "first", "guard"] })
        .token("t", { policies: ["p"] });
    expect(reach(facts("denypay"))).toEqual(ADMINISTERS);
    expect(reach(facts("other"))).toEqual([]);
  });

  it("are told though administering is possible under a condition", () => {
    const facts = store({ first: { "sys/policies/acl/denypay": DELETE } })
      .policy("p", 'path "sys/policies/acl/other" { capabilities = ["update"] mfa_methods = ["totp"] }')
      .token("t", { policies: ["payread", "denypay", "first", "p"] });
    expect(reach(facts)).toEqual(["administer certain", "administer conditional MFA by totp"]);
  });
});

it("tells as possible what more deletions than are looked at would give", () => {
  const facts = store({ p: { "sys/policies/acl/denypay": DELETE } })
    .token("t", { policies: ["payread", "denypay", "p"] })
    .set();
  const told = (maxVariants?: number): string[] =>
    computeStoreGrants("vault", facts, 0, maxVariants)
      .reaching(idOf("kv/other"))
      .map(({ grant, certainty }) => [...grant.actions, certainty, ...grant.doubts].join(" "));
  expect(told(0)).toEqual(["administer possible more deletions than are looked at may give it"]);
  expect(told()).toEqual([]);
});
