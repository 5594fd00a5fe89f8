import { CountersignError } from "../base/index.ts";
import { Type, compileSchema, type Static } from "../facts/index.ts";
import { SUBJECT_KINDS, TIERS } from "./catalogue.ts";

/** Largest document of a subject, as canonical JSON. */
export const MAX_SUBJECT_BYTES = 16 * 1024;

/** What this layer itself reads of a subject; policies see all of it. */
const SubjectHeader = Type.Object({
  id: Type.String({ minLength: 1 }),
  kind: Type.Union(SUBJECT_KINDS.map((kind) => Type.Literal(kind))),
  tier: Type.Optional(Type.Union(TIERS.map((tier) => Type.Literal(tier)))),
  /** Of a principal. */
  principal_type: Type.Optional(Type.String()),
  undecided: Type.Optional(Type.Array(Type.String())),
  gaps: Type.Array(Type.Object({ fact_kind: Type.String(), reason: Type.String() })),
});

export type SubjectHeader = Static<typeof SubjectHeader>;

const header = compileSchema(SubjectHeader);

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
  if (header.fits(value)) return value;
  throw new CountersignError("E_INPUT", `expected a subject, got: ${header.complaint()}`);
}
