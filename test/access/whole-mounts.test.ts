import { describe, expect, it } from "vitest";
import { computeGrants, type PrincipalAccess } from "../../src/access/index.ts";
import { EstateFacts, aliasOf, idOf } from "./estate-facts.ts";

const USER = idOf("auth/userpass/users/bert");
const EVERY = `capabilities = ["create", "read", "update", "delete", "list"]`;

function accessOf(facts: EstateFacts, id = USER): PrincipalAccess {
  return computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" }).access(id);
}

/** A user with one rule, where nothing in any engine was seen. */
function user(path: string): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .mount("team/kv/")
    .mount("old/", "kv", "1")
    .mount("transit/", "transit", "")
    .mount("database/", "database", "")
    .mount("pki/", "pki", "")
    .mount("cloud/", "aws", "")
    .mount("cubbyhole/", "cubbyhole", "")
    .mount("sys/", "system", "")
    .method("auth/userpass/", "userpass", "up")
    .policy("p", `path "${path}" { ${EVERY} }`)
    .role("auth/userpass/", "bert", {
      method: "userpass",
      role_type: "user",
      policies: ["p"],
      alias_name: "bert",
    });
}

describe("a rule over a whole mount", () => {
  it.each([
    ["*", 1],
    ["kv/*", 1],
    ["kv/data/+", 1],
    ["kv/data/app/*", 0],
    ["kv/metadata/*", 0],
    ["old/*", 1],
    ["old/app/*", 0],
    ["transit/*", 1],
    ["trans*", 1],
    ["transit/decrypt/*", 1],
    ["transit/export/+/*", 1],
    ["transit/decrypt/app", 0],
    ["transit/encrypt/*", 0],
    ["database/*", 1],
    ["database/creds/*", 1],
    ["database/static-creds/+", 1],
    ["database/creds/app-*", 0],
    ["pki/*", 1],
    ["pki/issue/*", 1],
    ["pki/issuer/+/sign/*", 1],
    ["pki/issuer/root/issue/*", 1],
    ["pki/issue/web", 0],
    ["cloud/*", 1],
    ["cloud/creds/*", 0],
    ["cubbyhole/*", 0],
    ["sys/*", 0],
  ])("counts by what the mount is, though none of it was seen: %s", (path, count) => {
    expect(accessOf(user(path)).wildcard_rule_count).toBe(count);
  });

  it.each([
    ["+/data/*", 1],
    ["+/da*", 1],
    ["team/+/data/+", 1],
    ["team/+/*", 1],
    ["+/kv/data/*", 1],
    ["+/+/data/*", 1],
    ["+/decrypt/+", 1],
    ["+/*", 1],
    ["+/creds/app", 0],
    ["+/data/app/*", 0],
    ["team/+/metadata/*", 0],
    ["team/+/data", 0],
  ])("counts with a + where the mount is named as well: %s", (path, count) => {
    expect(accessOf(user(path)).wildcard_rule_count).toBe(count);
  });

  it("counts by what templates are filled with", () => {
    const path = "{{identity.entity.metadata.mount}}/data/*";
    const bert = (mount: string) =>
      user(path).entity("bert", { labels: { mount }, aliases: [aliasOf("bert", "up")] });
    expect(accessOf(bert("team/kv"))).toMatchObject({
      wildcard_rules: [`p:1 ${path}`],
      perhaps_wildcard: true,
    });
    expect(accessOf(bert("elsewhere"))).toMatchObject({ wildcard_rule_count: 0, perhaps_wildcard: false });
  });

  it.each([
    ["{{identity.entity.metadata.mount}}/data/*", true],
    ["team/{{identity.entity.name}}/data/+", true],
    ["te{{identity.entity.metadata.rest}}/*", true],
    ["kv/data/{{identity.entity.name}}/*", false],
    ["old/{{identity.entity.name}}/*", false],
    ["{{identity.entity.metadata.mount}}/data/app", false],
  ])("is unknown where that depends on who logs in: %s", (path, perhaps_wildcard) => {
    expect(accessOf(user(path))).toMatchObject({ wildcard_rule_count: 0, perhaps_wildcard });
  });

  it("counts where the mounts could not be listed, and something in one was seen", () => {
    const facts = new EstateFacts()
      .secret("kv/", "a")
      .gap("sys/mounts", ["mount"])
      .policy("p", `path "kv/*" { ${EVERY} }`)
      .token("t", { policies: ["p"] });
    expect(accessOf(facts, idOf("auth/token/accessor/t")).wildcard_rule_count).toBe(1);
  });
});
