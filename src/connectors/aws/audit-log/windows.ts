import { without, type LogEntry, type LogState, type Span } from "../../../facts/index.ts";
import type { LogReading, Outcome } from "./reading.ts";
import { byDay, earlier } from "./times.ts";

const AFTER_ALL_NAMES = "~";

/** What was read of one window, as far as it went. */
export interface WindowRead {
  readonly entries: readonly LogEntry[];
  /** Of which time all that there is was read; absent: of none for certain. */
  readonly read: Span | undefined;
  /** Whether that is all of the window. */
  readonly whole: boolean;
}

/**
 * Reads what was not searched yet in windows of a day, oldest first, and keeps each as a step. A window that could not be read
 * ends the run: the next begins there. Of a time that is not settled yet nothing is claimed, so that it is read again.
 */
export async function* readWindows(
  reading: LogReading,
  { state, wanted, settled }: { state: LogState; wanted: Span; settled: string },
  read: (window: Span) => AsyncGenerator<Outcome, WindowRead>,
): AsyncGenerator<Outcome> {
  const windows = without(wanted, state.searched).flatMap(byDay);
  for (const window of windows) {
    const { entries, read: claimed, whole } = yield* read(window);
    const span = claimed === undefined ? undefined : { ...claimed, to_at: earlier(claimed.to_at, settled) };
    yield await reading.step({
      ...(span === undefined ? {} : { searched: span }),
      observed: span === undefined ? [] : [span],
      entries: [...entries],
      holes: [],
      filled: [],
      // A page of the same name may hold others.
      forget_before: AFTER_ALL_NAMES,
    });
    if (!whole) return;
  }
}
