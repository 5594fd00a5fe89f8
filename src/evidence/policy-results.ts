import { canonicalJson } from "../base/index.ts";
import type { OutcomeTally } from "../controls/index.ts";
import {
  TIER_KEYS,
  dependsOnTier,
  type Catalogue,
  type ResolvedParams,
  type TierKey,
} from "../policy/index.ts";
import type { EvidenceHead } from "./schema.ts";

interface Applied {
  /** Policy id → digest of the organisation's own bundle that holds it. */
  readonly ownBundles?: ReadonlyMap<string, string>;
  readonly catalogue: Catalogue;
  readonly params: Readonly<Record<TierKey, ResolvedParams>>;
  readonly defaultParams: Readonly<Record<TierKey, ResolvedParams>>;
}

/** Each policy as it was applied, in order of id: thresholds in force and whose they are, population, counts. */
export function policyResults(
  { catalogue, params, defaultParams, ownBundles }: Applied,
  tally: OutcomeTally,
  controls: ReadonlyMap<string, readonly string[]>,
): EvidenceHead["policies"] {
  return catalogue.policies.map((entry) => {
    const policy = { ...entry };
    delete policy.remedies;
    const id = policy.policy_id;
    const counts = tally.of(id);
    const own = ownBundles?.get(id);
    return {
      policy,
      params: inForce(id, params),
      params_overridden: canonicalJson(inForce(id, params)) !== canonicalJson(inForce(id, defaultParams)),
      population: counts.population,
      counts: { ...counts },
      controls: [...(controls.get(id) ?? [])],
      ...(own === undefined ? {} : { own_bundle: own }),
    };
  });
}

/** Parameter → tier → value; `any` where tiers make no difference. */
function inForce(
  policyId: string,
  params: Readonly<Record<TierKey, ResolvedParams>>,
): EvidenceHead["policies"][number]["params"] {
  const tiers: readonly TierKey[] = dependsOnTier(policyId, params) ? TIER_KEYS : ["untiered"];
  const names = Object.keys(params.untiered[policyId] ?? {}).sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(
        tiers.flatMap((tier) => {
          const value = params[tier][policyId]?.[name];
          return value === undefined ? [] : [[tiers.length === 1 ? "any" : tier, value] as const];
        }),
      ),
    ]),
  );
}
