import { compareStrings } from "../../base/index.ts";
import { outcomeText, type ReportItem, type ReviewPackage } from "../../review/index.ts";

/** Most items that the PDF prints one by one; `items.csv` has all. */
const MAX_PRINTED = 2000;

/** What the PDF prints of the items: some in full, the others counted. */
export interface Details {
  /** Privileged, critical, revoked, reduced, limited, kept or not decided, in the campaign's order. */
  readonly printed: readonly ReportItem[];
  /** As many of the same that are not printed. */
  readonly left_out: number;
  /** All others, by what they have in common. */
  readonly groups: readonly Group[];
  readonly revocations: readonly ReportItem[];
  readonly sampled: readonly ReportItem[];
}

interface Group {
  readonly store_id: string;
  readonly tier: string;
  readonly outcome: string;
  readonly reviewer: string;
  readonly count: number;
}

/** Whether an auditor wants to see an item by itself. */
function isParticular({ found: { item, outcome, state } }: ReportItem): boolean {
  if (state === "gone") return false;
  return item.privileged || item.break_glass || item.risk === "critical" || outcome !== "certify";
}

export async function detailsOf(source: ReviewPackage): Promise<Details> {
  const printed: ReportItem[] = [];
  const groups = new Map<string, Group>();
  let left_out = 0;
  for await (const one of source.items()) {
    if (isParticular(one)) {
      if (printed.length < MAX_PRINTED) printed.push(one);
      else left_out += 1;
      continue;
    }
    const { item, state, decisions } = one.found;
    const of = {
      store_id: item.store_id,
      tier: item.secrets.tier ?? "not known",
      outcome: state === "gone" ? "access gone meanwhile" : outcomeText(one.found),
      reviewer: decisions[0]?.by ?? "nobody",
    };
    const key = JSON.stringify(of);
    groups.set(key, { ...of, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  const sorted = [...groups].sort(([a], [b]) => compareStrings(a, b)).map(([, group]) => group);
  const revocations = await first(source.revoked());
  const sampled = await first(source.sample());
  return { printed, left_out, groups: sorted, revocations, sampled };
}

async function first(items: AsyncIterable<ReportItem>): Promise<ReportItem[]> {
  const found: ReportItem[] = [];
  for await (const one of items) {
    if (found.length >= MAX_PRINTED) return found;
    found.push(one);
  }
  return found;
}
