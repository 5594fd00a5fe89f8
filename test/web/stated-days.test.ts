import { expect, it } from "vitest";
import { instantOf } from "../../src/connectors/people/dates.ts";
import { SETTINGS, actor, openDesk, PEOPLE as ROSTER } from "../review/estate.ts";
import { roleSettings } from "../../src/review/settings.ts";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import { serve } from "./site.ts";

it("pages and lists tell when somebody left as HR wrote it, not the day after", async () => {
  const { desk, world, state } = await openDesk();
  const eve = {
    ...ROSTER.find(({ person_id }) => person_id === "eve")!,
    terminated_at: instantOf("2026-09-01", "last")!,
  };
  const { personOf, byEmail } = world.seen.people;
  world.seen = {
    ...world.seen,
    people: {
      personOf: (id) => (personOf(id)?.person_id === "eve" ? eve : personOf(id)),
      byEmail: new Map([...byEmail].map(([email, one]) => [email, one.person_id === "eve" ? eve : one])),
    },
  };
  const id = await desk.running.start(actor.cora, "quarterly");
  const parts = { sessions: storedSessions(state), audit: storedAudit(state) };
  const clock = { now: () => new Date(world.now) };
  const served = await serve({ desk: wholeDesk(desk), ...parts, clock, roles: roleSettings(SETTINGS) });
  const cora = await served.signedIn("cora@example.com");
  const { rows } = await desk.reading.items(actor.cora, id, {
    whose: "all",
    sort: "risk",
    search: "eve",
    offset: 0,
    limit: 9,
  });
  const item = rows[0]?.item.item_id ?? "";
  const pages = ["/people", `/campaigns/${id}/items/${item}`, `/campaigns/${id}/items?whose=all`];
  for (const path of pages) {
    const { body } = await cora.get(path);
    const shown = body.replaceAll(/<[^>]*>/g, "");
    expect(shown).toContain("2026-09-01 (end of day)");
    expect(shown).not.toContain("2026-09-02");
  }
  expect(served.errors).toEqual([]);
});
