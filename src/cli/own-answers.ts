import { CountersignError, canonicalJson, type ErrorCode } from "../base/index.ts";
import { CallFailure, type Answer, type GapReason } from "../facts/index.ts";

/** Asked for by several questions, done once; what failed is tried again by the next. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (thrown) {
      made = undefined;
      throw thrown;
    }
  };
}

/**
 * How an error of what lies on our own side shows as a gap. None of these passes by itself, so none is called an outage that is
 * asked about again, but for a service that does not answer.
 */
const REASONS: Partial<Record<ErrorCode, GapReason>> = {
  E_DENIED: "denied",
  E_DISK: "denied",
  E_INPUT: "denied",
  E_INTEGRITY: "malformed",
  E_NOT_FOUND: "unsupported",
  E_REFERENCE: "denied",
  E_ROLLBACK: "malformed",
  E_STATE_LOCKED: "unavailable",
  E_UNREACHABLE: "unavailable",
  E_VAULT_LOCKED: "denied",
};

/** Whether an error becomes a gap of the question that met it. */
export function isGapLater(thrown: unknown): thrown is CountersignError {
  return thrown instanceof CountersignError && REASONS[thrown.code] !== undefined;
}

/** An answer of our own, as canonical JSON. Throws `CallFailure` where there is none, and our own bugs. */
export async function answered(make: () => Promise<unknown>): Promise<Answer> {
  try {
    const text = canonicalJson(await make());
    return { status: 200, media_type: "application/json", body: Buffer.from(text, "utf8") };
  } catch (thrown) {
    throw failureOf(thrown);
  }
}

function failureOf(thrown: unknown): unknown {
  if (!isGapLater(thrown)) return thrown;
  const { code, message, fix } = thrown;
  const reason = REASONS[code] ?? "unavailable";
  // A check may tell it as a fact; here it says why nothing else is told.
  const detail = reason === "malformed" ? `not intact (${code}): ${message}` : message;
  return new CallFailure(reason, detail, { cause: thrown, ...(fix === undefined ? {} : { fix }) });
}
