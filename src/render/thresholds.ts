import type { PolicyResult } from "../evidence/index.ts";
import { TIERS, type ParamValue } from "../policy/index.ts";

/** One parameter as it was in force. */
export interface Threshold {
  readonly name: string;
  readonly description: string;
  readonly unit: string | undefined;
  /** Value by tier, strictest tier first; the one key `any` where tiers do not matter. */
  readonly values: ReadonlyMap<string, ParamValue>;
}

/** Of a subject without a tier. */
export const UNTIERED = "untiered";

const TIER_ORDER: readonly string[] = [...TIERS, UNTIERED, "any"];

/** The parameters of a policy in force, by name. */
export function thresholds({ policy, params }: PolicyResult): Threshold[] {
  return Object.entries(params).map(([name, byTier]) => ({
    name,
    description: policy.params[name]?.description ?? "",
    unit: policy.params[name]?.unit,
    values: merged(byTier),
  }));
}

/** One value for all tiers is said once. */
function merged(byTier: Readonly<Record<string, ParamValue>>): ReadonlyMap<string, ParamValue> {
  const entries = TIER_ORDER.flatMap((tier): [string, ParamValue][] => {
    const value = byTier[tier];
    return value === undefined ? [] : [[tier, value]];
  });
  const [first] = entries;
  const same = entries.every(([, value]) => JSON.stringify(value) === JSON.stringify(first?.[1]));
  return new Map(same && first !== undefined ? [["any", first[1]]] : entries);
}

/** `limit_days: critical 30, high 90, standard 90, low 365 (day)`. */
export function inWords({ name, unit, values }: Threshold): string {
  const parts = [...values].map(([tier, value]) =>
    tier === "any" ? shown(value) : `${tier} ${shown(value)}`,
  );
  return `${name}: ${parts.join(", ")}${unit === undefined ? "" : ` (${unit})`}`;
}

function shown(value: ParamValue): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(" ");
  return String(value);
}

/** Where the values come from. */
export function provenance({
  params_overridden: overridden,
}: Pick<PolicyResult, "params_overridden">): string {
  return overridden ? "set in the configuration, differs from the policy's default" : "the policy's defaults";
}
