import { Type as TypeBox, type TSchema } from "@sinclair/typebox";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FACT_KINDS, factSchema } from "../../src/facts/index.ts";
import { Verdict } from "../../src/gate/index.ts";
import { Catalogue } from "../../src/policy/index.ts";
import { Type } from "../../src/schema/index.ts";

/** What is built by either: a schema of ours beside the same of TypeBox. */
type Both = readonly [TSchema, TSchema];

const both = (build: (type: typeof Type) => TSchema): Both => [build(Type), build(TypeBox)];
const options = fc.constantFrom({}, { description: "d" }, { additionalProperties: false });

const { schema } = fc.letrec<{ schema: Both }>((tie) => {
  const one = tie("schema");
  const several = fc.array(one, { minLength: 1, maxLength: 3 });
  const side = (all: readonly Both[], index: 0 | 1): TSchema[] => all.map((each) => each[index]);
  const properties = fc.dictionary(fc.constantFrom("a", "b", "c"), one, { noNullPrototype: true });
  const picked = (given: Record<string, Both>, index: 0 | 1): Record<string, TSchema> =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value[index]]));
  return {
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        both((type) => type.String({ maxLength: 3 })),
        both((type) => type.Boolean()),
        both((type) => type.Integer({ minimum: 0 })),
        both((type) => type.Number()),
        both((type) => type.Null()),
        both((type) => type.Unknown()),
        both((type) => type.Unsafe({ type: "string", format: "x" })),
        both((type) => type.Literal("a")),
        both((type) => type.Literal(1, { description: "one" })),
        both((type) => type.Literal(true)),
      ),
      fc.tuple(one, options).map(([[a, b], o]): Both => [Type.Array(a, o), TypeBox.Array(b, o)]),
      one.map(([a, b]): Both => [Type.Optional(a), TypeBox.Optional(b)]),
      fc
        .tuple(one, fc.constantFrom({}, { pattern: "^a$" }))
        .map(([[a, b], key]): Both => [
          Type.Record(Type.String(key), a),
          TypeBox.Record(TypeBox.String(key), b),
        ]),
      several.map((all): Both => [Type.Union(side(all, 0)), TypeBox.Union(side(all, 1))]),
      several.map((all): Both => [Type.Intersect(side(all, 0)), TypeBox.Intersect(side(all, 1))]),
      fc
        .tuple(properties, options, fc.constantFrom("as it is", "omit", "partial", "composite"))
        .map(([given, o, how]): Both => {
          const [ours, theirs] = [Type.Object(picked(given, 0), o), TypeBox.Object(picked(given, 1), o)];
          if (how === "omit") return [Type.Omit(ours, ["a"], o), TypeBox.Omit(theirs, ["a"], o)];
          if (how === "partial") return [Type.Partial(ours, o), TypeBox.Partial(theirs, o)];
          if (how === "composite")
            return [
              Type.Composite([ours, Type.Object({ z: Type.Null() })], o),
              TypeBox.Composite([theirs, TypeBox.Object({ z: TypeBox.Null() })], o),
            ];
          return [ours, theirs];
        }),
    ),
  };
});

describe("the builder of schemas", () => {
  it("builds what TypeBox builds, in the same order", () => {
    fc.assert(
      fc.property(schema, ([ours, theirs]) => {
        expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
      }),
      { numRuns: 2000 },
    );
  });

  it("builds schemas that are such: nobody else checks them", () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    for (const one of [...FACT_KINDS.map(factSchema), Catalogue, Verdict])
      expect(ajv.validateSchema(one), JSON.stringify(ajv.errors)).toBe(true);
  });
});
