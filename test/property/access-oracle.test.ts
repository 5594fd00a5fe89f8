import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeGrants, simulate, type GrantAction, type WorldAnswer } from "../../src/access/index.ts";
import { CountersignError } from "../../src/base/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { byteText, covering, patternOf, type Pattern } from "../../src/access/hashicorp/pattern.ts";
import { PatternIndex } from "../../src/access/hashicorp/pattern-index.ts";
import { EstateFacts, idOf } from "../access/estate-facts.ts";
import { mutatedPolicyText } from "../access/policy-texts.ts";
import {
  plainNaming,
  policyText,
  ruleArbitrary,
  worldOf,
  worldSpecArbitrary,
  type RuleSpec,
  type WorldSpec,
} from "../access/worlds.ts";

const worlds = worldSpecArbitrary(12, false);
const dialects = fc.constantFrom<"vault" | "openbao">("vault", "openbao");

function answers(
  spec: WorldSpec,
  dialect: "vault" | "openbao",
  change: (world: World) => unknown = (world) => world,
): WorldAnswer[] {
  const world = worldOf(spec, plainNaming(spec), dialect);
  const policies = Object.fromEntries(
    Object.entries(world.policies).map(([name, text]) => [
      name,
      dialect === "openbao" ? text.replaceAll(/"(recover|subscribe)"/g, '"scan"') : text,
    ]),
  );
  return [...simulate(change({ ...world, policies }), { parsePolicy })];
}

type World = ReturnType<typeof worldOf>;

