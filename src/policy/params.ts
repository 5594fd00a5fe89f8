import { CountersignError, nearest, sortedBy, type Location } from "../base/index.ts";
import {
  TIERS,
  type Catalogue,
  type CatalogueEntry,
  type ParamDeclaration,
  type ParamValue,
  type Tier,
} from "./catalogue.ts";

/** A subject's tier, or that it has none. */
export type TierKey = Tier | "untiered";

export const TIER_KEYS: readonly TierKey[] = [...TIERS, "untiered"];

/** What configuration says instead of the defaults: policy id → name → a value, or a number for each tier. */
export type ParamSettings = Readonly<
  Record<string, Readonly<Record<string, ParamValue | Readonly<Partial<Record<Tier, number>>>>>>
>;

/** Values by policy id and name, in order of both. */
export type ResolvedParams = Readonly<Record<string, Readonly<Record<string, ParamValue>>>>;

/** Where a setting's key stands, by policy id and parameter: errors name it. Undefined where no file holds the settings. */
export type SettingPlace = (path: readonly string[]) => Location | undefined;

const NOWHERE: SettingPlace = () => undefined;

function refused(
  message: string,
  { location, fix }: { readonly location: Location | undefined; readonly fix?: string },
): CountersignError {
  return new CountersignError("E_CONFIG", message, {
    ...(location === undefined ? {} : { location }),
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Why a declaration cannot stand; undefined when it can. */
export function declarationFault(declaration: ParamDeclaration): string | undefined {
  const { type, by_tier, strictest, unit } = declaration;
  const numeric = type === "integer" || type === "number";
  if ((declaration.default === undefined) === (by_tier === undefined))
    return "expected either default or by_tier";
  if (numeric !== (unit !== undefined)) return "expected a unit for a number, and for nothing else";
  if (!numeric && (by_tier ?? strictest) !== undefined)
    return "expected by_tier and strictest for numbers only";
  if (by_tier !== undefined && strictest === undefined)
    return "expected strictest: min or max beside by_tier";
  const values = by_tier === undefined ? [declaration.default] : Object.values(by_tier);
  const misfit = values.find((value) => !hasType(value, type));
  return misfit === undefined ? undefined : `expected ${expectation(type)}, got ${JSON.stringify(misfit)}`;
}

function hasType(value: unknown, type: ParamDeclaration["type"]): boolean {
  // Numbers are days, seconds, counts, shares: a slip of sign would make a limit that everything meets, or nothing.
  if (typeof value === "number" && value < 0) return false;
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "number") return Number.isFinite(value);
  return type === "strings" ? Array.isArray(value) : typeof value === type;
}

function expectation(type: ParamDeclaration["type"]): string {
  return type === "integer" || type === "number" ? `${type} from 0` : type;
}

/**
 * The values in force for each tier, and for subjects without one: the strictest of all tiers. E_CONFIG when a setting
 * names an unknown policy or parameter, or has the wrong type; it stands where `place` says.
 */
export function resolveParams(
  catalogue: Catalogue,
  settings: ParamSettings = {},
  place: SettingPlace = NOWHERE,
): Record<TierKey, ResolvedParams> {
  const entries = catalogue.policies.filter(({ params }) => Object.keys(params).length > 0);
  const known = new Map(entries.map((entry) => [entry.policy_id, entry]));
  for (const [policyId, values] of Object.entries(settings)) checkNames(known, policyId, values, place);
  const forTier = (tier: TierKey): ResolvedParams =>
    Object.fromEntries(
      entries.map(({ policy_id, params }) => {
        const named = sortedBy(Object.entries(params), ([name]) => name);
        return [
          policy_id,
          Object.fromEntries(
            named.map(([name, declaration]) => {
              const values = valuesByTier(declaration, settings[policy_id]?.[name], {
                name: `${policy_id}.${name}`,
                location: place([policy_id, name]),
              });
              return [name, tier === "untiered" ? strictestOf(values, declaration) : values[tier]];
            }),
          ),
        ];
      }),
    );
  return {
    critical: forTier("critical"),
    high: forTier("high"),
    standard: forTier("standard"),
    low: forTier("low"),
    untiered: forTier("untiered"),
  };
}

/** True when the parameter's value depends on the tier, so that a missing tier is an assumption worth saying. */
export function dependsOnTier(policyId: string, params: Readonly<Record<TierKey, ResolvedParams>>): boolean {
  const texts = TIERS.map((tier) => JSON.stringify(params[tier][policyId]));
  return texts.some((text) => text !== texts[0]);
}

function checkNames(
  known: ReadonlyMap<string, CatalogueEntry>,
  policyId: string,
  values: Readonly<Record<string, unknown>>,
  place: SettingPlace,
): void {
  const entry = known.get(policyId);
  if (entry === undefined) {
    const near = nearest(policyId, known.keys());
    throw refused(`expected a policy with parameters, got ${policyId}`, {
      location: place([policyId]),
      fix: `${near === undefined ? "" : `Did you mean ${near}? `}\`countersign policy list --json\` names every policy and its parameters.`,
    });
  }
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(entry.params, name)) continue;
    const names = Object.keys(entry.params).sort();
    const near = nearest(name, names);
    throw refused(`expected a parameter of ${policyId} (${names.join(", ")}), got ${name}`, {
      location: place([policyId, name]),
      ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
    });
  }
}

function valuesByTier(
  declaration: ParamDeclaration,
  setting: ParamSettings[string][string] | undefined,
  { name, location }: { readonly name: string; readonly location: Location | undefined },
): Record<Tier, ParamValue> {
  const { type, by_tier, default: all } = declaration;
  const declared = by_tier ?? everywhere(all);
  if (setting === undefined) return declared;
  const isByTier = typeof setting === "object" && !Array.isArray(setting);
  if (isByTier && declaration.strictest === undefined) {
    throw refused(`expected one value of ${name} for all tiers, got one for each tier`, { location });
  }
  const chosen = isByTier ? { ...declared, ...setting } : everywhere(setting);
  for (const [tier, value] of Object.entries(chosen)) {
    if (!TIERS.some((known) => known === tier)) {
      throw refused(`expected a tier (${TIERS.join(", ")}) in ${name}, got ${tier}`, { location });
    }
    if (!hasType(value, type)) {
      throw refused(`expected ${expectation(type)} for ${name}, got ${JSON.stringify(value)}`, { location });
    }
  }
  return chosen;
}

function everywhere(value: ParamValue | undefined): Record<Tier, ParamValue> {
  const given = value ?? false; // `declarationFault` has made sure that there is one
  return { critical: given, high: given, standard: given, low: given };
}

function strictestOf(
  values: Readonly<Record<Tier, ParamValue>>,
  { strictest }: ParamDeclaration,
): ParamValue {
  if (strictest === undefined) return values.critical;
  const numbers = TIERS.map((tier) => values[tier]).filter((value) => typeof value === "number");
  return strictest === "min" ? Math.min(...numbers) : Math.max(...numbers);
}
