import type { JavaScriptTypeBuilder } from "@sinclair/typebox";

/** Marks a property that may be absent; TypeBox's own mark. No JSON shows it. */
const OPTIONAL = Symbol.for("TypeBox.Optional");

type Json = Readonly<Record<string | symbol, unknown>>;
type Options = Json | undefined;
type Properties = Readonly<Record<string, Json>>;

const typed =
  (type: string) =>
  (options?: Options): Json => ({ ...options, type });

function object(properties: Properties, options?: Options): Json {
  const required = Object.keys(properties).filter((key) => properties[key]?.[OPTIONAL] === undefined);
  return { ...options, type: "object", ...(required.length === 0 ? {} : { required }), properties };
}

const optional = (schema: Json): Json => ({ ...schema, [OPTIONAL]: "Optional" });

const propertiesOf = (schema: Json): Properties | undefined => schema["properties"] as Properties | undefined;

/** As an object, with what becomes of each property. */
function mapped(schema: Json, options: Options, to: (entry: [string, Json]) => [string, Json][]): Json {
  const { properties = {} } = schema;
  const others: Record<string | symbol, unknown> = { ...schema };
  delete others["required"];
  delete others["properties"];
  const all = Object.entries(properties as Properties).flatMap(to);
  return { ...object(Object.fromEntries(all), others), ...options };
}

/** Of one schema that one; as TypeBox, whose callers never give none. */
function ofSeveral(keyword: "allOf" | "anyOf", schemas: readonly Json[], options: Options): Json {
  const [first] = schemas;
  if (first === undefined) throw new Error("expected a schema, got none");
  if (schemas.length === 1) return { ...options, ...first };
  const objects = keyword === "allOf" && schemas.every((schema) => propertiesOf(schema) !== undefined);
  return { ...options, ...(objects ? { type: "object" } : {}), [keyword]: schemas };
}

function composite(schemas: readonly Json[], options?: Options): Json {
  const all = schemas.flatMap((schema) => Object.entries(propertiesOf(schema) ?? {}));
  const properties = Object.fromEntries(all);
  if (Object.keys(properties).length < all.length)
    throw new Error("expected each property once, got one twice");
  return object(properties, options);
}

const BUILDERS = {
  String: typed("string"),
  Boolean: typed("boolean"),
  Integer: typed("integer"),
  Number: typed("number"),
  Null: typed("null"),
  Unknown: (options?: Options): Json => ({ ...options }),
  Unsafe: (schema: Json): Json => ({ ...schema }),
  Literal: (value: boolean | number | string, options?: Options): Json => {
    return { ...options, const: value, type: typeof value };
  },
  Array: (items: Json, options?: Options): Json => ({ ...options, type: "array", items }),
  Object: object,
  Optional: optional,
  Record: ({ pattern = "^(.*)$" }: Json, value: Json, options?: Options): Json => {
    return { ...options, type: "object", patternProperties: { [String(pattern)]: value } };
  },
  Union: (schemas: readonly Json[], options?: Options): Json => ofSeveral("anyOf", schemas, options),
  Intersect: (schemas: readonly Json[], options?: Options): Json => ofSeveral("allOf", schemas, options),
  Composite: composite,
  Omit: (schema: Json, keys: readonly string[], options?: Options): Json =>
    mapped(schema, options, ([key, one]) => (keys.includes(key) ? [] : [[key, one]])),
  Partial: (schema: Json, options?: Options): Json =>
    mapped(schema, options, ([key, one]) => [[key, optional(one)]]),
};

/**
 * What of TypeBox's builder is used here, with its types: the same schemas (a test compares them), without the 200 files that loading it
 * takes. `Omit`, `Partial` and `Composite` take objects alone, `Record` keys that are texts.
 */
export const Type = BUILDERS as unknown as Pick<JavaScriptTypeBuilder, keyof typeof BUILDERS>;
