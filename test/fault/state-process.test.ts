import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { SLOW, draws } from "../vault/seeded.ts";
import { POINTS, killedAndChecked } from "./state-kill.ts";

const KILLS = SLOW ? 100 : 5;

describe("a process that decides in an access review", () => {
  const root = mkdtempSync(join(tmpdir(), "countersign-state-"));

  it.each(POINTS)("loses nothing that it acknowledged when it is killed: %s", async (point) => {
    await killedAndChecked(root, point);
  });

  it("loses nothing that it acknowledged when it is killed at any instant", async () => {
    const random = draws();
    for (let kill = 0; kill < KILLS; kill += 1) await killedAndChecked(root, random.between(0, 200));
  }, 600_000);
});
