import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

/** What somebody of the root namespace, who administers one below, has in the root namespace. */
function reach(rules: string, namespaces: readonly string[], policies: readonly string[] = []): string[] {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "pay")
    .method("auth/token/", "token", "tok")
    .method("auth/approle/", "approle", "ar")
    .policy("payread", 'path "kv/data/pay" { capabilities = ["read"] }')
    .policy("denypay", 'path "kv/data/pay" { capabilities = ["deny"] }')
    .policy("team", 'path "team/sys/policies/acl/*" { capabilities = ["update"] }')
    .policy("p", rules)
    .role("auth/approle/", "app", { method: "approle", policies: ["payread"] })
    .roleAlias("auth/approle/", "app", "app-id")
    .token("t", { policies: ["p", "team", ...policies] });
  for (const path of namespaces) facts.namespace(path);
  return computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" })
    .path(idOf("auth/token/accessor/t"), idOf("kv/pay"))
    .flatMap(({ actions, certainty }) => actions.map((action) => `${action} ${certainty}`));
}

const ADMINISTERS_TEAM = ["team/"];

describe("who administers a namespace below", () => {
  it.each([
    [
      "mints for a role",
      'path "auth/approle/role/app/secret-id" { capabilities = ["update"] }',
      [],
      "share certain",
    ],
    [
      "deletes what denies",
      'path "sys/policies/acl/denypay" { capabilities = ["delete"] }',
      ["payread", "denypay"],
      "administer certain",
    ],
    [
      "leaves a policy that denies out of a child token",
      'path "auth/token/create" { capabilities = ["update"] }',
      ["payread", "denypay"],
      "read conditional",
    ],
  ])("%s above", (_what, rules, policies, expected) => {
    expect(reach(rules, [], policies)).toEqual([expected]);
    expect(reach(rules, ADMINISTERS_TEAM, policies)).toEqual([expected]);
  });

  it("has nothing above by that", () => {
    expect(reach("", ADMINISTERS_TEAM)).toEqual([]);
  });
});

describe("who writes policies of a namespace in another", () => {
  it("administers it", () => {
    const facts = new EstateFacts()
      .namespace("a/")
      .namespace("a/b/")
      .policy("p", 'path "a/b/sys/policies/acl/*" { capabilities = ["update"] }')
      .token("t", { policies: ["p"] });
    const model = computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });
    expect(model.access(idOf("auth/token/accessor/t")).administers).toBe(true);
  });
});
