import type { CapabilitySet } from "./capability.ts";
import type { Escalation } from "./escalation.ts";
import type { CoverLists } from "./target-class.ts";

/** Escalations that the same patterns decide in the same way. */
export interface EscalationGroup {
  readonly kind: Escalation["kind"];
  readonly list: number;
  readonly capability: CapabilitySet;
  readonly sudo: boolean;
  /** Of each of these one must be let through too. */
  readonly besides: readonly (readonly { readonly list: number; readonly capability: CapabilitySet }[])[];
  readonly conditions: readonly string[];
  /** By what they would say; those that say the same stand for each other. */
  readonly members: Map<string, Escalation>;
}

export function grouped(escalations: readonly Escalation[], covers: CoverLists): EscalationGroup[] {
  const groups = new Map<string, EscalationGroup>();
  const lists = new Map<string, number>();
  const listOf = (path: string): number => {
    const list = lists.get(path) ?? covers.of(path);
    lists.set(path, list);
    return list;
  };
  for (const escalation of escalations) {
    const { kind, capability, sudo, note, namespace, roleId, conditions = [] } = escalation;
    const list = listOf(escalation.path);
    const besides = (escalation.besides ?? []).map((requests) =>
      requests.map((request) => ({ list: listOf(request.path), capability: request.capability })),
    );
    const key = JSON.stringify([kind, list, capability, sudo, besides, conditions]);
    const members = new Map<string, Escalation>();
    const group = groups.get(key) ?? { kind, list, capability, sudo, besides, conditions, members };
    groups.set(key, group);
    group.members.set(`${note}\n${namespace}\n${roleId ?? ""}`, escalation);
  }
  return [...groups.values()];
}
