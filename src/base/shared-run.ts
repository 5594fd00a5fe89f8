/**
 * Work that is done for all who ask at once: calls before it begins share one run, calls during a run share the next one. So what happened
 * before a call is in the run that the call waits for. A run that fails, fails for those who share it alone.
 */
export function sharedRun<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    if (next !== undefined) return next;
    const mine = running
      .catch(() => undefined)
      .then(async () => {
        running = mine;
        next = undefined;
        return await work();
      });
    next = mine;
    return mine;
  };
}
