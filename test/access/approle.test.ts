import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import type { FactOf } from "../../src/facts/index.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

/** Who comes to log in as an AppRole. What the server does with such requests was tried on a real Vault 1.21. */
const HOLDER = "auth/token/accessor/t";
const ROLE = "auth/approle/role";

type Rules = Readonly<Record<string, readonly string[]>>;

const policyText = (rules: Rules | string): string =>
  typeof rules === "string"
    ? rules
    : Object.entries(rules)
        .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
        .join("\n");

/** What a token with these rules comes to, of a secret that the AppRole `deployer` reads. */
function reach(rules: Rules | string, own: Partial<FactOf<"auth_role">> = {}, name = "deployer") {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "a")
    .method("auth/token/", "token", "tok")
    .method("auth/approle/", "approle", "ar")
    .method("auth/userpass/", "userpass", "up")
    .policy("default", 'path "cubbyhole/*" { policy = "write" }')
    .policy("reads", 'path "kv/data/a" { capabilities = ["read"] }')
    .policy("p", policyText(rules))
    .role("auth/approle/", name, { method: "approle", policies: ["reads"], ...own })
    .roleAlias("auth/approle/", name, "role-id-1")
    .role("auth/userpass/", "alice", { method: "userpass", role_type: "user", policies: ["reads"] })
    .role("auth/token/", "ops", { method: "token", role_type: "token_role", allowed_policies: ["reads"] })
    .token("t", { policies: ["p"] });
  const grants = computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" }).path(
    idOf(HOLDER),
    idOf("kv/a"),
  );
  return grants.map(({ actions, certainty, conditions }) =>
    [actions.join(), certainty, ...conditions].join(" "),
  );
}

const UPDATE = ["update"];
const DENY = ["deny"];
const CERTAIN = ["share certain"];

describe("another spelling of an AppRole's name", () => {
  it("mints for it, where a rule names that spelling", () => {
    expect(reach({ [`${ROLE}/Deployer/secret-id`]: UPDATE })).toEqual(CERTAIN);
    expect(reach({ [`${ROLE}/DEPLOYER/*`]: UPDATE })).toEqual(CERTAIN);
    expect(reach({ "auth/+/role/dePloyer/custom-secret-id": UPDATE })).toEqual(CERTAIN);
  });

  it("is one that no deny names, where a wildcard covers it", () => {
    const wildcard = { [`${ROLE}/+/secret-id`]: UPDATE };
    const denied = { [`${ROLE}/deployer/secret-id`]: DENY };
    expect(reach({ ...wildcard, ...denied })).toEqual(CERTAIN);
    expect(reach({ ...wildcard, ...denied, [`${ROLE}/DEPLOYER/secret-id`]: DENY })).toEqual(CERTAIN);
    expect(reach({ ...wildcard, ...denied, [`${ROLE}/D*`]: DENY, [`${ROLE}/dE*`]: DENY })).toEqual(CERTAIN);
  });

  it("is none where every spelling is denied", () => {
    const wildcard = { [`${ROLE}/+/secret-id`]: UPDATE };
    const deny = (...below: string[]) => Object.fromEntries(below.map((path) => [`${ROLE}/${path}`, DENY]));
    expect(reach({ ...wildcard, ...deny("d*", "D*") })).toEqual([]);
    expect(reach({ ...wildcard, ...deny("42/secret-id") }, {}, "42")).toEqual([]);
    expect(reach({ ...wildcard, ...deny("a1/secret-id", "A*") }, {}, "a1")).toEqual([]);
  });

  it("is another's name where the server tells case apart", () => {
    expect(reach({ [`${ROLE}/Deploy/secret-id`]: UPDATE })).toEqual([]);
    expect(reach({ "auth/userpass/users/Alice/password": UPDATE })).toEqual([]);
    expect(reach({ "auth/token/create/Ops": UPDATE })).toEqual([]);
    expect(reach({ "auth/AppRole/role/deployer/secret-id": UPDATE })).toEqual([]);
  });

  it("creates no role or user beside the one that is there", () => {
    expect(reach({ [`${ROLE}/Deployer`]: ["create"] })).toEqual([]);
    expect(reach({ [`${ROLE}/Other`]: ["create"] })).toEqual(["administer certain"]);
    expect(reach({ "auth/userpass/users/Alice": ["create"] })).toEqual([]);
    expect(reach({ "auth/userpass/users/Alice": UPDATE })).toEqual(["administer certain"]);
    expect(reach({ "auth/userpass/users/Other": ["create"] })).toEqual(["administer certain"]);
  });
});

