import { expect, it } from "vitest";
import { instantOf } from "../../src/connectors/people/dates.ts";
import { SETTINGS, actor, openDesk, PEOPLE as ROSTER } from "../review/estate.ts";
import { roleSettings } from "../../src/review/settings.ts";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import { serve } from "./site.ts";

/** The pages of a desk, to Cora. */
async function pagesOf({ desk, world, state }: Awaited<ReturnType<typeof openDesk>>) {
  const parts = { sessions: storedSessions(state), audit: storedAudit(state) };
  const clock = { now: () => new Date(world.now) };
  const served = await serve({ desk: wholeDesk(desk), ...parts, clock, roles: roleSettings(SETTINGS) });
  const cora = await served.signedIn("cora@example.com");
  const shown = async (path: string) => (await cora.get(path)).body.replaceAll(/<[^>]*>/g, "");
  return { shown, errors: served.errors };
}

it("pages and lists tell when somebody left as HR wrote it, not the day after", async () => {
  const opened = await openDesk();
  const { desk, world } = opened;
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
  const { rows } = await desk.reading.items(actor.cora, id, {
    whose: "all",
    sort: "risk",
    search: "eve",
    offset: 0,
    limit: 9,
  });
  const item = rows[0]?.item.item_id ?? "";
  const pages = ["/people", `/campaigns/${id}/items/${item}`, `/campaigns/${id}/items?whose=all`];
  const { shown, errors } = await pagesOf(opened);
  for (const path of pages) {
    const text = await shown(path);
    expect(text).toContain("2026-09-01 (end of day)");
    expect(text).not.toContain("2026-09-02");
  }
  expect(errors).toEqual([]);
});

it("pages tell when access was asked for, begins and was approved as the register wrote it, and of what is asked here the instant", async () => {
  const opened = await openDesk();
  const { desk, world } = opened;
  const listed = {
    ...{ request_id: "REQ-7", version: 0, principal: "ada@example.com", secrets: ["kv/payments/*"] },
    ...{ actions: ["read"] as const, justification: "on call", requested_by: "ada@example.com" },
    requested_at: instantOf("2026-09-10", "first")!,
    starts_at: instantOf("2026-09-20", "first")!,
    manager_approval: { by: "mia@example.com", at: instantOf("2026-09-15", "last")!, approved: true },
    ...{ high_privilege: false, state: "approved" as const },
  };
  world.seen = { ...world.seen, requests: [listed] };
  world.now = "2026-10-01T10:00:00.000Z";
  const here = await desk.requests.ask(actor.ada, {
    ...{ principal: "ada@example.com", secrets: ["kv/payments/*"], actions: ["read"] },
    ...{ justification: "needed for the nightly settlement", starts_at: "2026-10-02T10:00:00.000Z" },
  });
  const { shown, errors } = await pagesOf(opened);
  for (const path of ["/requests", "/requests/REQ-7"]) {
    expect(await shown(path)).toContain("2026-09-10");
    expect(await shown(path)).not.toContain("2026-09-09");
  }
  const page = await shown("/requests/REQ-7");
  expect(page).toContain("2026-09-20");
  expect(page).toContain("2026-09-15 (end of day)");
  expect(page).not.toMatch(/2026-09-(?:16|19)/);
  expect(await shown(`/requests/${here}`)).toMatch(/2026-10-01 10:00 UTC[^]*2026-10-02 10:00 UTC/);
  expect(errors).toEqual([]);
});
