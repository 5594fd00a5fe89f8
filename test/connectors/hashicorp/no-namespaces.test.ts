import { describe, expect, it } from "vitest";
import { collecting, gapOf } from "./collecting.ts";
import { engines, mount } from "./fake-server.ts";

const { collect, tokensSent } = collecting();

describe("a namespace of a server that has none", () => {
  it("is a gap for everything: the server would answer for all of itself", async () => {
    const collected = await collect(
      { "GET sys/mounts": engines({ "kv/": mount("kv", { version: "2" }) }) },
      { namespace: "team" },
    );
    expect(gapOf(collected, "server.seal_status")).toMatchObject({
      resource: "payments-vault:",
      reason: "unsupported",
      hides: expect.arrayContaining(["mount", "secret", "principal"]) as string[],
    });
    expect(tokensSent()).toBe(0);
    expect(collected.facts.map(({ kind }) => kind)).toEqual(["health", "store"]);
  });
});
