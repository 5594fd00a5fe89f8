import { readJson } from "./text/json.ts";
import { entriesOf, itemsOf, placeOf, textOf, type Node } from "./text/node.ts";
import type { Place, SourceText } from "./text/source-text.ts";
import { readYaml } from "./text/yaml.ts";
import type { GateFinding, Notice } from "./verdict.ts";

/** Somebody's word that a finding may stand until a day, and why. */
export interface Waiver {
  readonly policy_id: string;
  /** `YYYY-MM-DD`: the last day, in UTC, on which it holds. */
  readonly until: string;
  readonly reason: string;
  readonly place: Place;
  /** How it is written: alone on its line, so that it is about what comes next; behind something; as a value of what it is about. */
  readonly written: "above" | "behind" | "value";
}

export interface WaiversOfFile {
  readonly waivers: readonly Waiver[];
  readonly notices: readonly Notice[];
}

/** How waivers are taken. */
export interface WaiverTerms {
  /** The day of the run, `YYYY-MM-DD`. */
  readonly today: string;
  /** Most days from today to a waiver's end. */
  readonly maxDays: number;
  /** Which waivers hold, by `waiverKey`, where another state of the files says; undefined: all. */
  readonly trusted?: ReadonlySet<string>;
}

export const DEFAULT_WAIVER_DAYS = 180;

const MARK = "countersign:waive";
const COMMENT = /(?:#|\/\/|--|\/\*)\s*countersign:waive(?![\w-])([^\n]*)/g;
const ANNOTATION = "countersign.dev/waive";
/** A file without any of these has no waiver. */
export const MARKS: readonly string[] = [MARK, ANNOTATION, "Metadata"];
/** A policy of ours, or a rule of own Rego: `main/deny_root`. */
const POLICY = /^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)*|[\w.-]+\/[A-Za-z0-9_]+)$/;
const TERMS = /^\s*([\w./-]+)\s+until=(\d{4}-\d{2}-\d{2})\s+reason="((?:[^"\\]|\\.)+)"\s*(?:\*\/\s*)?$/;
const MAX_REASON = 1000;
/** Findings that nobody waives beside what they are about: what guards a change, and what stands in an earlier commit. */
const isBeyond = ({ format, commit }: GateFinding): boolean => format === "guard" || commit !== undefined;

/**
 * The waivers that are written in a file: comments `# countersign:waive <policy_id> until=YYYY-MM-DD reason="…"`, `Metadata.countersign` of
 * CloudFormation, and annotations `countersign.dev/waive…` of Kubernetes. One that is not written so is told, and waives nothing.
 */
export function waiversOf(source: SourceText): WaiversOfFile {
  const { text } = source;
  const waivers: Waiver[] = [];
  const notices: Notice[] = [];
  const take = (said: string, place: Place, written: Waiver["written"]): void => {
    const read = waiverTerms(said);
    if (typeof read === "string") notices.push({ kind: "waiver_malformed", message: read, place });
    else waivers.push({ ...read, place, written });
  };
  if (text.includes(MARK)) {
    for (const match of text.matchAll(COMMENT)) {
      const place = source.place(match.index, match.index + match[0].trimEnd().length);
      const before = source.line(place.line).slice(0, place.column - 1);
      take((match[1] ?? "").replace(/\r$/, ""), place, before.trim() === "" ? "above" : "behind");
    }
  }
  for (const { said, node } of structured(source)) take(said, placeOf(node), "value");
  return { waivers, notices };
}

