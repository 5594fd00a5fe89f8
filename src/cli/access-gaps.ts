import type { Blindness } from "../access/index.ts";
import { compareStrings, sortedBy, counted } from "../base/index.ts";
import { gapDigest, gapFix, gapGroups, gapPlaces, type FactKind, type Gap } from "../facts/index.ts";

/** Most causes of gaps that are told one by one; `gaps.csv` of a report has them all. */
const MAX_TOLD = 5;

/** Most places that are named with one of them. */
const MAX_PLACES = 3;

/** What was not read and may hide an answer, or a part of it. */
export interface Unseen {
  readonly blindness: readonly Blindness[];
  /** The gaps behind it, once each; what is not known for another reason than a gap is in `blindness` alone. */
  readonly gaps: readonly Gap[];
}

/** What may hide things and principals of these kinds, wherever they would be. */
export function hiding(gaps: readonly Gap[], kinds: readonly FactKind[]): Blindness[] {
  return gaps.flatMap((gap) =>
    kinds
      .filter((kind) => gap.hides.includes(kind))
      .map((fact_kind) => ({
        store_id: gap.store_id,
        fact_kind,
        reason: gap.reason,
        gap: gapDigest(gap),
      })),
  );
}

/** `blindness` once, with its gaps: those that speak of the place of `wanted`, an id or its end, come first. */
export function unseen(blindness: readonly Blindness[], all: readonly Gap[], wanted: string): Unseen {
  const named = new Set(blindness.map(({ gap }) => gap));
  const gaps = all.filter((gap) => named.has(gapDigest(gap)));
  const rank = (gap: Gap): string => (isNear(gap, wanted) ? "0" : "1");
  const once = new Map(blindness.map((one) => [`${one.store_id} ${one.fact_kind} ${one.gap ?? ""}`, one]));
  return { blindness: [...once.values()], gaps: sortedBy(gaps, rank) };
}

/** What is hidden with the words of its gap, for programs: a digest alone says nothing without the report. */
export function blindnessJson({ blindness, gaps }: Unseen): readonly object[] {
  const byDigest = new Map(gaps.map((gap) => [gapDigest(gap), gap]));
  return blindness.map((one) => {
    const found = byDigest.get(one.gap ?? "");
    if (found === undefined) return one;
    const { scope, resource, operation, detail } = found;
    return {
      ...one,
      scope,
      ...(resource === undefined ? {} : { resource }),
      operation,
      detail,
      fix: gapFix(found),
    };
  });
}

/** Whether what is hidden stands where `wanted` would: `vault:ssh/` hides `ssh/roles/ops`, and so does the whole store. */
function isNear({ store_id, resource }: Gap, wanted: string): boolean {
  if (resource === undefined || resource === `${store_id}:` || wanted.startsWith(resource)) return true;
  const ends = [...wanted.matchAll(/\/|$/g)].map(({ index }) => wanted.slice(0, index + 1));
  return ends.some((head) => head !== "" && (resource.endsWith(`:${head}`) || resource.endsWith(`/${head}`)));
}

/** The kinds that are hidden, e.g. `group (denied), secret (unsupported)`. */
export function kindsText({ blindness }: Unseen): string {
  const kinds = new Set(blindness.map(({ fact_kind, reason }) => `${fact_kind} (${reason})`));
  return [...kinds].sort(compareStrings).join(", ");
}

/** The gaps for a person, a line for each cause; empty where none is known by name. */
export function gapLines({ gaps }: Unseen): string[] {
  const groups = gapGroups(gaps);
  const told = groups.slice(0, MAX_TOLD);
  const more = groups.slice(MAX_TOLD).reduce((sum, group) => sum + group.length, 0);
  return [
    ...told.map((group) => `${gapPlaces(group, MAX_PLACES)}: ${group[0].detail}`),
    ...(more > 0 ? [`and ${counted(more, "more gap")}; gaps.csv of a report has them all`] : []),
  ];
}
