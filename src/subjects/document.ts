import { canonicalJson } from "../base/index.ts";
import { Type, closed } from "../facts/index.ts";
import { JudgedGaps } from "./schema-parts.ts";
import type { ChangeSubject } from "./change-schema.ts";
import { subjectSchema, type Subject, type SubjectKind } from "./schema.ts";

/** JSON Schema of a policy's whole `input` for one kind of subject: its document. */
export function inputSchema(kind: SubjectKind) {
  const { properties } = Type.Omit(subjectSchema(kind), ["gaps", "records"]);
  return closed({ subject: closed({ ...properties, gaps: JudgedGaps }) });
}

/**
 * The document of a subject, as canonical JSON: what policies are given. It is the subject without the names of what it was
 * read from, the digests of records and gaps: each collection has new ones, since servers put request ids and instants into
 * their answers, though what was seen is the same. That something is hidden, and why, stays.
 */
export function documentOf(subject: Subject): Buffer {
  return Buffer.from(canonicalJson(withoutDigests(subject)), "utf8");
}

/**
 * As `documentOf`, for who takes no digest of it: keys stand in any order, which no policy sees, and where `bearing` is given, gaps of other kinds
 * are left out.
 */
export function passingDocument(subject: Subject, bearing?: ReadonlySet<string>): Buffer {
  const rest = JSON.stringify({ ...subject, gaps: undefined, records: undefined });
  return Buffer.from(`{"gaps":${gapsText(subject.gaps, bearing)},${rest.slice(1)}`, "utf8");
}

/** Bytes of `documentOf(subject)`, told of texts with half a character too. */
export function documentBytes(subject: Subject): number {
  const rest = JSON.stringify({ ...subject, gaps: undefined, records: undefined });
  return Buffer.byteLength(rest) + Buffer.byteLength(gapsText(subject.gaps)) + '"gaps":,'.length;
}

type Gaps = Subject["gaps"];

/** Texts of gaps that several subjects share, by the kinds that are told; of all kinds under none. */
const TEXTS = new WeakMap<Gaps, Map<ReadonlySet<string> | undefined, string>>();

/** A subject's gaps as JSON, without the names of what could not be read: of a file, most subjects have the same. */
function gapsText(gaps: Gaps, bearing?: ReadonlySet<string>): string {
  const texts = TEXTS.get(gaps) ?? new Map<ReadonlySet<string> | undefined, string>();
  const text = texts.get(bearing) ?? JSON.stringify(withoutNames(gaps, bearing));
  texts.set(bearing, text);
  TEXTS.set(gaps, texts);
  return text;
}

function withoutNames(gaps: Gaps, bearing?: ReadonlySet<string>) {
  const told = bearing === undefined ? gaps : gaps.filter(({ fact_kind }) => bearing.has(fact_kind));
  return told.map(({ fact_kind, reason, gap_count }) => ({ fact_kind, gap_count, reason }));
}

function withoutDigests(subject: Subject) {
  return { ...subject, gaps: withoutNames(subject.gaps), records: undefined };
}

/** As `documentOf`, of what only a change under review has: nothing of it names records or gaps. */
export function changeDocument(subject: ChangeSubject): Buffer {
  return Buffer.from(canonicalJson(subject), "utf8");
}
