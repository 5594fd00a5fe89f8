import { CountersignError, messageOf } from "../base/index.ts";

/** What went wrong once a change was on disk: who is told of the error alone would make the change twice. */
export function keptDespite(thrown: unknown, generation: number): CountersignError {
  const code = thrown instanceof CountersignError ? thrown.code : "E_INTERNAL";
  const message = messageOf(thrown);
  return new CountersignError(code, `the change was kept (generation ${generation}), but then: ${message}`, {
    cause: thrown,
    fix:
      "Mend what is said to be wrong, and do not make the change again. `countersign vault list` shows it, and tells whatever " +
      "remembers the vault of it.",
  });
}

/** What failed, and that the access log has no event of it: two errors, of which the first says what kind it is. */
export function unloggedFailure(first: unknown, unrecorded: unknown): Error {
  const message = `${messageOf(first)}; the access log has no event of it: ${messageOf(unrecorded)}`;
  const both = new AggregateError([first, unrecorded], message);
  if (!(first instanceof CountersignError)) return both;
  const fix = first.fix === undefined ? {} : { fix: first.fix };
  return new CountersignError(first.code, message, { cause: both, ...fix });
}
