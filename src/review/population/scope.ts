import { patternTest } from "../../subjects/index.ts";
import type { CampaignTerms, FrameworkScope } from "../model.ts";

/** What is untiered is dealt with so. */
export const UNTIERED = "critical";

/** What of a campaign's terms says what it is about. */
export type ScopeTerms = Pick<CampaignTerms, "framework_scopes" | "scope">;

/** Labels of a thing; undefined where what they say is not known whole. */
export interface Labelled {
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** What of a thing a scope asks for. */
interface Scoped extends Labelled {
  readonly id: string;
  readonly store_id: string;
  readonly owner?: string;
  readonly tier?: string;
  readonly environment?: string;
  readonly undecided: readonly string[];
}

type Test = (value: string) => boolean;

/** Undefined: it does not narrow. */
function testOf(patterns: readonly string[] | undefined): Test {
  return patterns === undefined ? () => true : patternTest(patterns);
}

/** Why something is out of a scope, by the rule; undefined where it is in. What is not decided is in: it may belong. */
export function scopeTest({ scope, framework_scopes = {} }: ScopeTerms) {
  const own = narrowed(scope);
  const types = testOf(scope.principal_types);
  const named = scope.principals === undefined ? undefined : new Set(scope.principals);
  const frameworks = scope.frameworks?.map((framework) => ({
    framework,
    parts: (framework_scopes[framework] ?? []).map((part) => ({ ...narrowed(part), ...placed(part) })),
  }));
  const outside = frameworks?.map(({ framework }) => framework).join(", ") ?? "";
  const store = (id: string): string | undefined => {
    if (!own.stores(id)) return `out of scope: store ${id}`;
    const isIn = frameworks?.some(({ parts }) => parts.some(({ stores }) => stores(id))) ?? true;
    return isIn ? undefined : `out of scope: store ${id} belongs to none of ${outside}`;
  };
  return {
    store,
    target: (of: Scoped): string | undefined => {
      const out = store(of.store_id) ?? own.classified(of);
      if (out !== undefined) return out;
      const isIn =
        frameworks?.some(({ parts }) =>
          parts.some(
            ({ stores, classified, fits }) => stores(of.store_id) && classified(of) === undefined && fits(of),
          ),
        ) ?? true;
      return isIn ? undefined : `out of scope: it belongs to none of ${outside}`;
    },
    principal: (of: { readonly id: string; readonly store_id: string; readonly principal_type: string }) =>
      store(of.store_id) ??
      (types(of.principal_type) ? undefined : `out of scope: principals of type ${of.principal_type}`) ??
      (named === undefined || named.has(of.id) ? undefined : "out of scope: another principal"),
  };
}

/** What stores, tiers, owners and environments narrow. */
function narrowed(scope: Pick<FrameworkScope, "environments" | "owners" | "stores" | "tiers">) {
  const [stores, tiers, owners, environments] = [
    scope.stores,
    scope.tiers,
    scope.owners,
    scope.environments,
  ].map(testOf) as [Test, Test, Test, Test];
  return {
    stores,
    classified: ({ undecided, tier = UNTIERED, owner = "", environment = "" }: Scoped) => {
      const open = (name: string): boolean => undecided.includes(name);
      if (!open("tier") && !tiers(tier)) return `out of scope: tier ${tier}`;
      if (!open("owner") && !owners(owner)) return `out of scope: owner ${owner || "none"}`;
      if (!open("environment") && !environments(environment))
        return `out of scope: environment ${environment || "none"}`;
      return undefined;
    },
  };
}

/** What paths and labels narrow. Labels that nobody could read may be those. */
function placed({ paths, labels }: FrameworkScope) {
  const [path, label] = [testOf(paths), testOf(labels)];
  return {
    fits: ({ id, store_id, labels: known }: Scoped): boolean =>
      path(id.slice(store_id.length + 1)) &&
      (labels === undefined ||
        known === undefined ||
        Object.entries(known).some(([name, value]) => label(`${name}=${value}`))),
  };
}

/** What belongs to each framework of a scope, in words: `soc2-2017: tiers critical, high; or paths kv/pay/*`. */
export function frameworkWords({ scope, framework_scopes = {} }: ScopeTerms): string[] {
  return (scope.frameworks ?? []).map((framework) => {
    const parts = (framework_scopes[framework] ?? []).map((part) =>
      Object.entries(part)
        .map(([name, patterns]) => `${name} ${(patterns as readonly string[]).join(", ")}`)
        .join(" and "),
    );
    return `${framework}: ${parts.join("; or ")}`;
  });
}
