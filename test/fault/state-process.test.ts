import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SLOW, draws } from "../vault/seeded.ts";
import { CHILD, POINTS, killedAndChecked } from "./state-kill.ts";

const KILLS = SLOW ? 100 : 5;

describe("a process that decides in an access review", () => {
  const root = mkdtempSync(join(tmpdir(), "countersign-state-"));

  it.each(POINTS)("loses nothing that it acknowledged when it is killed: %s", async (point) => {
    await killedAndChecked(root, point);
  });

  it("makes a database that others make at the same instant", async () => {
    for (let round = 0; round < (SLOW ? 25 : 4); round += 1) {
      const fresh = mkdtempSync(join(tmpdir(), "countersign-state-"));
      const ends = Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, [CHILD, fresh, "opened"], {
          stdio: ["ignore", "ignore", "inherit"],
        });
        return (await once(child, "close"))[0] as number | null;
      });
      expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
    }
  });

  it("loses nothing that it acknowledged when it is killed at any instant", async () => {
    const random = draws();
    for (let kill = 0; kill < KILLS; kill += 1) await killedAndChecked(root, random.between(0, 200));
  }, 600_000);
});
