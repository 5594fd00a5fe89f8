import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { interruptedBy } from "../../src/cli/interrupt.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

describe("a signal", () => {
  it.each(SIGNALS)("%s aborts, and leaves the next of either kind to the system", (first) => {
    const source = new EventEmitter();
    const signal = interruptedBy(source);
    expect([signal.aborted, ...SIGNALS.map((name) => source.listenerCount(name))]).toEqual([false, 1, 1]);
    source.emit(first);
    expect([signal.aborted, ...SIGNALS.map((name) => source.listenerCount(name))]).toEqual([true, 0, 0]);
  });
});
