import { afterEach, beforeEach, expect, test } from "vitest";
import { knownInputs } from "../../src/events/inputs.ts";
import { place, type Place } from "./harness.ts";

let at: Place;

beforeEach(async () => {
  at = await place();
});

afterEach(async () => {
  await at.remove();
});

test("what was read before is known in pages of any size", async () => {
  const line = (id: string): string =>
    `${JSON.stringify({ type: "response", time: "2026-10-01T08:15:00Z", request: { id, operation: "read", path: "kv/data/a" } })}\n`;
  const files = Object.fromEntries(
    ["a", "b", "c", "d", "e"].map((name) => [`${name}.log`, line(name)] as const),
  );
  await at.ingest(files);
  const whole = await at.asked(async (engine) => await knownInputs(engine, "prod"));
  expect(whole.digests.size).toBe(5);
  expect(whole.marks.size).toBe(5);
  for (const rows of [1, 2, 5, 7]) {
    expect(await at.asked(async (engine) => await knownInputs(engine, "prod", rows))).toEqual(whole);
  }
  expect((await at.ingest(files)).known_files).toBe(5);
});