describe("an AppRole that asks for no secret id any more", () => {
  const bound = { token_bound_cidrs: ["10.0.0.0/8"] };
  const waive = { [`${ROLE}/deployer/bind-secret-id`]: UPDATE };
  const knowing = "share conditional with the role id of auth/approle/deployer";

  it("lets in who knows its role id, from the networks that it is bound to", () => {
    expect(reach(waive, bound)).toEqual([`${knowing} from 10.0.0.0/8`]);
    expect(reach({ [`${ROLE}/Deployer/bind-secret-id`]: UPDATE }, bound)).toEqual([
      `${knowing} from 10.0.0.0/8`,
    ]);
  });

  it("must be bound to networks, now or by the same hand", () => {
    expect(reach(waive)).toEqual([]);
    for (const list of ["token-bound-cidrs", "secret-id-bound-cidrs", "bound-cidr-list"])
      expect(reach({ ...waive, [`${ROLE}/deployer/${list}`]: UPDATE })).toEqual([knowing]);
    expect(reach({ [`${ROLE}/deployer/token-bound-cidrs`]: UPDATE })).toEqual([]);
  });

  it.each(["read", "update"])("lets in whoever may %s the role id too", (capability) => {
    const id = { [`${ROLE}/Deployer/role-id`]: [capability] };
    expect(reach({ ...waive, ...id, [`${ROLE}/+/token-bound-cidrs`]: UPDATE })).toEqual(CERTAIN);
    expect(reach(id)).toEqual([]);
  });

  it("matters not beside a secret id that may be issued", () => {
    expect(reach({ ...waive, [`${ROLE}/deployer/secret-id`]: UPDATE }, bound)).toEqual([
      "share conditional from 10.0.0.0/8",
    ]);
  });
});

describe("an AppRole that asks for no secret id", () => {
  const open = { bounds: {}, token_bound_cidrs: ["10.0.0.0/8"] };
  const at = (part: string, ...capabilities: string[]) => ({ [`${ROLE}/deployer/${part}`]: capabilities });
  const network = "share conditional from 10.0.0.0/8";
  const knowing = "share conditional with the role id of auth/approle/deployer";

  it.each(["read", "update"])("lets in whoever may %s its role id, from its networks", (capability) => {
    expect(reach(at("role-id", capability), open)).toEqual([network]);
    expect(reach({ [`${ROLE}/DEPLOYER/role-id`]: [capability] }, open)).toEqual([network]);
    expect(reach(at("role-id", "create", "delete"), open)).toEqual([]);
  });

  it("lets in whoever may read its role id, whatever parameters a rule allows in writing", () => {
    const rules = `path "${ROLE}/deployer/role-id" { capabilities = ["read"] allowed_parameters = { "x" = [] } }`;
    expect(reach(rules, { bounds: {} })).toEqual(CERTAIN);
  });

  it("lets in who knows its role id, and may widen its networks", () => {
    const ofSecretIds = { bounds: {}, secret_id_bound_cidrs: ["10.0.0.0/8"] };
    expect(reach(at("token-bound-cidrs", "update"), open)).toEqual([`${knowing} from 10.0.0.0/8`]);
    expect(reach({ [`${ROLE}/Deployer/token-bound-cidrs`]: UPDATE }, open)).toHaveLength(1);
    expect(reach(at("secret-id-bound-cidrs", "update"), open)).toEqual([]);
    expect(reach(at("token-bound-cidrs", "update"), ofSecretIds)).toEqual([]);
    for (const list of ["secret-id-bound-cidrs", "bound-cidr-list"])
      expect(reach(at(list, "update"), ofSecretIds)).toEqual([`${knowing} from 10.0.0.0/8`]);
  });

  it("keeps its last list of networks", () => {
    const both = { ...open, secret_id_bound_cidrs: ["10.1.0.0/16"] };
    expect(reach(at("token-bound-cidrs", "delete"), open)).toEqual([]);
    expect(reach(at("token-bound-cidrs", "delete"), both)).toEqual([
      `${knowing} from 10.0.0.0/8, 10.1.0.0/16`,
    ]);
  });

  it("keeps its last list no longer where the same hand fills the other", () => {
    const ofSecretIds = { bounds: {}, secret_id_bound_cidrs: ["10.0.0.0/8"] };
    const opened = [`${knowing} from 10.0.0.0/8`];
    for (const list of ["secret-id-bound-cidrs", "bound-cidr-list"]) {
      expect(reach({ ...at(list, "update"), ...at("token-bound-cidrs", "delete") }, open)).toEqual(opened);
      expect(reach({ ...at(list, "delete"), ...at("token-bound-cidrs", "update") }, ofSecretIds)).toEqual(
        opened,
      );
      expect(reach(at(list, "delete"), ofSecretIds)).toEqual([]);
      expect(reach({ ...at(list, "delete"), ...at("token-bound-cidrs", "delete") }, open)).toEqual([]);
    }
  });

  it("is not opened by lists of networks that keep nobody out", () => {
    const every = { bounds: {}, token_bound_cidrs: ["0.0.0.0/0"] };
    expect(reach(at("token-bound-cidrs", "update"), every)).toEqual([]);
  });

  it("gives nobody more where anyone can come in", () => {
    expect(reach(at("role-id", "read", "update"), { bounds: {}, unauthenticated: true })).toEqual([]);
  });

  it("issues no secret id, and asks for no less than before", () => {
    for (const part of ["secret-id", "custom-secret-id", "bind-secret-id"])
      expect(reach(at(part, "update"), open)).toEqual([]);
  });
});
