import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { simulate, type WorldAnswer } from "../../src/access/index.ts";
import { CountersignError } from "../../src/base/index.ts";
import { parseDocument } from "../../src/access/aws/document.ts";
import { all, any, conclude, not, standing, unclear, type Formula } from "../../src/access/aws/formula.ts";
import { ANY_MANY, ANY_ONE, Glob, matchesWithinSegments } from "../../src/access/glob.ts";
import { naiveAnswer } from "../access/aws-naive.ts";
import { awsSpecs, awsWorldOf, type AwsSpec } from "../access/aws-worlds.ts";

const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? {} : { seed: 20261126 };
const few = (count: number) => ({ ...RUNS, numRuns: SLOW ? count * 20 : count });

type Json = Readonly<Record<string, unknown>>;

function answer(spec: AwsSpec, change: (world: Json) => Json = (world) => world): WorldAnswer {
  const [only] = [...simulate(change(awsWorldOf(spec)), { parsePolicy: () => ({ rules: [] }) })];
  return only!;
}

const TIMEOUT = { timeout: SLOW ? 3_600_000 : 120_000 };

describe("decisions", TIMEOUT, () => {
  it("agree with an evaluator that was written apart", () => {
    const seen = { allow: 0, deny: 0, explicit: 0, unsure: 0 };
    fc.assert(
      fc.property(awsSpecs, (spec) => {
        const got = answer(spec);
        if (got.certainty !== "certain") {
          seen.unsure += 1;
          return;
        }
        seen[got.explicit_deny ? "explicit" : got.decision] += 1;
        expect(got.decision).toBe(naiveAnswer(awsWorldOf(spec)));
      }),
      { ...RUNS, numRuns: SLOW ? 100_000 : 2_000 },
    );
    const total = seen.allow + seen.deny + seen.explicit + seen.unsure;
    // Everything is known in these worlds: what is left unsure is in dispute.
    expect(seen.unsure / total).toBeLessThan(0.1);
    expect(seen.allow / total).toBeGreaterThan(0.1);
    expect(seen.explicit / total).toBeGreaterThan(0.05);
  });

  /** A certain deny stays one, and what is surely allowed afterwards was so before. */
  function expectNoMore(before: WorldAnswer, after: WorldAnswer): void {
    if (before.certainty === "certain" && before.decision === "deny")
      expect(after).toMatchObject({ certainty: "certain", decision: "deny" });
    if (after.certainty === "certain" && after.decision === "allow")
      expect(before).toMatchObject({ certainty: "certain", decision: "allow" });
  }

  const DENY = { Effect: "Deny", Action: "*", Resource: "*" };

  it("a deny more never grants", () => {
    fc.assert(
      fc.property(awsSpecs, fc.constantFrom(...LAYERS), fc.boolean(), (spec, layer, conditional) => {
        const condition = conditional ? { Condition: { Null: { "aws:SourceIp": "true" } } } : {};
        const more = withDocument(spec, layer, {
          Version: "2012-10-17",
          Statement: { ...DENY, ...(NAMED.has(layer) ? { Principal: "*" } : {}), ...condition },
        });
        expectNoMore(answer(spec), answer(more));
      }),
      few(400),
    );
  });

  it("an allow less never grants", () => {
    fc.assert(
      fc.property(awsSpecs, fc.constantFrom(...LAYERS), fc.nat(), (spec, layer, at) => {
        expectNoMore(answer(spec), answer(withoutAllow(spec, layer, at)));
      }),
      few(400),
    );
  });

  it("the order of documents, statements and values does not matter", () => {
    fc.assert(
      fc.property(awsSpecs, (spec) => {
        const unordered = ({ because, conditions, ...rest }: WorldAnswer) => ({
          ...rest,
          conditions: [...conditions].sort(),
          because: because.length,
        });
        expect(unordered(answer(turned(spec) as AwsSpec))).toEqual(unordered(answer(spec)));
      }),
      few(400),
    );
  });

  it("what becomes unreadable never makes another certain answer", () => {
    const paths = fc.constantFrom(...GAPS);
    fc.assert(
      fc.property(awsSpecs, fc.array(paths, { minLength: 1, maxLength: 3 }), (spec, gaps) => {
        const before = answer(spec);
        const after = answer(spec, (world) => gaps.reduce(unreadableAt, world));
        if (after.certainty !== "certain") expect(after.conditions).not.toHaveLength(0);
        else if (before.certainty === "certain") expect(after.decision).toBe(before.decision);
      }),
      few(600),
    );
  });

  it("context that becomes unknown never makes another certain answer", () => {
    const keys = fc.subarray(
      ["aws:SourceIp", "AWS:RequestTag/K", "aws:TagKeys", "aws:PrincipalTag/team", "aws:PrincipalArn"],
      { minLength: 1 },
    );
    fc.assert(
      fc.property(awsSpecs, keys, (spec, unknown) => {
        const before = answer(spec);
        const after = answer(spec, (world) => {
          const [question] = world["questions"] as [Json];
          return { ...world, questions: [{ ...question, unknown_context: unknown }] };
        });
        if (after.certainty === "certain" && before.certainty === "certain")
          expect(after.decision).toBe(before.decision);
        // Best case: what is allowed with the context as it is, is allowed under conditions.
        if (before.certainty === "certain" && before.decision === "allow")
          expect(after.decision).toBe("allow");
      }),
      few(600),
    );
  });
});

