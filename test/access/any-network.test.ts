import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

/** The conditions on which an AppRole with these bounds reads the one secret. */
function conditions(own: object): readonly string[] {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "a")
    .policy("all", 'path "kv/data/*" { capabilities = ["read"] }')
    .method("auth/approle/", "approle", "ar")
    .role("auth/approle/", "app", { method: "approle", policies: ["all"], ...own })
    .set();
  const grants = computeGrants(facts, { takenAt: "2026-09-30T06:00:00Z" }).whoCan(idOf("kv/a"), "read");
  return grants.flatMap((grant) => grant.conditions);
}

describe("a bound to networks is a condition", () => {
  it.each<[string, object, string[]]>([
    ["where it keeps somebody out", { token_bound_cidrs: ["10.0.0.0/8"] }, ["from 10.0.0.0/8"]],
    ["and none where it is any network", { token_bound_cidrs: ["0.0.0.0/0"] }, []],
    ["and none where any network is among them", { token_bound_cidrs: ["10.0.0.0/8", "0.0.0.0/0"] }, []],
    [
      "of each list by itself",
      { token_bound_cidrs: ["0.0.0.0/0"], secret_id_bound_cidrs: ["10.0.0.0/8"] },
      ["from 10.0.0.0/8"],
    ],
    ["and told where it is no network", { token_bound_cidrs: ["office"] }, ["from office"]],
  ])("%s", (_what, own, expected) => {
    expect(conditions(own)).toEqual(expected);
  });
});
