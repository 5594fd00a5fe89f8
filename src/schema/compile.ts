import type { Static, TSchema } from "@sinclair/typebox";
import { createRequire } from "node:module";
import type { Ajv2020, ErrorObject } from "ajv/dist/2020.js";
import { nearest } from "../base/index.ts";

/**
 * Schemas are ours: that they are such is for tests to say, since compiling the schema of schemas takes longer than all of a small run. The
 * library is some eighty files: it is loaded by who meets the first shape.
 */
const ajv = lazily((): Ajv2020 => {
  const { Ajv2020: Compiler } = createRequire(import.meta.url)("ajv/dist/2020.js") as Ajv;
  return new Compiler({
    strict: true,
    allErrors: false,
    allowUnionTypes: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    // Most validators run a few times: making them shorter costs more than it saves.
    code: { optimize: false },
  });
});

type Ajv = typeof import("ajv/dist/2020.js");

/** What did not fit: where in the value (keys and indexes from the top), and what was expected there. */
export interface Misfit {
  readonly path: readonly string[];
  readonly expected: string;
  /** True when the last part of `path` is a key that the schema does not know. */
  readonly unknownKey: boolean;
  /** For an unknown key: the one that was likely meant, or those that there are. For a missing one: what is likely it. */
  readonly fix?: string;
}

/** A compiled schema: `fits` says whether a value has its shape, the other two why the last one did not. */
export interface CompiledSchema<T> {
  readonly fits: (value: unknown) => value is T;
  readonly complaint: () => string;
  readonly misfit: () => Misfit;
}

/** Compiles a schema once, on first use: a command pays only for the shapes that it meets. */
export function compileSchema<S extends TSchema, T = Static<S>>(schema: S): CompiledSchema<T> {
  const validator = lazily(() => ajv().compile<T>(schema));
  const errors = (): ErrorObject[] => validator().errors ?? [];
  return {
    fits: (value: unknown): value is T => validator()(value),
    complaint: () => ajv().errorsText(errors(), { dataVar: "", separator: "; " }),
    misfit: () => misfitOf(errors()),
  };
}

/** The deepest complaint: in a union of shapes it is the one about the shape that was meant. */
function misfitOf(all: readonly ErrorObject[]): Misfit {
  const errors = all.filter((error) => !isOfAnotherShape(error, all));
  const depth = (error: ErrorObject): number => error.instancePath.split("/").length;
  const [deepest] = [...errors].sort((a, b) => depth(b) - depth(a));
  if (deepest === undefined) return { path: [], expected: "a value of its schema", unknownKey: false };
  const path = pathOf(deepest);
  const params = deepest.params as Record<string, unknown>;
  const unknown = params["additionalProperty"] ?? params["unevaluatedProperty"];
  if (typeof unknown === "string") {
    return {
      path: [...path, unknown],
      expected: "no such key here",
      unknownKey: true,
      ...meant(deepest, unknown),
    };
  }
  const named = namedUnion(deepest);
  if (named !== undefined) {
    const slip = slipOfName(deepest, named);
    if (slip !== undefined) return unknownKey(path, slip);
    return { path: [...path, named.key], expected: oneOf(named.names), unknownKey: false };
  }
  const slip = slipOfMissing(deepest);
  if (slip !== undefined) return unknownKey(path, slip);
  const allowed = errors
    .filter((error) => error.keyword === "const" && error.instancePath === deepest.instancePath)
    .map((error) => (error.params as { allowedValue: unknown }).allowedValue);
  const expected = allowed.length === 0 ? (deepest.message ?? "a value of its schema") : oneOf(allowed);
  return { path, expected, unknownKey: false };
}

/** A key that no schema knows, and what was meant by it. */
interface Slip {
  readonly key: string;
  readonly fix: string;
}

function unknownKey(path: readonly string[], { key, fix }: Slip): Misfit {
  return { path: [...path, key], expected: "no such key here", unknownKey: true, fix };
}

