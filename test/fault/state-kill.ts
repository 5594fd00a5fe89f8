import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { openJournal } from "../review/journal-place.ts";
import { CAMPAIGN, entryOf } from "../state/rows.ts";

export const CHILD = fileURLToPath(new URL("state-child.ts", import.meta.url));
const ITEMS = 900;

/** Where a process kills itself. */
export const POINTS = [
  "within the transaction",
  "committed",
  "document kept",
  "leaf appended",
  "marked",
] as const;

export type Point = (typeof POINTS)[number];

/** One life; the last version that it acknowledged, 0 where none. `afterMs`: killed from outside, so long after its first commit. */
async function lived(args: readonly string[], afterMs?: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = 0;
  createInterface(child.stdout).on("line", (line) => {
    if (acknowledged === 0 && afterMs !== undefined) void sleep(afterMs).then(() => child.kill("SIGKILL"));
    acknowledged = Number(line);
  });
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe("SIGKILL");
  return acknowledged;
}

/** A process is killed at a point of its second commit, or from outside. What is there afterwards must agree. */
export async function killedAndChecked(root: string, how: Point | number, url?: string): Promise<void> {
  const rest = url === undefined ? [] : [url];
  const acknowledged =
    typeof how === "number"
      ? await lived([root, "never", "0", ...rest], how)
      : await lived([root, how, "2", ...rest]);
  const { state, journal, leaves } = await openJournal(root, url);
  try {
    const version = (await state.campaign(CAMPAIGN))?.version ?? 0;
    // One that was committed and not acknowledged may be there.
    expect(version - acknowledged).toBeGreaterThanOrEqual(0);
    expect(version - acknowledged).toBeLessThanOrEqual(1);
    if (how === "within the transaction") expect(version).toBe(acknowledged);
    expect(await state.counts({ campaign_id: CAMPAIGN }, [])).toEqual([
      { values: [], count: ITEMS * version },
    ]);
    await journal.publish();
    expect(await journal.verify()).toEqual({ entries: 2 * version, outstanding: 0 });
    let entry = 0;
    for await (const { payload } of leaves.all()) expect(payload["entry"]).toBe((entry += 1));
    const [last] = await state.entries({ after: 2 * version - 1 });
    expect(last).toMatchObject({ ...entryOf(2 * version), published: true });
  } finally {
    await state.close();
  }
}