const LAYERS = ["identity", "boundary", "session", "endpoint", "scps", "rcps", "policy"] as const;
type Layer = (typeof LAYERS)[number];
const NAMED = new Set<Layer>(["endpoint", "rcps", "policy"]);

function withDocument(spec: AwsSpec, layer: Layer, document: Json): AwsSpec {
  if (layer === "policy") {
    const statements = [...(spec.policy["Statement"] as readonly Json[]), document["Statement"]];
    return { ...spec, policy: { ...spec.policy, Statement: statements } };
  }
  const levelled = layer === "scps" || layer === "rcps";
  const given = spec[layer];
  // What was not there at all did not limit; a lone deny there would be a limit of its own.
  const full = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      ...(NAMED.has(layer) ? { Principal: "*" } : {}),
    },
  };
  if (levelled) return { ...spec, [layer]: [...(given ?? []), [full, document]] };
  return { ...spec, [layer]: given === undefined ? [full, document] : [...given, document] };
}

function withoutAllow(spec: AwsSpec, layer: Layer, at: number): AwsSpec {
  const kept = (document: Json): Json => {
    const statements = [document["Statement"]].flat() as readonly Json[];
    const allows = statements.filter((one) => one["Effect"] === "Allow");
    const dropped = allows[at % Math.max(1, allows.length)];
    return { ...document, Statement: statements.filter((one) => one !== dropped) };
  };
  if (layer === "policy") return { ...spec, policy: kept(spec.policy) };
  if (layer === "scps" || layer === "rcps")
    return spec[layer] === undefined
      ? spec
      : { ...spec, [layer]: spec[layer].map((level) => level.map(kept)) };
  return spec[layer] === undefined ? spec : { ...spec, [layer]: spec[layer].map(kept) };
}

/** Every list turned round, levels of an organisation included; sets of context values too. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(turned).reverse();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, turned(one)]));
}

const GAP = { unreadable: true };
const GAPS: readonly (readonly string[])[] = [
  ["accounts", "111122223333"],
  ["accounts", "111122223333", "scps"],
  ["accounts", "111122223333", "scps", "0"],
  ["accounts", "444455556666", "rcps"],
  ["accounts", "111122223333", "organization_id"],
  ["principals", "*"],
  ["principals", "*", "identity_policies"],
  ["principals", "*", "identity_policies", "0"],
  ["principals", "*", "permission_boundaries"],
  ["principals", "*", "tags"],
  ["resources", "*"],
  ["resources", "*", "policy"],
  ["resources", "*", "tags"],
  ["questions", "0", "endpoint_policies"],
  ["questions", "0", "session", "policies"],
];

/** The world with that part unreadable; the same where it has no such part. */
function unreadableAt(world: Json, path: readonly string[]): Json {
  return changed(world, path) as Json;
}

function changed(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return GAP;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const all: readonly unknown[] = value;
    return all.map((one, at) => (String(at) === key ? changed(one, rest) : one));
  }
  const entries = Object.entries(value as Json).map(([name, one]) =>
    name === key || key === "*" ? [name, changed(one, rest)] : [name, one],
  );
  return Object.fromEntries(entries) as Json;
}

