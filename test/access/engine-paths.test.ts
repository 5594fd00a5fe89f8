import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

/** Requests of engines, each with what it is to the thing. What they ask for was tried on a real Vault 1.21. */
const THINGS = {
  kv1: "old/a",
  kv2: "kv/a",
  key: "transit/keys/k",
  certificates: "pki/roles/r",
  static: "db/static-roles/app",
} as const;

function reach(thing: keyof typeof THINGS, rules: Readonly<Record<string, readonly string[]>>): string[] {
  const text = Object.entries(rules)
    .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
    .join("\n");
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "a")
    .mount("old/", "kv", "1")
    .secret("old/", "a")
    .key("transit/", "k")
    .certificateRole("pki/", "r")
    .secret("db/", "app", "database_static_role")
    .policy("p", text)
    .token("t", { policies: ["p"] });
  const id = thing === "static" ? "db/app" : THINGS[thing];
  return computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" })
    .path(idOf("auth/token/accessor/t"), idOf(id))
    .flatMap(({ actions, certainty, conditions }) =>
      actions.map((action) => [action, certainty, ...conditions].join(" ")),
    )
    .sort();
}

const FIRST = "write conditional nothing is stored there yet";

describe("creating what may be deleted first", () => {
  it.each([
    ["kv1", { "old/a": ["create", "delete"] }, ["delete certain", "write certain"]],
    ["kv1", { "old/a": ["create"] }, [FIRST]],
    ["kv2", { "kv/data/a": ["create"], "kv/metadata/a": ["delete"] }, ["delete certain", "write certain"]],
    ["kv2", { "kv/data/a": ["create", "delete"] }, ["delete certain", FIRST]],
    ["kv2", { "kv/data/a": ["create"], "kv/destroy/a": ["update"] }, ["delete certain", FIRST]],
    ["static", { "db/static-roles/app": ["create", "delete"] }, ["delete certain", "write certain"]],
  ] as const)("%s with %j: %j", (thing, rules, expected) => {
    expect(reach(thing, rules)).toEqual(expected);
  });
});

describe("requests by which a key is taken or given", () => {
  it.each([
    ["transit/restore/k", "write"],
    ["transit/restore", "write"],
    ["transit/rewrap/k", "write"],
    ["transit/datakey/wrapped/k", "write"],
    ["transit/keys/k/set-certificate", "write"],
    ["transit/keys/k/csr", "write"],
    ["transit/cmac/k", "write"],
  ])("%s: %s", (path, action) => {
    expect(reach("key", { [path]: ["update"] })).toEqual([`${action} certain`]);
    expect(reach("key", { [path]: ["create"] })).toEqual([]);
  });

  it("are those of the key, not of another", () => {
    expect(reach("key", { "transit/restore/other": ["update"] })).toEqual([]);
  });

  it.each(["transit/byok-export/theirs/k", "transit/byok-export/theirs/k/3", "transit/export/cmac-key/k/2"])(
    "%s reads",
    (path) => expect(reach("key", { [path]: ["read"] })).toEqual(["read certain"]),
  );
});

describe("requests of an authority", () => {
  it.each([
    "pki/root/generate/internal",
    "pki/root/rotate/exported",
    "pki/root/rotate/internal",
    "pki/root/replace",
    "pki/issuers/generate/root/existing",
    "pki/issuers/generate/intermediate/kms",
    "pki/intermediate/generate/exported",
    "pki/intermediate/set-signed",
    "pki/issuers/import/bundle",
    "pki/issuers/import/cert",
    "pki/keys/generate/exported",
    "pki/keys/import",
    "pki/config/ca",
    "pki/config/keys",
    "pki/config/issuers",
  ])("%s decides what roles issue by", (path) => {
    expect(reach("certificates", { [path]: ["update"] })).toEqual(["write certain"]);
    expect(reach("certificates", { [path]: ["create", "read"] })).toEqual([]);
  });

  it("sign for others", () => {
    expect(reach("certificates", { "pki/root/sign-self-issued": ["update"] })).toEqual([]);
    expect(reach("certificates", { "pki/root/sign-self-issued": ["update", "sudo"] })).toEqual([
      "share certain",
    ]);
    expect(reach("certificates", { "pki/issuer/prod/sign-self-issued": ["update"] })).toEqual([
      "share certain",
    ]);
  });

  it.each(["pki/config/acme", "pki/config/est", "pki/config/scep", "pki/config/cmp"])(
    "%s lets clients come without a token",
    (path) => expect(reach("certificates", { [path]: ["update"] })).toEqual(["share certain"]),
  );

  it.each([
    "pki/acme/new-eab",
    "pki/roles/r/acme/new-eab",
    "pki/issuer/prod/acme/new-eab",
    "pki/issuer/prod/roles/r/acme/new-eab",
  ])("%s gives a client its credential", (path) => {
    const conditional = "share conditional the mount lets clients enrol by themselves";
    expect(reach("certificates", { [path]: ["update"] })).toEqual([conditional]);
  });

  it("change one issuer, by which a role may issue", () => {
    const by = "the role issues by it";
    for (const capability of ["update", "patch"])
      expect(reach("certificates", { "pki/issuer/prod": [capability] })).toEqual([`write conditional ${by}`]);
    expect(reach("certificates", { "pki/issuer/prod": ["delete"] })).toEqual([`delete conditional ${by}`]);
    expect(reach("certificates", { "pki/issuer/prod/revoke": ["update"] })).toEqual([
      `delete conditional ${by}`,
    ]);
    expect(reach("certificates", { "pki/key/k1": ["delete"] })).toEqual([`delete conditional ${by}`]);
    expect(reach("certificates", { "pki/root": ["delete"] })).toEqual([]);
    expect(reach("certificates", { "pki/root": ["delete", "sudo"] })).toEqual(["delete certain"]);
  });
});

describe("a connection of the database engine", () => {
  it("is behind the roles that name it", () => {
    const of = "the role is of that connection";
    expect(reach("static", { "db/config/pg": ["update"] })).toEqual([`write conditional ${of}`]);
    expect(reach("static", { "db/config/pg": ["delete"] })).toEqual([`delete conditional ${of}`]);
    expect(reach("static", { "db/config/pg": ["read"] })).toEqual([]);
  });
});

describe("the capability to recover", () => {
  it("writes what a snapshot holds", () => {
    const recovered = "write conditional a loaded snapshot of the store holds it";
    expect(reach("kv1", { "old/a": ["recover"] })).toEqual([recovered]);
    expect(reach("static", { "db/static-roles/app": ["recover"] })).toEqual([recovered]);
    expect(reach("kv2", { "kv/data/a": ["recover"] })).toEqual([]);
  });
});

describe("disabling the mount", () => {
  it.each([
    [{ "sys/mounts/kv": ["delete"] }, ["delete certain"]],
    [{ "sys/mounts/kv/": ["delete"] }, ["delete certain"]],
    [{ "sys/mounts/*": ["delete"], "sys/mounts/kv": ["deny"] }, ["delete certain"]],
    [{ "sys/mounts/*": ["delete"], "sys/mounts/kv": ["deny"], "sys/mounts/kv/": ["deny"] }, []],
    [{ "sys/mounts/old": ["delete"] }, []],
    [{ "sys/mounts": ["delete"] }, []],
  ])("with %j: %j", (rules, expected) => {
    expect(reach("kv2", rules)).toEqual(expected);
  });
});
