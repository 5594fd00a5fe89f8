import { CountersignError } from "../base/index.ts";
import { SUBJECT_KINDS, TIERS, type SubjectKind, type Tier } from "./catalogue.ts";

/** Largest document of a subject, as canonical JSON. */
export const MAX_SUBJECT_BYTES = 16 * 1024;

/** What this layer itself reads of a subject; policies see all of it. */
export interface SubjectHeader {
  readonly id: string;
  readonly kind: SubjectKind;
  readonly tier?: Tier;
  /** Of a principal. */
  readonly principal_type?: string;
  /** What keeps it. */
  readonly store?: { readonly product?: string };
  readonly undecided?: readonly string[];
  readonly gaps: readonly { readonly fact_kind: string; readonly reason: string }[];
}

/** What a member of a header has to be; said by hand, since compiling a schema takes longer than a small run of the gate. */
const MEMBERS: Readonly<Record<keyof SubjectHeader, readonly [(value: unknown) => boolean, string]>> = {
  id: [(value) => isText(value) && value !== "", "a text that is not empty"],
  kind: [(value) => isOneOf(SUBJECT_KINDS, value), `one of ${SUBJECT_KINDS.join(", ")}`],
  tier: [(value) => value === undefined || isOneOf(TIERS, value), `one of ${TIERS.join(", ")}`],
  principal_type: [(value) => value === undefined || isText(value), "a text"],
  store: [
    (value) =>
      value === undefined || (isObject(value) && ["undefined", "string"].includes(typeof value["product"])),
    "an object, whose product is a text",
  ],
  undecided: [
    (value) => value === undefined || (Array.isArray(value) && value.every(isText)),
    "a list of texts",
  ],
  gaps: [(value) => Array.isArray(value) && value.every(isGap), "a list of {fact_kind, reason}"],
};

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isOneOf(names: readonly string[], value: unknown): boolean {
  return isText(value) && names.includes(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGap(value: unknown): boolean {
  return isObject(value) && isText(value["fact_kind"]) && isText(value["reason"]);
}

/** Reads a subject's header from its document. E_INPUT when it is too large or not a subject. */
export function parseSubject(line: Uint8Array): SubjectHeader {
  if (line.length > MAX_SUBJECT_BYTES) {
    throw new CountersignError(
      "E_INPUT",
      `expected a subject of at most ${MAX_SUBJECT_BYTES} bytes, got ${line.length}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("utf8"));
  } catch (cause) {
    throw new CountersignError("E_INPUT", "expected a subject as JSON, got something else", { cause });
  }
  if (!isObject(value)) throw new CountersignError("E_INPUT", "expected a subject, got no object");
  const odd = Object.entries(MEMBERS).find(([name, [fits]]) => !fits(value[name]));
  if (odd === undefined) return value as unknown as SubjectHeader;
  const [name, [, expected]] = odd;
  throw new CountersignError(
    "E_INPUT",
    `expected a subject, whose ${name} is ${expected}, got something else`,
  );
}