describe("parts", TIMEOUT, () => {
  const ALPHABET = fc.constantFrom("a", "b", ":", "*", "?");
  const patterns = fc.array(ALPHABET, { maxLength: 8 });
  const texts = fc.array(fc.constantFrom("a", "b", ":"), { maxLength: 8 }).map((all) => all.join(""));
  const tokens = (pattern: readonly string[]) =>
    pattern.map((one) => (one === "*" ? ANY_MANY : one === "?" ? ANY_ONE : one.charCodeAt(0)));

  function alike(pattern: readonly string[], text: string, reach: (at: number) => boolean, at = 0): boolean {
    const head = pattern[at];
    if (head === undefined) return text === "";
    if (head === "*") {
      const further =
        text !== "" && (reach(at) || text[0] !== ":") && alike(pattern, text.slice(1), reach, at);
      return further || alike(pattern, text, reach, at + 1);
    }
    return text !== "" && (head === "?" || head === text[0]) && alike(pattern, text.slice(1), reach, at + 1);
  }

  it("a glob matches what plain recursion matches", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(new Glob(tokens(pattern)).matches(text)).toBe(alike(pattern, text, () => true));
      }),
      few(3_000),
    );
  });

  it("within segments a star reaches over a colon only from the end of its own", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const last = (at: number) => pattern[at + 1] === undefined || pattern[at + 1] === ":";
        expect(matchesWithinSegments(tokens(pattern), text)).toBe(alike(pattern, text, last));
      }),
      few(3_000),
    );
  });

  it("a pattern of many stars is matched in few steps", () => {
    const pattern = Array.from({ length: 2_000 }, () => "a*").join("");
    expect(new Glob(tokens(Array.from(pattern))).matches(`${"a".repeat(20_000)}b`)).toBe(true);
    expect(new Glob(tokens(Array.from(`${pattern}c`))).matches(`${"a".repeat(20_000)}b`)).toBe(false);
  });

  const leaves = fc.constantFrom<Formula>(
    true,
    false,
    standing("a"),
    standing("b"),
    standing("c"),
    unclear("p", "p", true),
    unclear("q", "q", false),
  );
  const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { depthSize: "small" },
      leaves,
      fc.array(tie("formula"), { maxLength: 3 }).map(all),
      fc.array(tie("formula"), { maxLength: 3 }).map(any),
      tie("formula").map(not),
    ),
  }));

  function worth(one: Formula, given: ReadonlySet<string>): boolean {
    if (typeof one === "boolean") return one;
    if ("all" in one) return one.all.every((part) => worth(part, given));
    if ("any" in one) return one.any.some((part) => worth(part, given));
    return "not" in one ? !worth(one.not, given) : given.has(one.id);
  }

  it("a formula is certain exactly where nothing that is open can turn it", () => {
    const ids = ["a", "b", "c", "p", "q"];
    const sets = ids.reduce<string[][]>((all, id) => [...all, ...all.map((one) => [...one, id])], [[]]);
    fc.assert(
      fc.property(formula, (one) => {
        const outcomes = new Set(sets.map((set) => worth(one, new Set(set))));
        const { holds, certainty } = conclude(one);
        expect(certainty === "certain").toBe(outcomes.size === 1);
        const best = sets.some((set) => set.includes("p") && !set.includes("q") && worth(one, new Set(set)));
        expect(holds).toBe(best);
      }),
      few(2_000),
    );
  });
});

describe("documents", TIMEOUT, () => {
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom("*", "", "arn:", "${", "${a", [], {}, null, 1e400),
  );

  it("parse, or are refused with their place", () => {
    const documents = awsSpecs.map(({ policy }) => policy);
    fc.assert(
      fc.property(documents, fc.array(fc.tuple(fc.nat(), junk), { maxLength: 3 }), (document, changes) => {
        const broken = changes.reduce<unknown>((value, [at, other]) => mutated(value, at, other), document);
        try {
          parseDocument(broken, "resource");
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(CountersignError);
          expect(thrown).toMatchObject({
            code: "E_IAM",
            message: expect.stringMatching(/^expected /) as string,
          });
        }
      }),
      few(2_000),
    );
  });

  /** One value somewhere in it becomes another. */
  function mutated(value: unknown, at: number, other: unknown): unknown {
    if (at % 5 === 0 || typeof value !== "object" || value === null) return other;
    const keys = Object.keys(value);
    const key = keys[at % Math.max(1, keys.length)];
    if (key === undefined) return other;
    const inner = mutated((value as Json)[key], Math.floor(at / 5), other);
    if (Array.isArray(value))
      return value.map((one: unknown, place) => (String(place) === key ? inner : one));
    return { ...value, [key]: inner };
  }
});