describe("decisions", () => {
  it("do not depend on the order in which policies are held", () => {
    fc.assert(
      fc.property(worlds, dialects, (spec, dialect) => {
        const turned = {
          ...spec,
          tokenPolicies: [...spec.tokenPolicies].reverse(),
          entityPolicies: [...spec.entityPolicies].reverse(),
        };
        const shape = (all: WorldAnswer[]) =>
          all.map(({ decision, explicit_deny, capabilities, sudo }) => ({
            decision,
            explicit_deny,
            capabilities,
            sudo,
          }));
        expect(shape(answers(turned, dialect))).toEqual(shape(answers(spec, dialect)));
      }),
      { numRuns: 300 },
    );
  });

  it("a deny on the very path wins over whatever else is held", () => {
    fc.assert(
      fc.property(worlds, dialects, (spec, dialect) => {
        const path = spec.paths[0] ?? "a";
        // A star at the end or a plus would make the rule a wildcard, both together no rule at all.
        // Of slashes at its beginning a rule loses one and a request all.
        fc.pre(!path.startsWith("//"));
        fc.pre(!path.endsWith("*") && !path.includes("/+") && !path.startsWith("+") && !path.includes("+*"));
        const denied = answers(spec, dialect, (world) => ({
          ...world,
          policies: { ...world.policies, stop: policyText([{ path, capabilities: ["deny"] }]) },
          tokens: { t: { ...world.tokens.t, policies: [...world.tokens.t.policies, "stop"] } },
          questions: [{ id: "q", token: "t", path }],
        }));
        expect(denied[0]).toMatchObject({ decision: "deny", capabilities: ["deny"] });
      }),
      { numRuns: 300 },
    );
  });

  it("more capabilities in a rule never take one away", () => {
    fc.assert(
      fc.property(worlds, (spec) => {
        const wider = Object.fromEntries(
          Object.entries(spec.policies).map(([name, rules]) => [name, rules.map((rule) => widened(rule))]),
        );
        const before = answers(spec, "vault");
        const after = answers({ ...spec, policies: wider }, "vault");
        for (const [index, answer] of before.entries()) {
          const capabilities = (answer.capabilities ?? []).filter((one) => one !== "deny");
          expect(after[index]?.capabilities).toEqual(expect.arrayContaining(capabilities));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("an unread policy leaves only a deny on the very path certain", () => {
    fc.assert(
      fc.property(worlds, dialects, (spec, dialect) => {
        const unread = answers(spec, dialect, (world) => ({
          ...world,
          policies: { ...world.policies, dark: { unreadable: true } },
          tokens: { t: { ...world.tokens.t, policies: [...world.tokens.t.policies, "dark"] } },
        }));
        for (const answer of unread) {
          const stands = answer.explicit_deny && answer.because.every((one) => one.effect === "Deny");
          if (!stands && answer.reason === undefined) expect(answer.certainty).toBe("possible");
        }
      }),
      { numRuns: 300 },
    );
  });
});

function widened({ path, capabilities }: RuleSpec): RuleSpec {
  return {
    path,
    capabilities: capabilities.includes("deny") ? capabilities : [...capabilities, "read", "list"],
  };
}

describe("the index over patterns", () => {
  it("finds what a look at every single one finds, in the same order", () => {
    const segment = fc.constantFrom("a", "b", "ab", "+", "+a", "é", "");
    const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(
        fc.array(ruleArbitrary, { maxLength: 30 }),
        fc.array(path, { minLength: 1, maxLength: 10 }),
        (rules, paths) => {
          const patterns = rules.map((rule) => patternOf(rule.path)).filter((one) => one !== undefined);
          const distinct = [...new Map(patterns.map((one) => [one.key, one])).values()];
          const index = new PatternIndex(distinct);
          const keys = (found: readonly (Pattern | undefined)[]) => found.map((one) => one?.key);
          for (const text of paths.map(byteText)) {
            const found = [...index.exact(text), ...index.wildcards(text)].map(
              (number) => index.patterns[number],
            );
            expect(keys(found)).toEqual(keys(covering(distinct, text)));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("grants", () => {
  const OPERATIONS: readonly (readonly [GrantAction, string, string])[] = [
    ["read", "read", "{name}"],
    ["write", "update", "{name}"],
    ["delete", "delete", "{name}"],
    ["list", "list", "{folder}"],
  ];

  it("of tokens say what single questions say", () => {
    const name = fc
      .array(fc.constantFrom("a", "b", "ab", "abc"), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join("/"));
    const rules = fc.array(
      ruleArbitrary.map((rule) => ({ ...rule, path: `m/${rule.path.replace(/^\//, "")}` })),
      { maxLength: 6 },
    );
    const texts = fc.array(rules.map(policyText), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(texts, fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), (policies, secrets) => {
        const facts = new EstateFacts().mount("m/", "kv", "1");
        for (const secret of secrets) facts.secret("m/", secret);
        for (const [index, text] of policies.entries()) facts.policy(`p${index}`, text);
        const held = policies.map((_, index) => `p${index}`);
        const model = computeGrants(facts.token("t", { policies: held }).set(), {
          takenAt: "2026-09-30T06:00:00Z",
        });
        for (const secret of secrets) {
          const grants = model.path(idOf("auth/token/accessor/t"), idOf(`m/${secret}`));
          const certain = new Set(
            grants.filter((grant) => grant.certainty === "certain").flatMap((grant) => grant.actions),
          );
          for (const [action, operation, template] of OPERATIONS) {
            const folder = secret.slice(0, secret.lastIndexOf("/") + 1);
            const path = `m/${template.replace("{name}", secret).replace("{folder}", folder)}`;
            const allows = (asked: string): boolean =>
              ask(policies, held, asked, path)[0]?.decision === "allow";
            // What is deleted first is created anew.
            const allowed = allows(operation) || (action === "write" && allows("create") && allows("delete"));
            expect({ action, path, allowed: certain.has(action) }).toEqual({ action, path, allowed });
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  function ask(
    policies: readonly string[],
    held: readonly string[],
    operation: string,
    path: string,
  ): WorldAnswer[] {
    const world = {
      format: "countersign-world/1",
      provider: "hashicorp",
      policies: Object.fromEntries(policies.map((text, index) => [`p${index}`, text])),
      tokens: { t: { policies: held } },
      questions: [{ token: "t", operation, path }],
    };
    return [...simulate(world, { parsePolicy })];
  }
});

describe("the parser", () => {
  const texts = fc.oneof(
    mutatedPolicyText,
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.string({ maxLength: 200 }),
  );

  it("answers or says E_HCL, whatever the text", () => {
    fc.assert(
      fc.property(texts, dialects, (text, dialect) => {
        try {
          parsePolicy(text, { name: "p", dialect });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(CountersignError);
          expect(thrown).toMatchObject({ code: "E_HCL" });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("reads what it is given back", () => {
    fc.assert(
      fc.property(fc.array(ruleArbitrary, { maxLength: 8 }), (rules) => {
        const parsed = parsePolicy(policyText(rules), { name: "p" }).rules;
        expect(parsed.map((rule) => rule.path)).toEqual(rules.map((rule) => rule.path));
        expect(parsed.map((rule) => rule.line)).toEqual(rules.map((_, index) => 1 + 4 * index));
      }),
    );
  });
});
