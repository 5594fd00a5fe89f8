import { expect, it } from "vitest";
import { sharedRun } from "../../src/base/index.ts";

it("runs once for those who ask before it begins, and once more for those who ask while it runs", async () => {
  const gates: (() => void)[] = [];
  const run = sharedRun(async () => {
    const number = gates.length + 1;
    await new Promise<void>((open) => gates.push(open));
    return number;
  });
  const first = [run(), run()];
  await new Promise(setImmediate);
  const later = [run(), run(), run()];
  await new Promise(setImmediate);
  expect(gates.length).toBe(1);
  gates[0]?.();
  expect(await Promise.all(first)).toEqual([1, 1]);
  await new Promise(setImmediate);
  gates[1]?.();
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
});

it("fails for those who share the run that fails, and for nobody after them", async () => {
  let runs = 0;
  const run = sharedRun(async () => {
    runs += 1;
    await Promise.resolve();
    if (runs === 1) throw new Error("once");
    return runs;
  });
  await expect(Promise.all([run(), run()])).rejects.toThrow("once");
  expect(await run()).toBe(2);
});
