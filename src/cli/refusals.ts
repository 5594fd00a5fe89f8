import { counted, sortedBy } from "../base/index.ts";
import { gapFix, type Gap } from "../facts/index.ts";

/** Fixes that are told; `gaps.csv` of a report has them all. */
const MAX_FIXES = 3;

/** How many gaps there are, how many of them because the store refused, and what would fill most of these. */
export function refusalsOf(gaps: readonly Gap[]): { readonly detail: string; readonly fix?: string } {
  const refused = gaps.filter(({ reason }) => reason === "denied");
  if (refused.length === 0) return { detail: `${counted(gaps.length, "gap")}, none of them a refusal` };
  const detail = `${counted(gaps.length, "gap")}, of which ${counted(refused.length, "refusal")}`;
  const byFix = [...Map.groupBy(refused, permission)].map(([fix, same]) => ({ fix, count: same.length }));
  // The most first, and of as many the first by name.
  const ranked = sortedBy(byFix, ({ fix, count }) => `${String(1e9 - count).padStart(10, "0")} ${fix}`);
  const told = ranked
    .slice(0, MAX_FIXES)
    .map(({ fix, count }) => `${fix} (${counted(count, "gap")})`)
    .join("; ");
  const more = ranked.length - MAX_FIXES;
  return { detail, fix: more > 0 ? `${told}; and ${more} more, which gaps.csv of a report lists` : told };
}

/** The first clause of the advice, which names the permission; what follows is the same for many. */
function permission(gap: Gap): string {
  return (gapFix(gap).split(/; |, and see /)[0] ?? "").replace(/\.$/, "");
}
