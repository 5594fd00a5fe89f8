import type { Fact, FactSet } from "../facts/index.ts";

/**
 * Ids of managed policies of AWS that no user, role or group that was read holds, and that bound none. AWS names some 1,400 of its own
 * to every account, of which hardly any is in use. Who was not read may hold one all the same.
 */
export function idlePolicies(facts: Pick<FactSet, "of">): ReadonlySet<string> {
  const held = new Set(
    [...facts.of("principal"), ...facts.of("group")].flatMap((holder) => [
      ...holder.policies,
      ...boundaryOf(holder),
    ]),
  );
  const managed = facts.of("policy_document").filter(({ policy_type }) => policy_type === "iam_managed");
  return new Set(managed.map(({ id }) => id).filter((id) => !held.has(id)));
}

function boundaryOf({ ext }: Fact): string[] {
  const { boundary } = (ext?.["aws"] ?? {}) as Readonly<Record<string, unknown>>;
  return typeof boundary === "string" ? [boundary] : [];
}
