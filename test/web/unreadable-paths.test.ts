import { describe, expect, it } from "vitest";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import { SETTINGS, openDesk } from "../review/estate.ts";
import { HOST, serve } from "./site.ts";

const LONG = "x".repeat(129);
const FOXES = "%F0%9F%A6%8A".repeat(400);

describe("a path that no route can have", () => {
  it.each([
    ["a part that is too long", `/campaigns/${LONG}`, "multipart/form-data; boundary=b", 404],
    ["a long part behind a semicolon", `/campaigns/q;${LONG}`, "application/x-www-form-urlencoded", 404],
    [
      "a part that is too long once decoded",
      `/campaigns/${FOXES}/items`,
      "application/x-www-form-urlencoded",
      404,
    ],
    ["no encoding of text", "/campaigns/q/items/%ff/decide", "multipart/form-data", 404],
    ["an upload without a boundary", "/campaigns/q/import", "multipart/form-data", 415],
  ])("is answered by the door: %s", async (_, url, type, status) => {
    const { desk, state, world } = await openDesk();
    const { app, errors } = await serve({
      desk: wholeDesk(desk),
      sessions: storedSessions(state),
      audit: storedAudit(state),
      clock: { now: () => new Date(world.now) },
      roles: SETTINGS.roles ?? {},
    });
    const answer = await app.inject({
      ...{ method: "POST", url, payload: "a=1" },
      headers: { host: HOST, "content-type": type },
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(errors).toEqual([]);
  });
});
