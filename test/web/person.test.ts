import { expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import type { PersonBehind } from "../../src/review/index.ts";
import { roleSettings } from "../../src/review/settings.ts";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import { PEOPLE, SETTINGS, actor, openDesk } from "../review/estate.ts";
import { serve } from "./site.ts";

async function opened() {
  const { desk, world, state, ports } = await openDesk();
  await desk.requests.ask(actor.ada, {
    principal: "ada@example.com",
    secrets: ["kv/payments/api"],
    actions: ["read"],
    justification: "to look into incident 5678",
  });
  const id = await desk.running.start(actor.cora, "quarterly");
  const parts = { sessions: storedSessions(state), audit: storedAudit(state) };
  const clock = { now: () => new Date(world.now) };
  const served = await serve({ desk: wholeDesk(desk), ...parts, clock, roles: roleSettings(SETTINGS) });
  return { ...served, desk, ports, world, id, path: `/campaigns/${id}/person` };
}

it("shows to who may read all what a person reaches, their items, and their requests", async () => {
  const here = await opened();
  const report = await here.desk.persons.person(actor.olga, here.id, { id: "ben" });
  expect(report.items.map(({ item }) => item.principal.person?.person_id)).toEqual(["ben", "ben"]);
  expect(report.overview?.logins).toMatchObject([{ name: "auth/userpass/ben", readable_secret_count: 3 }]);
  const cora = await here.signedIn("cora@example.com");
  const ada = (await cora.get(`${here.path}?id=ada`)).body;
  for (const said of ["Ada Lindqvist", "mia@example.com", "auth/userpass/ada", "/requests/req-"])
    expect(ada).toContain(said);
  // By address it is the same person, whatever its case; somebody without any item is there as well.
  expect((await cora.get(`${here.path}?email=ADA@example.com`)).body).toContain("auth/userpass/ada");
  expect((await cora.get(`${here.path}?email=mia@example.com`)).body).toContain("No login is known");
  for (const query of ["?id=nobody", "?email=x", ""])
    expect((await cora.get(here.path + query)).statusCode).toBe(404);
  const item = report.items[0]?.item.item_id ?? "";
  expect((await cora.get(`/campaigns/${here.id}/items/${item}`)).body).toContain(`${here.path}?id=ben`);
  expect((await cora.get(`/campaigns/${here.id}/reviewers`)).body).toContain(
    `${here.path}?email=mia%40example.com`,
  );
  expect(here.errors).toEqual([]);
});

it("shows to a reviewer what their own items say, and nobody else", async () => {
  const here = await opened();
  const mia = await here.signedIn("mia@example.com");
  const { body } = await mia.get(`${here.path}?id=ada`);
  expect(body).toContain("Ada Lindqvist");
  expect(body).toContain("the items that you are asked about");
  for (const said of ["/requests/req-", "Logins, and what they reach"]) expect(body).not.toContain(said);
  const ben = await here.signedIn("ben@example.com");
  for (const query of ["?id=ada", "?id=ben", "?id=mia", "?email=ada@example.com", "?id=nobody"])
    expect((await ben.get(here.path + query)).statusCode).toBe(404);
  expect(here.errors).toEqual([]);
});

it("says that reach is not known where no snapshot can be read, and shows the items all the same", async () => {
  const here = await opened();
  here.ports.access = () => Promise.reject(new CountersignError("E_UNSEEN", "expected a store, got none"));
  const cora = await here.signedIn("cora@example.com");
  const { body } = await cora.get(`${here.path}?id=ada`);
  expect(body).toContain("is not known: expected a store, got none");
  expect(body).not.toContain("No login is known");
  expect(body).toContain("auth/userpass/ada");
});

it("finds the items of whom rosters number, or write to, otherwise since, and of nobody else", async () => {
  const here = await opened();
  const cora = await here.signedIn("cora@example.com");
  const ben = PEOPLE.find(({ person_id }) => person_id === "ben")!;
  const shown = async (now: PersonBehind, query: string, others: readonly PersonBehind[] = []) => {
    const { people } = here.world.seen;
    const all = [now, ...others];
    const seen = {
      ...here.world.seen,
      people: {
        ...people,
        personOf: (id: string) => (id.endsWith("/ben") ? now : undefined),
        byEmail: new Map(
          all.flatMap((one) =>
            [one.email!, ...(one.other_emails ?? [])].map((email) => [email, one] as const),
          ),
        ),
      },
    };
    here.ports.access = () => Promise.resolve(seen);
    const asked = Object.fromEntries(new URLSearchParams(query)) as { id: string } | { email: string };
    expect((await cora.get(`${here.path}?${query}`)).statusCode).toBe(200);
    const { person, item_count, items, overview } = await here.desk.persons.person(
      actor.olga,
      here.id,
      asked,
    );
    expect(items.every(({ item }) => item.principal.name.endsWith("/ben"))).toBe(true);
    const { logins } = overview!;
    return [person.person_id, item_count, "why_not" in logins ? 0 : logins.length];
  };
  const newId = { ...ben, person_id: "n7" };
  const newAddress = { ...ben, email: "ben@new.example", other_emails: ["ben@example.com"] };
  expect(await shown(newId, "email=ben@example.com")).toEqual(["n7", 2, 1]);
  expect(await shown(newId, "id=n7")).toEqual(["n7", 2, 1]);
  expect(await shown(newId, "id=ben"), "by the number of then").toEqual(["n7", 2, 1]);
  for (const query of ["email=ben@new.example", "email=ben@example.com", "id=ben"])
    expect(await shown(newAddress, query)).toEqual(["ben", 2, 1]);
  const both = { ...newAddress, person_id: "n7" };
  for (const query of ["email=ben@new.example", "email=ben@example.com", "id=n7", "id=ben"])
    expect(await shown(both, query)).toEqual(["n7", 2, 1]);
  const only = { ...ben, email: "ben@new.example", name: "Ben Moss" };
  expect(await shown(only, "email=ben@new.example"), "the old address is not kept").toEqual(["ben", 2, 1]);
  const zoe = { ...ben, name: "Zoe Lee", email: "zoe@example.com" };
  expect(await shown(newId, "email=zoe@example.com", [zoe]), "the number is another's").toEqual([
    "ben",
    0,
    0,
  ]);
});
