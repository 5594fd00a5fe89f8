import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { buildAcl } from "../../src/access/hashicorp/acl.ts";
import { decide } from "../../src/access/hashicorp/decide.ts";
import { byteText, covering, patternOf } from "../../src/access/hashicorp/pattern.ts";
import { widened } from "../../src/access/hashicorp/widened.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { EstateFacts, aliasOf, idOf } from "./estate-facts.ts";

const ROLE = idOf("auth/jwt/role/app");

const rule = (path: string, capability = "read"): string =>
  `path "${path}" { capabilities = ["${capability}"] }\n`;

/** A role that lets in whom an issuer vouches for, with one rule. */
function model(path: string, product = "vault") {
  return modelOf(rule(path), product);
}

function modelOf(rules: string, product = "vault") {
  const facts = new EstateFacts(product)
    .mount("team/kv/")
    .secret("team/kv/", "app/db")
    .method("auth/jwt/", "jwt", "jw")
    .policy("p", rules)
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

/** What whoever comes in by the role may perhaps read, and how certain that is. */
function reading(rules: string): string[] {
  return modelOf(rules)
    .whoCan(idOf("team/kv/app/db"), "read")
    .map(({ certainty }) => certainty);
}

describe("a template beside other rules", () => {
  const ITS = "team/kv/data/{{identity.entity.name}}/*";

  it.each([
    ["a longer rule that gives less", rule(ITS) + rule("team/kv/data/app/*", "list")],
    ["a longer rule that denies", rule(ITS) + rule("team/kv/data/app/*", "deny")],
    [
      "an exact rule that it may become",
      rule("team/kv/data/{{identity.entity.name}}/db") + rule("team/kv/data/app/db", "list"),
    ],
    [
      "a template that denies, since the two are filled differently",
      rule(ITS) + rule("team/kv/data/{{identity.entity.metadata.team}}/db", "deny"),
    ],
  ])("perhaps comes before %s", (_what, rules) => {
    expect(reading(rules)).toEqual(["possible"]);
    const [grant] = modelOf(rules).whoCan(idOf("team/kv/app/db"), "read");
    expect(grant?.conditions.at(-1)).toMatch(/, once filled in, may come before /);
    expect(modelOf(rules).access(ROLE)).toMatchObject({ readable_secret_count: 0, certainty: "possible" });
    expect(modelOf(rules).readers(idOf("team/kv/app/db"))).toMatchObject({ count: 0, possible_count: 1 });
  });

  it.each([
    ["an exact rule that denies", rule(ITS) + rule("team/kv/data/app/db", "deny")],
    ["an exact rule, where it ends in a star", rule(ITS) + rule("team/kv/data/app/db", "list")],
  ])("never comes before %s", (_what, rules) => {
    expect(reading(rules)).toEqual([]);
  });

  it("that denies takes nothing away from whom it does not fit", () => {
    expect(
      reading(rule("team/kv/data/app/*") + rule("team/kv/data/{{identity.entity.name}}/db", "deny")),
    ).toEqual(["certain"]);
  });

  it("perhaps administers, and mints credentials, by a path that a rule seems to deny", () => {
    const administers = rule("sys/policies/{{identity.entity.metadata.x}}/*", "update");
    const model = modelOf(administers + rule("sys/policies/acl/*", "deny"));
    expect(model.access(ROLE)).toMatchObject({ administers: false, certainty: "possible" });
    expect(
      model.whatCan(ROLE).map(({ actions, certainty }) => [actions.includes("administer"), certainty]),
    ).toContainEqual([true, "possible"]);
    const sure = modelOf(administers + rule("auth/*", "deny"));
    expect(sure.access(ROLE)).toMatchObject({ administers: true });
  });

  it("hides nobody whom any name would let in", () => {
    const paths = [
      "team/kv/data/app/*",
      "team/kv/data/app/db",
      "team/kv/*",
      "team/+/data/app/db",
      "team/kv/data/+/db",
    ];
    const open = [
      ITS,
      "team/kv/data/{{identity.entity.name}}/db",
      "team/{{identity.entity.name}}/*",
      "team/kv/data/{{identity.entity.name}}",
    ];
    const rules = fc.array(
      fc.tuple(fc.constantFrom(...paths, ...open), fc.constantFrom("read", "list", "deny")),
      { minLength: 1, maxLength: 4 },
    );
    const names = ["app", "db", "kv", "app/db", "kv/data/app", "x"];
    fc.assert(
      fc.property(rules, fc.constantFrom(...names), (given, name) => {
        const text = given.map(([path, capability]) => rule(path, capability)).join("");
        const entity = {
          id: "e",
          name,
          metadata: {},
          policies: [],
          disabled: false,
          groups: [],
          aliases: [],
        };
        const policies = [{ name: "p", rules: parsePolicy(text, { name: "p" }).rules }];
        const acl = buildAcl(policies, { dialect: "vault", identity: { entity, groups: [] } });
        const { allowed } = decide(acl, { operation: "read", path: "team/kv/data/app/db" });
        expect(allowed && reading(text).length === 0).toBe(false);
      }),
    );
  });
});

describe("a rule for a time", () => {
  const TIMED = "team/kv/data/{{time.now.minus.1h}}/x";
  const entity = (rules: string) =>
    computeGrants(
      new EstateFacts()
        .mount("team/kv/")
        .secret("team/kv/", "app/db")
        .method("auth/jwt/", "jwt", "jw")
        .policy("p", rules)
        .entity("ada", { policies: ["p"], aliases: [aliasOf("ada", "jw")] })
        .set(),
      { takenAt: "2026-09-30T06:00:00Z" },
    );
  const reads = (rules: string) =>
    entity(rules)
      .whoCan(idOf("team/kv/app/db"), "read")
      .map(({ certainty }) => certainty);

  it("takes away nothing that other rules give", () => {
    const rules = rule("team/kv/data/app/db") + rule(TIMED);
    expect(reads(rules)).toEqual(["certain"]);
    expect(reading(rules)).toEqual(["certain"]);
  });

  it("that denies, denies at its time alone", () => {
    const rules = rule("team/kv/data/app/*") + rule("team/kv/data/app/{{time.now}}", "deny");
    expect(reads(rules)).toEqual(["conditional"]);
    expect(reading(rules)).toEqual(["conditional"]);
  });

  it("perhaps comes before a rule that denies", () => {
    expect(reads(rule("team/kv/data/app/*", "deny") + rule("team/kv/data/{{time.now}}/db"))).toEqual([
      "possible",
    ]);
  });
});
