import { sortedBy } from "../base/index.ts";
import { percentDecoded, percentOffset } from "./percent-encoded.ts";
import {
  ACCESS_KEY_ID_RULE,
  NEARBY_PATTERNS,
  hitsOf,
  isStandIn,
  patternsIn,
  type SecretPattern,
} from "./patterns.ts";
import { presetHits, type Hit } from "./preset.ts";

/** One string of an answer, with the object key that it stands under where it has one. */
export interface Leaf {
  readonly key: string;
  readonly text: string;
  /** What the text is the value of, where a neighbour says so instead of the key: `{"Key": "password", "Value": "…"}`. */
  readonly named?: string;
  /** Whether a connector says that the text is an identifier: rules that know credentials by their looks or names alone do not hold. */
  readonly identifier?: boolean;
}

/** Where in a leaf something stands that looks like a credential. */
export interface Finding {
  readonly leaf: number;
  readonly part: "key" | "text";
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** Keys that name a credential outright, e.g. "DB password"; what stands under them is one, whatever it looks like. */
const CREDENTIAL_KEY =
  /(?:password|passwd|pwd|passphrase|bind_?pass|client_?secret|(?:secret|secret_?access|api|private|unseal)_?key|(?:client|access|refresh|auth|root|api|session|bearer)_?token)$|^(?:token|secret|secret_?id|pass|pw|credentials?)$/;

/** The rule of what its key calls a credential. */
const NAMED_RULE = "named-credential";

/** Rules that do not hold for identifiers: by its looks or its name one is taken for more. */
const NOT_OF_IDENTIFIERS: readonly string[] = [ACCESS_KEY_ID_RULE, NAMED_RULE];

/**
 * Places that look like credentials pasted where they do not belong, by leaf and position. A percent-encoded document is
 * searched as its reader sees it: escapes make credentials of words, and hide those that have escaped characters. Pure
 * but for its loading.
 */
export async function findSecrets(leaves: readonly Leaf[]): Promise<Finding[]> {
  if (leaves.length === 0) return [];
  const found = await findDecoded(
    leaves.map((leaf) => {
      const text = percentDecoded(leaf.text);
      return text === undefined ? leaf : { ...leaf, text };
    }),
  );
  return found.map((finding) => {
    const { text = "" } = leaves[finding.leaf] ?? {};
    if (finding.part === "key" || percentDecoded(text) === undefined) return finding;
    return { ...finding, start: percentOffset(text, finding.start), end: percentOffset(text, finding.end) };
  });
}

async function findDecoded(leaves: readonly Leaf[]): Promise<Finding[]> {
  const lines: string[] = [];
  const starts: number[] = [];
  let offset = 0;
  for (const leaf of leaves) {
    const line = `${lead(leaf)}${leaf.text}`;
    starts.push(offset);
    lines.push(line);
    offset += line.length + 1;
  }
  const joined = lines.join("\n");
  const patterns = patternsIn(joined);
  const findings = leaves.flatMap((leaf, index) => ownFindings(leaf, index, patterns));
  for (const hit of [...hitsOf(NEARBY_PATTERNS, joined), ...(await presetHits(joined))])
    findings.push(...placed(hit, leaves, starts));
  // Before the longest is chosen: what does not hold must not stand for what is within it.
  const holding = findings.filter(
    ({ leaf, part, rule }) =>
      !(leaves[leaf]?.identifier === true && part === "text" && NOT_OF_IDENTIFIERS.includes(rule)),
  );
  return outermost(
    sortedBy(holding, ({ leaf, part, start }) =>
      [leaf, start].map((n) => String(n).padStart(9, "0")).join(part),
    ),
  );
}

/** What stands before a leaf's text in the joined text. */
function lead({ key, named = key }: Leaf): string {
  return named === "" ? "" : `${named}: `;
}

/** One credential is one finding, however many rules know it: that of the longest span; of equals the first. */
function outermost(findings: readonly Finding[]): Finding[] {
  const within = (inner: Finding, outer: Finding): boolean =>
    inner.leaf === outer.leaf &&
    inner.part === outer.part &&
    inner.start >= outer.start &&
    inner.end <= outer.end;
  const kept: Finding[] = [];
  for (const finding of findings) {
    // Sorted by their beginning, so what holds this one, or is held by it, is mostly the last.
    const last = kept.at(-1);
    if (last !== undefined && within(finding, last)) continue;
    while (kept.length > 0 && within(kept.at(-1) ?? finding, finding)) kept.pop();
    kept.push(finding);
  }
  return kept;
}

function ownFindings(
  { key, text, named = key }: Leaf,
  leaf: number,
  patterns: readonly SecretPattern[],
): Finding[] {
  const found: Finding[] = [];
  for (const [part, value] of [
    ["key", key],
    ["text", text],
  ] as const) {
    for (const hit of hitsOf(patterns, value)) found.push({ leaf, part, ...hit });
  }
  // Behind the others: where one of them knows all of it, its name tells more.
  if (CREDENTIAL_KEY.test(named.toLowerCase().replace(/[-. ]/g, "_")) && !isStandIn(text)) {
    found.push({ leaf, part: "text", start: 0, end: text.length, rule: NAMED_RULE });
  }
  return found;
}

/** A hit in the joined text, as the parts of the leaf that it begins in: no credential reaches from one into the next. */
function placed(hit: Hit, leaves: readonly Leaf[], starts: readonly number[]): Finding[] {
  const leaf = leafAt(starts, hit.start);
  const of = leaves[leaf] ?? { key: "", text: "" };
  const { key, text, named } = of;
  const lineStart = starts[leaf] ?? 0;
  const textStart = lineStart + lead(of).length;
  const found: Finding[] = [];
  for (const [part, value, at] of [
    // What a neighbour says is searched where it stands itself.
    ["key", named === undefined ? key : "", lineStart],
    ["text", text, textStart],
  ] as const) {
    const start = Math.max(hit.start, at) - at;
    const end = Math.min(hit.end, at + value.length) - at;
    // A context such as "secret_access_key: …" reaches into the key; only a hit within the key alone is meant there.
    if (start < end && (part === "text" || hit.end <= textStart))
      found.push({ leaf, part, start, end, rule: hit.rule });
  }
  return found;
}

/** The last leaf that starts at or before `offset`. */
function leafAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
