import { canonicalJson } from "../base/index.ts";
import type { GateFinding } from "./verdict.ts";

/**
 * Findings without those of a plan that its source has as well, where both are judged: the same outcome of the same policy, about a thing of
 * the same name, in the same place. The source's stays, with where the plan has it. What one of them finds alone stays.
 */
export function withoutRepeats(findings: readonly GateFinding[]): GateFinding[] {
  if (findings.every(({ related }) => related === undefined)) return [...findings];
  const own = findings.filter(({ related }) => related === undefined);
  const ofPlans = Map.groupBy(
    findings.filter(({ related }) => related !== undefined),
    keyOf,
  );
  const told = own.map((finding) => {
    const [repeat] = ofPlans.get(keyOf(finding)) ?? [];
    return repeat?.related === undefined ? finding : { ...finding, related: repeat.related };
  });
  const known = new Set(own.map(keyOf));
  const left = [...ofPlans].flatMap(([key, some]) => (known.has(key) ? [] : some));
  return [...told, ...left];
}

function keyOf({ policy_id, outcome, subject, place, message }: GateFinding): string {
  // What a credential is called begins with its file, by which the plan's and the source's differ.
  const what = subject.kind === "change" ? subject.name : subject.address;
  return canonicalJson([policy_id, outcome, what, place.file, place.line, place.column, message]);
}
