import { hidesMembers } from "../controls/index.ts";
import type { EvidenceHead, EvidencePackage } from "../evidence/index.ts";
import { gapCauses } from "../facts/index.ts";
import type { SubjectKind } from "../policy/index.ts";

/** Populations of the package that make up the subjects of one kind, where it is not the kind's own. */
const MADE_OF: Readonly<Record<string, readonly string[]>> = {
  // A live token that belongs to no identity is a principal of its own.
  principal: ["principal", "token"],
};

/** Why members of the population of this kind may be missing, by cause; empty where it is known to be whole. */
export function hiddenBecause({ gaps }: Pick<EvidencePackage, "gaps">, kind: SubjectKind): string[] {
  return gapCauses(gaps.filter((gap) => hidesMembers(gap, kind)));
}

/** How the subjects of one kind came together: by which listings, with which filter, and what was not listed. */
export function howMade({ populations }: Pick<EvidenceHead, "populations">, kind: string): string {
  if (kind === "estate") return "everything that was looked at, as one";
  if (kind === "store")
    return "the stores that the configuration names, of a cloud each Region of each account";
  const parts = MADE_OF[kind] ?? [kind];
  const own = populations.filter(({ subject_kind }) => parts.includes(subject_kind));
  const operations = [...new Set(own.flatMap(({ named_by }) => named_by))].sort();
  const total = (count: "excluded" | "gap_count"): number =>
    own.reduce((sum, population) => sum + population[count], 0);
  return [
    operations.length === 0
      ? own.some(({ listed }) => listed > 0)
        ? "a listing named some, and none could be read"
        : "no listing named any"
      : `all that ${operations.join(", ")} named`,
    total("excluded") === 0 ? "no filter" : `excluded by configuration or limit: ${total("excluded")}`,
    ...(total("gap_count") === 0 ? [] : [`gaps: ${total("gap_count")}`]),
    "no sample",
  ].join(", ");
}
