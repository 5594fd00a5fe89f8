/** Taking a printed collector's policy apart, one capability at a time. */

export interface Dropped {
  /** The rule's path, as it stands in the policy. */
  readonly path: string;
  readonly capability: string;
  /** The policy without it. */
  readonly policy: string;
}

const RULE = /^path "([^"]+)" \{\n {2}capabilities = \[([^\]]*)\]\n\}\n/gm;

/** Every policy that lacks exactly one capability of one rule; a rule without any left is left out whole. */
export function withoutEachCapability(policy: string): readonly Dropped[] {
  return [...policy.matchAll(RULE)].flatMap(([rule, path, list]) => {
    const capabilities = list!.split(", ");
    return capabilities.map((dropped) => {
      const left = capabilities.filter((capability) => capability !== dropped);
      const reduced = left.length === 0 ? "" : rule.replace(list!, left.join(", "));
      return { path: path!, capability: dropped.slice(1, -1), policy: policy.replace(rule, reduced) };
    });
  });
}

/** Paths of all rules. */
export function rulePaths(policy: string): readonly string[] {
  return [...policy.matchAll(RULE)].map(([, path]) => path!);
}
