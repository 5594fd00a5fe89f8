/** Processor time is what holds on a machine that others use too. */
export interface Cost {
  readonly wall_s: number;
  /** Of all threads of the process. */
  readonly cpu_s: number;
  /** Of the process so far. */
  readonly peak_rss_mb?: number;
}

export async function measured(run: () => Promise<void>): Promise<Cost> {
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return {
    wall_s: (performance.now() - begin) / 1000,
    cpu_s: (user + system) / 1e6,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
