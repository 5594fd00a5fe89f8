import { describe, expect, it } from "vitest";
import { whyClockDiffers } from "../../../src/connectors/hashicorp/clock.ts";
import { collecting, gapOf } from "./collecting.ts";
import { HEALTH } from "./fake-server.ts";

const NOON = "2026-11-23T12:00:00.000Z";
const MINUTE_S = 60;

const why = (serverAheadS: number, elapsed_ms = 0) =>
  whyClockDiffers(
    { server_time_utc: Date.parse(NOON) / 1000 + serverAheadS },
    { requested_at: NOON, elapsed_ms },
  );

describe("the clocks of the server and of the collector", () => {
  it("may differ by five minutes, and by as long as the answer took", () => {
    expect(why(0)).toBeUndefined();
    expect(why(5 * MINUTE_S)).toBeUndefined();
    expect(why(-5 * MINUTE_S)).toBeUndefined();
    expect(why(6 * MINUTE_S, 60_000)).toBeUndefined();
    expect(whyClockDiffers({}, { requested_at: NOON, elapsed_ms: 0 })).toBeUndefined();
  });

  it("hide what is judged by its age beyond that", () => {
    expect(why(5 * MINUTE_S + 1)?.detail).toMatch(/5 minutes ahead/);
    expect(why(-90 * MINUTE_S)?.detail).toMatch(/90 minutes behind/);
    expect(why(90 * MINUTE_S)).toMatchObject({
      reason: "malformed",
      fix: expect.stringContaining("Set the clock of the machine that collects") as string,
    });
  });
});

describe("a collection by a slow clock", () => {
  const { collect } = collecting();
  const slow = { ...HEALTH, server_time_utc: HEALTH.server_time_utc + 40 * 86_400 };

  it("has a gap over all that has an age, in the whole store", async () => {
    const collected = await collect({ "GET sys/health": slow });
    expect(gapOf(collected, "server.health")).toMatchObject({
      resource: expect.stringMatching(/^[^:]+:$/) as string,
      hides: expect.arrayContaining([
        "certificate",
        "secret_metadata",
        "secret_version",
        "token",
      ]) as string[],
      record: expect.any(String) as string,
    });
    expect(collected.facts.some(({ kind }) => kind === "health")).toBe(true);
  });

  it("has none where the clocks agree", async () => {
    expect(gapOf(await collect({}), "server.health")).toBeUndefined();
  });
});
