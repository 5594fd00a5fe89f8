import { isGap, recordDigest, type Fact, type FactKind, type Gap, type RawRecord } from "../facts/index.ts";

/** Longest detail that a gap may have. */
const MAX_DETAIL = 1024;

/** The parameters of a record's question, as texts. */
export function textParams({ params }: Pick<RawRecord, "params">): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)]));
}

/** The first of each kind and id: a listing that names a thing twice names one thing. */
export function distinct(found: readonly (Fact | Gap)[]): (Fact | Gap)[] {
  const seen = new Set<string>();
  return found.filter((item) => {
    if (isGap(item)) return true;
    const name = `${item.kind}\n${item.id}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** What an answer hides that is not shaped as documented; all of its scope where `resource` is absent. */
export function malformed(
  record: RawRecord,
  { resource, hides }: { readonly resource?: string | undefined; readonly hides: readonly FactKind[] },
  complaint: string,
): Gap {
  const { store_id, scope, operation } = record;
  return {
    store_id,
    scope,
    ...(resource === undefined ? {} : { resource }),
    operation,
    reason: "malformed",
    hides: [...hides],
    detail: complaint.slice(0, MAX_DETAIL),
    record: recordDigest(record),
  };
}