/** What a waiver says; a sentence where it does not say it. */
function waiverTerms(said: string): Pick<Waiver, "policy_id" | "reason" | "until"> | string {
  const [, policy = "", until = "", written = ""] = TERMS.exec(said) ?? [];
  const reason = written.replaceAll(/\\(.)/g, "$1").trim();
  const form = `expected \`<policy_id> until=YYYY-MM-DD reason="…"\``;
  if (policy === "") return `${form}, got something else: it waives nothing`;
  if (!POLICY.test(policy)) return `${form}, got a policy that cannot be: it waives nothing`;
  if (!isDay(until)) return `expected a day in until, got ${until}: it waives nothing`;
  if (reason.length < 3 || reason.length > MAX_REASON)
    return `expected a reason of 3 to ${MAX_REASON} characters, got ${reason.length}: it waives nothing`;
  return { policy_id: policy, until, reason };
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

interface Said {
  readonly said: string;
  readonly node: Node;
}

/** Waivers in values, of formats that have no comments, or whose comments get lost. */
function structured(source: SourceText): Said[] {
  const { text, path } = source;
  const annotated = text.includes(ANNOTATION);
  if (!annotated && !(text.includes("Metadata") && /\bcountersign\b/.test(text))) return [];
  const found: Said[] = [];
  try {
    if (/^\s*[{[]/.test(text) && !/\.ya?ml$/.test(path)) collect(readJson(source), found);
    else if (/\.(ya?ml|json|template)$/.test(path))
      for (const { root } of readYaml(source)) if (root !== undefined) collect(root, found);
  } catch {
    return []; // who reads the file as what it is tells that it is malformed
  }
  return found;
}

function collect(root: Node, found: Said[]): void {
  const waiting: Node[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "list") for (const item of next.items) waiting.push(item);
    for (const [key, { value }] of entriesOf(next)) {
      waiting.push(value);
      if (key === "annotations") found.push(...annotations(value));
      if (key === "Metadata") found.push(...metadata(value));
    }
  }
}

const annotations = (node: Node): Said[] =>
  entriesOf(node)
    .filter(([key]) => key.startsWith(ANNOTATION))
    .map(([, { value }]) => ({ said: textOf(value) ?? "", node: value }));

/** `Metadata: { countersign: { waive: ["…"] } }`, or one text. */
function metadata(node: Node): Said[] {
  const own = entriesOf(node).find(([key]) => key === "countersign")?.[1].value;
  const waive = entriesOf(own).find(([key]) => key === "waive")?.[1].value;
  if (waive === undefined) return [];
  const items = waive.kind === "list" ? itemsOf(waive) : [waive];
  return items.map((item) => ({ said: textOf(item) ?? "", node: item }));
}

/** By what a waiver of one state of the files is that of another: lines move, what it waives and says does not. */
export function waiverKey(
  policy_id: string,
  address: string,
  { until, reason }: Pick<Waiver, "reason" | "until">,
): string {
  return JSON.stringify([policy_id, address, until, reason]);
}

export interface Waived {
  readonly findings: readonly GateFinding[];
  readonly notices: readonly Notice[];
}

/** Findings with what waives them. A waiver that does not hold, or that is about nothing, is told; a policy's own failure cannot be waived. */
export function waived(
  findings: readonly GateFinding[],
  waivers: readonly Waiver[],
  sources: ReadonlyMap<string, SourceText>,
  terms: WaiverTerms,
): Waived {
  const byFile = Map.groupBy(waivers, ({ place }) => place.file);
  const used = new Map<Waiver, "doubted" | "held">();
  const told = findings.map((finding): GateFinding => {
    if (finding.state !== "new" || finding.outcome === "error" || isBeyond(finding)) return finding;
    const about = (byFile.get(finding.place.file) ?? []).filter(
      (waiver) => waiver.policy_id === finding.policy_id && isAbout(waiver, finding, sources),
    );
    for (const waiver of about) {
      if (fault(waiver, terms) !== undefined) continue;
      if (!(terms.trusted?.has(waiverKey(waiver.policy_id, finding.subject.address, waiver)) ?? true)) {
        if (!used.has(waiver)) used.set(waiver, "doubted");
        continue;
      }
      used.set(waiver, "held");
      const { reason, until, place } = waiver;
      return { ...finding, state: "waived", waiver: { reason, until, place } };
    }
    return finding;
  });
  const notices = waivers.flatMap((waiver): Notice[] => {
    const { place, policy_id } = waiver;
    const wrong = fault(waiver, terms);
    if (wrong !== undefined) return [{ ...wrong, place }];
    const use = used.get(waiver);
    if (use === "held") return [];
    if (use === "doubted") {
      const message = `the base has no such waiver of ${policy_id}: it waives nothing before it is there`;
      return [{ kind: "waiver_untrusted", message, place }];
    }
    const message = `nothing is found here that ${policy_id} would have to be waived for`;
    return [{ kind: "waiver_unmatched", message, place }];
  });
  return { findings: told, notices };
}

function fault(
  { until, policy_id }: Waiver,
  { today, maxDays }: WaiverTerms,
): Omit<Notice, "place"> | undefined {
  if (until < today) {
    return {
      kind: "waiver_expired",
      message: `the waiver of ${policy_id} ended with ${until}: it waives nothing`,
    };
  }
  const days = Math.round((Date.parse(`${until}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000);
  if (days <= maxDays) return undefined;
  const message = `expected a waiver of ${policy_id} for at most ${maxDays} days, got ${days}: it waives nothing`;
  return { kind: "waiver_too_long", message };
}

/**
 * A value: within the declaration. A comment: on any line of the place or the declaration, or above with nothing but comments between.
 */
function isAbout(
  { place, written }: Waiver,
  { place: own, block }: GateFinding,
  sources: ReadonlyMap<string, SourceText>,
): boolean {
  const ranges = [own, ...(block === undefined ? [] : [block])];
  if (written === "value") return ranges.some((range) => isWithin(place, range));
  const source = sources.get(place.file);
  return ranges.some(
    (range) =>
      (place.line >= range.line && place.line <= lastLine(range)) ||
      (written === "above" &&
        source !== undefined &&
        place.line < range.line &&
        onlyComments(source, place.line, range.line)),
  );
}

/** A file may have one line alone: columns tell whose value it is. */
function isWithin(inner: Place, outer: Place): boolean {
  const begins = inner.line > outer.line || (inner.line === outer.line && inner.column >= outer.column);
  const ends =
    inner.end_line < outer.end_line ||
    (inner.end_line === outer.end_line && inner.end_column <= outer.end_column);
  return begins && ends;
}

/** A range that ends where a line begins has nothing of that line. */
function lastLine({ line, end_line, end_column }: Place): number {
  return end_column === 1 && end_line > line ? end_line - 1 : end_line;
}

/** Most lines of comments between a waiver and what it is about. */
const MAX_COMMENT_LINES = 20;

function onlyComments(source: SourceText, from: number, to: number): boolean {
  if (to - from > MAX_COMMENT_LINES) return false;
  for (let line = from; line < to; line += 1)
    if (!/^\s*(#|\/\/|--|\/\*)/.test(source.line(line))) return false;
  return true;
}
