import { sortedBy } from "../base/index.ts";
import { validGap, type Call, type Gap, type GapReason } from "../facts/index.ts";

/** Longest detail or fix that a gap holds. */
export const MAX_DETAIL = 1024;

/** Why a question has no usable answer. */
export interface Failure {
  readonly reason: GapReason;
  readonly detail: string;
  readonly fix?: string;
  /** Digest of the refused answer, where one came. */
  readonly record?: string;
}

/** The gap that a failed question leaves: the same failure hides different things for different askers. */
export function gapOf(storeId: string, call: Call, { reason, detail, fix, record }: Failure): Gap {
  return validGap({
    store_id: storeId,
    scope: call.scope,
    ...(call.resource === undefined ? {} : { resource: call.resource }),
    operation: call.operation,
    reason,
    hides: sortedBy(new Set(call.hides), (kind) => kind),
    detail,
    ...(fix === undefined ? {} : { fix }),
    ...(record === undefined ? {} : { record }),
    ...call.span,
  });
}
