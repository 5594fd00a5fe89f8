import { counted } from "../base/index.ts";
import {
  Count,
  GAP_REASONS,
  InstantText,
  Text,
  Texts,
  Type,
  closed,
  gapGroups,
  gapScopes,
  isExcluded,
  literals,
  namedText,
  type FactKind,
  type Gap,
  type Static,
} from "../facts/index.ts";

/** What listings name, in words for a person, what a report is mostly about first. */
const LISTED: Partial<Record<FactKind, string>> = {
  secret: "secrets",
  key: "keys",
  principal: "principals",
  group: "principals",
  auth_role: "principals",
  auth_method: "principals",
  token: "tokens",
  mount: "secrets engines",
  namespace: "namespaces",
  account: "accounts",
  store: "stores",
  certificate: "certificates",
  certificate_role: "certificate roles",
  dynamic_role: "dynamic roles",
  review_campaign: "access reviews",
};

const LISTED_KINDS = Object.keys(LISTED) as FactKind[];

/** Things that could not be listed, for one cause: whoever reads the report reads nothing of them, not even that they exist. */
export const Unlisted = closed({
  store_id: Type.String(),
  /** Fact kinds of which members are missing. */
  kinds: Type.Array(Type.String(), { minItems: 1 }),
  /** In words, e.g. `secrets`. */
  populations: Texts,
  /** In words, e.g. `14 Regions of account 123456789012 (af-south-1, …)`. */
  places: Text,
  reason: literals(GAP_REASONS),
  detail: Text,
  fix: Type.Optional(Text),
  gap_count: Count,
});

export type Unlisted = Static<typeof Unlisted>;

/** Of a package whose populations are not whole: why, and the last snapshot of the same stores in which they were. */
export const Incomplete = closed({
  /** By cause, the one of most gaps first. */
  causes: Type.Array(Unlisted, { minItems: 1 }),
  /** Absent where no earlier snapshot that was looked at listed everything. */
  last_complete: Type.Optional(
    closed({
      snapshot_id: Type.String(),
      taken_at: InstantText,
      /** Secrets that it has and this package has not. */
      secret_count: Count,
      /** What failed there, by policy and subject, and is here neither seen nor known. */
      finding_count: Count,
    }),
  ),
});

export type Incomplete = Static<typeof Incomplete>;

/** Places that one line names. */
const MAX_PLACES = 3;

/** Words that one line names. */
const MAX_WORDS = 4;

/**
 * What could not be listed, by cause. Not what the configuration leaves out: somebody decided that, and the report says so where it says
 * what was looked at. A gap of one thing that a listing named hides no member.
 */
export function unlisted(gaps: readonly Gap[]): Unlisted[] {
  const failed = gaps.filter((gap) => isListing(gap) && !isExcluded(gap));
  return gapGroups(failed)
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const [{ store_id, reason, detail, fix }] = group;
      const kinds = LISTED_KINDS.filter((kind) => group.some(({ hides }) => hides.includes(kind)));
      return {
        store_id,
        kinds,
        populations: [...new Set(kinds.flatMap((kind) => LISTED[kind] ?? []))],
        places: gapScopes(group, MAX_PLACES),
        reason,
        detail,
        ...(fix === undefined ? {} : { fix }),
        gap_count: group.length,
      };
    });
}

/** Whether members of a population that nobody has named may be hidden. */
function isListing({ hides, resource }: Gap): boolean {
  const many = resource === undefined || /[/:]$/.test(resource);
  return many && hides.some((kind) => LISTED_KINDS.includes(kind));
}

/** Characters of a cause that are told; gaps.csv has all. */
const MAX_DETAIL = 300;

/** Causes that are told; the package has all. */
const MAX_CAUSES = 5;

/** That a package is not whole, for a person, a sentence each: why, and where what is not in it stands. Empty where it is whole. */
export function incompleteText({ incomplete }: { readonly incomplete?: Incomplete }): string[] {
  if (incomplete === undefined) return [];
  const { causes, last_complete: last } = incomplete;
  const told = causes.slice(0, MAX_CAUSES).map((cause, index) => causeText(cause, index === 0));
  const more = causes.length - told.length;
  return [
    ...told,
    ...(more === 0 ? [] : [`INCOMPLETE: and for ${counted(more, "further cause")}: see gaps.csv.`]),
    ...(last === undefined
      ? []
      : [
          `${lastText(last)}; \`countersign report --from ${last.snapshot_id} --out <directory>\` makes that one again.`,
        ]),
  ];
}

/** What the last complete report has that this one lacks; nothing is counted where nothing is. */
function lastText({
  taken_at,
  secret_count,
  finding_count,
}: NonNullable<Incomplete["last_complete"]>): string {
  if (secret_count + finding_count === 0) return `The last complete report is of ${taken_at}`;
  return `${counted(secret_count, "secret")} and ${counted(finding_count, "finding")} of the last complete report (${taken_at}) are not in it`;
}

function causeText({ populations, places, detail, reason }: Unlisted, isFirst: boolean): string {
  const short = detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)} …` : detail;
  const scope = isFirst ? "; what follows speaks of what was read" : "";
  const again = AGAIN.has(reason) ? " Run again when it answers: everything is then listed anew." : "";
  return `INCOMPLETE: the ${namedText(populations, MAX_WORDS)} of ${places} could not be listed (${short})${scope}.${again}`;
}

/** Failures that may be over by themselves. */
const AGAIN: ReadonlySet<Gap["reason"]> = new Set(["throttled", "timeout", "unavailable", "interrupted"]);
