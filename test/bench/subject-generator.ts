/** As much of JSON Schema as the subjects' schemas use. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
}

const WORDS = ["payments", "ledger", "kv", "orders", "ci", "billing", "search", "vault", "prod", "batch"];
const OPTIONAL_SHARE = 0.7;
const MAX_ITEMS = 3;

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value that fits the schema, apart from lengths. */
export function generated(schema: Schema, next: () => number): unknown {
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(next() * values.length)];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(schema.enum);
  if (schema.anyOf !== undefined) return generated(pick(schema.anyOf) ?? {}, next);
  switch (schema.type) {
    case "object": {
      const named = Object.entries(schema.properties ?? {});
      const chosen = named.filter(
        ([name]) => schema.required?.includes(name) === true || next() < OPTIONAL_SHARE,
      );
      return Object.fromEntries(chosen.map(([name, child]) => [name, generated(child, next)]));
    }
    case "array":
      return Array.from({ length: Math.floor(next() * MAX_ITEMS) }, () =>
        generated(schema.items ?? {}, next),
      );
    case "integer":
    case "number":
      return (schema.minimum ?? 0) + Math.floor(next() * 400);
    case "boolean":
      return next() < 0.5;
    default:
      return schema.pattern?.includes("64") === true
        ? "0".repeat(64)
        : `${pick(WORDS) ?? ""}/${pick(WORDS) ?? ""}`;
  }
}
