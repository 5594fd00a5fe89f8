/**
 * What a process that holds credentials does not offer: imported before anything else.
 *
 * SIGUSR1 would open Node's inspector, by which whoever may signal reads all memory; a listener of our own takes its place.
 * The scripts of this package say `--disable-sigusr1` as well, which holds from the first instant. A diagnostic report
 * leaves the environment out, where keys may stand.
 */
process.on("SIGUSR1", () => undefined);
process.report.excludeEnv = true;
