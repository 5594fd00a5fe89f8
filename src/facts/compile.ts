import type { Static, TSchema } from "@sinclair/typebox";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ strict: true, allErrors: false, allowUnionTypes: true });

/** What did not fit: where in the value (keys and indexes from the top), and what was expected there. */
export interface Misfit {
  readonly path: readonly string[];
  readonly expected: string;
  /** True when the last part of `path` is a key that the schema does not know. */
  readonly unknownKey: boolean;
}

/** A compiled schema: `fits` says whether a value has its shape, the other two why the last one did not. */
export interface CompiledSchema<T> {
  readonly fits: (value: unknown) => value is T;
  readonly complaint: () => string;
  readonly misfit: () => Misfit;
}

/** Compiles a schema once, on first use: a command pays only for the shapes that it meets. */
export function compileSchema<S extends TSchema, T = Static<S>>(schema: S): CompiledSchema<T> {
  const validator = lazily(() => ajv.compile<T>(schema));
  const errors = (): ErrorObject[] => validator().errors ?? [];
  return {
    fits: (value: unknown): value is T => validator()(value),
    complaint: () => ajv.errorsText(errors(), { dataVar: "", separator: "; " }),
    misfit: () => misfitOf(errors()),
  };
}

/** The deepest complaint: in a union of shapes it is the one about the shape that was meant. */
function misfitOf(errors: readonly ErrorObject[]): Misfit {
  const depth = (error: ErrorObject): number => error.instancePath.split("/").length;
  const [deepest] = [...errors].sort((a, b) => depth(b) - depth(a));
  if (deepest === undefined) return { path: [], expected: "a value of its schema", unknownKey: false };
  const path = deepest.instancePath.split("/").slice(1).map(unescapePointer);
  const params = deepest.params as Record<string, unknown>;
  const unknown = params["additionalProperty"] ?? params["unevaluatedProperty"];
  if (typeof unknown === "string") {
    return { path: [...path, unknown], expected: "no such key here", unknownKey: true };
  }
  const allowed = errors
    .filter((error) => error.keyword === "const" && error.instancePath === deepest.instancePath)
    .map((error) => JSON.stringify((error.params as { allowedValue: unknown }).allowedValue));
  const expected =
    allowed.length === 0 ? (deepest.message ?? "a value of its schema") : `must be ${allowed.join(" or ")}`;
  return { path, expected, unknownKey: false };
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
