import type { MergedRule } from "./acl.ts";
import { DENY } from "./capability.ts";
import type { SessionClass } from "./session-class.ts";

/** A rule that may decide a request, and what that rests on. */
export interface Way {
  readonly rule: MergedRule;
  readonly conditions: readonly string[];
  /** Why it is not known whether the rule decides. */
  readonly doubts: readonly string[];
}

export const NO_RULE: readonly number[] = [];

/**
 * A rule whose template is still open is filed where its widest reading stands: filled in, it may stand before rules that come
 * before it now, or not cover the request at all. So beside the first rule of a list (`place`) these may decide: every open
 * rule behind it, unless none that it could become would; and, where the first is open, the next that is not. `others`: places
 * of the rules behind the first, -1 where the session has none.
 */
export function alternatives(session: SessionClass, place: number, others: readonly number[]): number[] {
  const { rules, open } = session;
  const first = rules[place];
  if (first === undefined) return [];
  let settled = !open.has(first);
  return others.filter((other) => {
    const rule = rules[other];
    if (rule === undefined) return false;
    if (open.has(rule)) return couldCome(rule, first, open.has(first));
    const next = !settled;
    settled = true;
    return next;
  });
}

/**
 * Whether an open rule could come before another, or stand beside it on the same path. Nothing comes before an exact path, where
 * a deny ends it, and what ends in a star never becomes one.
 */
function couldCome({ sources }: MergedRule, first: MergedRule, firstOpen: boolean): boolean {
  if (firstOpen || first.pattern.kind !== "exact") return true;
  return (first.capabilities & DENY) === 0 && sources.some(({ rule }) => !rule.path.endsWith("*"));
}

/** The rules that may decide, from their places, the surest first. */
export function waysOf({ rules, open }: SessionClass, deciders: readonly number[]): Way[] {
  const [first] = deciders;
  const before = rules[first ?? -1];
  if (before === undefined) return [];
  return deciders.flatMap((place): Way[] => {
    const rule = rules[place];
    if (rule === undefined) return [];
    if (place === first) return [{ rule, conditions: [], doubts: [] }];
    const [own, its] = [pathsOf(rule), pathsOf(before)];
    return open.has(rule)
      ? [{ rule, conditions: [], doubts: [`${own}, once filled in, may come before ${its}`] }]
      : [{ rule, conditions: [`whoever logs in, and when, does not fit ${its}`], doubts: [] }];
  });
}

function pathsOf({ sources }: MergedRule): string {
  return [...new Set(sources.map(({ rule }) => `"${rule.path}"`))].join(", ");
}
