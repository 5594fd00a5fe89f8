import { describe, expect, it } from "vitest";
import { DecisionsInForce } from "../../src/review/desk/in-force.ts";
import type { Decision } from "../../src/review/model.ts";
import { itemOf } from "../../src/review/record/records.ts";
import type { StateDatabase } from "../../src/state/index.ts";
import { quarter } from "./quarter.ts";

const ID = "quarterly-2026-q4";

/** As the items themselves say: what people decided, of all that is not gone. */
async function ofItems(state: StateDatabase): Promise<Decision[]> {
  const found: Decision[] = [];
  for await (const row of state.everyItem({
    campaign_id: ID,
    state: ["second_reviewer", "security", "decided"],
  }))
    found.push(...itemOf(row).decisions.filter(({ channel }) => channel !== "rule"));
  return found;
}

const sorted = (all: readonly Decision[]): string[] => all.map((one) => JSON.stringify(one)).sort();

describe("decisions in force", () => {
  it("are those of the items, after undoing, a refresh and whatever else a quarter has", async () => {
    const { ports } = await quarter();
    const expected = await ofItems(ports.state);
    expect(expected.length).toBeGreaterThan(3);
    expect(sorted((await new DecisionsInForce(ports.state).of(ID)).decisions)).toEqual(sorted(expected));
  });

  it("are the same read bit by bit, and no entry is read twice", async () => {
    const { ports } = await quarter();
    let upTo = 0;
    const asked: number[] = [];
    const slow = new DecisionsInForce({
      entries: async (filter) => {
        asked.push(filter?.after ?? 0);
        return (await ports.state.entries(filter)).filter(({ number }) => number <= upTo);
      },
    });
    const { last } = await ports.state.journalEnds();
    for (upTo = 1; upTo < last; upTo += 1) await slow.of(ID);
    upTo = last;
    const [one, other] = await Promise.all([slow.of(ID), slow.of(ID)]);
    expect(sorted(one.decisions)).toEqual(sorted(await ofItems(ports.state)));
    expect(sorted(other.decisions)).toEqual(sorted(one.decisions));
    expect(asked).toEqual([...asked].sort((a, b) => a - b));
    expect(asked.at(-1)).toBe(last);
  });
});
