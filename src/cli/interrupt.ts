const SIGNALS = ["SIGINT", "SIGTERM"] as const;

type Signal = (typeof SIGNALS)[number];

/** The part of a process that signals come through. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/**
 * Aborts at the first Ctrl-C or SIGTERM, so that a command can leave consistent state. The next, whichever it is, ends the
 * process as if nobody listened: a command may be waiting for something that it does not interrupt.
 */
export function interruptedBy(source: SignalSource): AbortSignal {
  const interrupted = new AbortController();
  const first = (): void => {
    for (const signal of SIGNALS) source.off(signal, first);
    interrupted.abort();
  };
  for (const signal of SIGNALS) source.on(signal, first);
  return interrupted.signal;
}
