import { expect, onTestFailed } from "vitest";
import { seeded, type Random } from "../estate/random.ts";

/** The full counts instead of a share of them. */
export const SLOW = process.env["SLOW"] === "1";

/** Draws that `SEED` fixes; the seed is printed when the test fails, so that the same draws can be had again. */
export function draws(): Random {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
  const name = expect.getState().currentTestName ?? "this test";
  onTestFailed(() => console.error(`SEED=${seed} repeats: ${name}`));
  return seeded(seed);
}
