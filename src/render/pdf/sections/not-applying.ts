import { counted } from "../../../base/index.ts";
import type { ControlStatus, PolicyStatus } from "../../../controls/index.ts";
import { words } from "../../words.ts";
import { fine, para, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import { table } from "../table.ts";
import type { Inline } from "../text.ts";

/** A policy that was asked and applies to nothing, and the controls that ask it. */
export interface IdlePolicy {
  readonly policy: PolicyStatus;
  readonly controls: readonly string[];
}

/**
 * Whether a policy was put to every subject that it is about, applied to none of them, and no gap may hide one that it
 * would apply to. Where a gap may, it stays among those that have something to say.
 */
export function appliesToNothing({ counts, population_gap_count }: PolicyStatus): boolean {
  return counts.population === counts.not_applicable && population_gap_count === 0;
}

/** Policies of these controls that apply to nothing, in order of id; empty where all apply to something. */
export function idlePolicies(controls: readonly ControlStatus[]): IdlePolicy[] {
  const asked = controls.flatMap(({ control_id, policies }) =>
    policies.filter(appliesToNothing).map((policy) => ({ control_id, policy })),
  );
  return [...Map.groupBy(asked, ({ policy }) => policy.policy_id)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, same]) =>
      same
        .slice(0, 1)
        .map(({ policy }) => ({ policy, controls: [...new Set(same.map((one) => one.control_id))] })),
    );
}

/** All of them in one table, a row each; `nameOf` links to a policy, or `anchorOf` makes its row what links lead to. */
export function idleTable(
  document: Document,
  idle: readonly IdlePolicy[],
  links: { readonly nameOf?: (id: string) => Inline; readonly anchorOf?: (id: string) => string },
): void {
  const { nameOf = (id: string): Inline => id, anchorOf } = links;
  table(document, {
    dense: true,
    columns: [
      { title: "Failure looked for", share: 0.52, names: true },
      { title: "Put to, and applies to none", share: 0.18 },
      { title: "For", share: 0.3 },
    ],
    rows: idle.map(({ policy, controls }) => ({
      ...(anchorOf === undefined ? {} : { anchor: anchorOf(policy.policy_id) }),
      cells: [
        [para("dense", policy.title), para("fine", nameOf(policy.policy_id), `, ${policy.severity}`)],
        putTo(policy),
        fine(controls.join(", ")),
      ],
    })),
  });
}

/** How many there are of the kind that the policy is about. An empty population is no result, and is said so. */
function putTo({ counts, subject_kind }: PolicyStatus): Cell {
  return counts.population === 0
    ? { text: `▲ there is no ${words(subject_kind)}`, face: "strong", colour: "unknown" }
    : counted(counts.population, words(subject_kind));
}
