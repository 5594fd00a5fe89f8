import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { byteText, covering, patternOf } from "../../src/access/hashicorp/pattern.ts";
import { widened } from "../../src/access/hashicorp/widened.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

const ROLE = idOf("auth/jwt/role/app");

/** A role that lets in whom an issuer vouches for, with one rule. */
function model(path: string, product = "vault") {
  const facts = new EstateFacts(product)
    .mount("team/kv/")
    .secret("team/kv/", "app/db")
    .method("auth/jwt/", "jwt", "jw")
    .policy("p", `path "${path}" { capabilities = ["read"] }`)
    .role("auth/jwt/", "app", { method: "jwt", policies: ["p"] });
  return computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });
}

const certainties = (path: string, product?: string): string[] =>
  model(path, product)
    .whoCan(idOf("team/kv/app/db"))
    .map(({ certainty }) => certainty);

describe("a template that nobody has filled in yet", () => {
  it.each([
    "{{identity.entity.metadata.mount}}/data/*",
    "{{identity.entity.metadata.mount}}/data/app/db",
    "{{identity.entity.metadata.all}}",
    "{{identity.entity.metadata.all}}/*",
    "team/kv/data/{{identity.entity.name}}",
    "{{identity.entity.name}}/data/{{identity.entity.name}}",
    "{{identity.entity.name}}/kv/{{identity.entity.name}}/{{identity.entity.name}}/db",
    "team/kv/data/+{{identity.entity.name}}",
    "tea{{identity.entity.metadata.rest}}/db",
  ])("may bring several segments: %s", (path) => {
    expect(certainties(path)).toEqual(["conditional"]);
    expect(model(path).mayReach(ROLE, "team/kv/")).toBe(true);
  });

  it.each([
    "{{identity.entity.metadata.mount}}/metadata/app",
    "{{identity.entity.id}}/data/*",
    "{{identity.groups.names.app.id}}/data/app/db",
    "kv/data/{{identity.entity.name}}",
  ])("brings no more than it could: %s", (path) => {
    expect(certainties(path)).toEqual([]);
  });

  it("brings one segment alone in OpenBao, which drops a rule with more", () => {
    expect(certainties("{{identity.entity.metadata.mount}}/data/*", "openbao")).toEqual([]);
    expect(certainties("team/{{identity.entity.metadata.mount}}/data/*", "openbao")).toEqual(["conditional"]);
  });

  it("covers whatever values make of it", () => {
    const value = fc
      .array(fc.constantFrom("a", "kv", "data", "é", ""), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join("/"));
    const part = fc.constantFrom("a", "kv", "data", "x-{{v}}", "{{v}}", "{{identity.entity.name}}");
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        value,
        fc.boolean(),
        (parts, filled, open) => {
          const path = ["kv", ...parts, ...(open ? ["*"] : [])].join("/");
          const request = byteText(path.replace(/\*$/, "rest").replaceAll(/\{\{.*?\}\}/g, () => filled));
          const patterns = widened(path, "vault").flatMap((one) => patternOf(one) ?? []);
          expect(covering(patterns, request)).not.toEqual([]);
        },
      ),
    );
  });
});