/** For a key that is missing: an unknown one, the one that was likely written in its place before others. */
function slipOfMissing({ keyword, params, data, parentSchema }: ErrorObject): Slip | undefined {
  if (keyword !== "required" || typeof data !== "object" || data === null) return undefined;
  const { missingProperty: missing } = params as { missingProperty: string };
  const known = (parentSchema?.["properties"] ?? {}) as object;
  const unknown = Object.keys(data).filter((key) => !Object.hasOwn(known, key));
  const near = nearest(missing, unknown);
  if (near !== undefined) return { key: near, fix: `Did you mean ${missing}?` };
  const [first] = unknown;
  return first === undefined
    ? undefined
    : { key: first, fix: `Known here: ${Object.keys(known).sort().join(", ")}.` };
}

/** Where the key that tells the shapes of a union apart is missing: an unknown key, the one likely meant for it before others. */
function slipOfName({ data }: ErrorObject, { key, known }: NamedUnion): Slip | undefined {
  if (typeof data !== "object" || data === null || Object.hasOwn(data, key)) return undefined;
  const unknown = Object.keys(data).filter((one) => !known.includes(one));
  const near = nearest(key, unknown);
  if (near !== undefined) return { key: near, fix: `Did you mean ${key}?` };
  const [first] = unknown;
  return first === undefined ? undefined : { key: first, fix: `Known here: ${known.join(", ")}.` };
}

/** What a person may have meant by a key that the schema does not know. */
function meant({ parentSchema }: ErrorObject, unknown: string): Pick<Misfit, "fix"> {
  const known = Object.keys((parentSchema?.["properties"] ?? {}) as object).sort();
  const near = nearest(unknown, known);
  if (near !== undefined) return { fix: `Did you mean ${near}?` };
  return known.length === 0 ? {} : { fix: `Known here: ${known.join(", ")}.` };
}

/** A complaint about one shape of a union whose shapes have names, where the value names another, or none that there is. */
function isOfAnotherShape({ schemaPath }: ErrorObject, all: readonly ErrorObject[]): boolean {
  return all.some((union) => {
    const named = namedUnion(union);
    if (named === undefined) return false;
    if (schemaPath === union.schemaPath) return named.meant >= 0;
    return (
      schemaPath.startsWith(`${union.schemaPath}/`) &&
      !schemaPath.startsWith(`${union.schemaPath}/${named.meant}/`)
    );
  });
}

interface NamedUnion {
  readonly key: string;
  readonly names: readonly unknown[];
  /** Index of the shape that the value names, or -1. */
  readonly meant: number;
  /** Keys of any of the shapes, in order. */
  readonly known: readonly string[];
}

/** The key by which all shapes of a union are told apart, e.g. `method` of a login, and the one that the value names, or -1. */
function namedUnion({ keyword, schema, data }: ErrorObject): NamedUnion | undefined {
  if (keyword !== "anyOf" || typeof data !== "object" || data === null) return undefined;
  const shapes = schema as readonly { readonly properties?: Readonly<Record<string, { const?: unknown }>> }[];
  const namesBy = (key: string) => shapes.map(({ properties }) => properties?.[key]?.const);
  const key = Object.keys(shapes[0]?.properties ?? {}).find((one) => !namesBy(one).includes(undefined));
  if (key === undefined) return undefined;
  const names = namesBy(key);
  return {
    key,
    names,
    meant: names.indexOf((data as Readonly<Record<string, unknown>>)[key]),
    known: [...new Set(shapes.flatMap(({ properties }) => Object.keys(properties ?? {})))].sort(),
  };
}

function oneOf(values: readonly unknown[]): string {
  return `must be ${values.map((value) => JSON.stringify(value)).join(" or ")}`;
}

function pathOf({ instancePath }: ErrorObject): string[] {
  return instancePath.split("/").slice(1).map(unescapePointer);
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
