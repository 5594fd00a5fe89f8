import { nearest } from "../../base/index.ts";
import { patternTest } from "../../subjects/index.ts";
import type { FrameworkScope } from "../model.ts";
import type { Inventory, ReviewTarget } from "./inventory.ts";
import { UNTIERED, type ScopeTerms } from "./scope.ts";

/** Most words that are told. */
const MAX_TOLD = 20;

interface Typed {
  readonly principal_type: string;
  readonly store_id: string;
}

/** What of a thing each word of a scope is held against. Labels are not looked at: they may be hidden. */
const OF_TARGETS = {
  stores: ({ store_id }: ReviewTarget) => store_id,
  tiers: ({ tier = UNTIERED }: ReviewTarget) => tier,
  owners: ({ owner = "" }: ReviewTarget) => owner,
  environments: ({ environment = "" }: ReviewTarget) => environment,
  paths: ({ id, store_id }: ReviewTarget) => id.slice(store_id.length + 1),
} as const;

/**
 * Words of a scope that fit nothing of the inventory, each with the nearest that would:
 * `scope.environments: prodution fits nothing; did you mean production?`. A word that is written wrong makes a campaign about less than was meant, and says nothing by itself.
 */
export function unfittingWords(
  { scope, framework_scopes = {} }: ScopeTerms,
  { targets, stores }: Pick<Inventory, "stores" | "targets">,
  principals: readonly Typed[],
): string[] {
  const known = new Map<string, Set<string>>();
  const valuesOf = (name: keyof typeof OF_TARGETS): Set<string> => {
    const found = known.get(name) ?? new Set([...targets.values()].map(OF_TARGETS[name]));
    if (name === "stores")
      for (const { store_id } of [...stores.values(), ...principals]) found.add(store_id);
    known.set(name, found);
    return found;
  };
  const told = (place: string, words: readonly string[] | undefined, values: () => Set<string>): string[] =>
    (words ?? []).flatMap((word) => {
      const fits = patternTest(word);
      if ([...values()].some(fits)) return [];
      const near = nearest(
        word,
        [...values()].filter((value) => value !== ""),
      );
      return [`${place}: ${word} fits nothing${near === undefined ? "" : `; did you mean ${near}?`}`];
    });
  const ofTargets = (place: string, part: FrameworkScope): string[] =>
    (Object.keys(OF_TARGETS) as (keyof typeof OF_TARGETS)[]).flatMap((name) =>
      told(`${place}.${name}`, part[name], () => valuesOf(name)),
    );
  return [
    ...ofTargets("scope", scope),
    ...told(
      "scope.principal_types",
      scope.principal_types,
      () => new Set(principals.map(({ principal_type }) => principal_type)),
    ),
    ...(scope.frameworks ?? []).flatMap((framework) =>
      (framework_scopes[framework] ?? []).flatMap((part) => ofTargets(`framework_scopes.${framework}`, part)),
    ),
  ].slice(0, MAX_TOLD);
}
