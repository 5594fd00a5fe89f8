import { describe, expect, it } from "vitest";
import { roleSettings } from "../../src/review/settings.ts";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import { HOLD, SETTINGS, estate, openDesk, seenOf } from "../review/estate.ts";
import { act as refresh, decideOn, itemNamed, started as begun } from "../review/at-desk.ts";
import { type Browser, serve } from "./site.ts";

const ID = "quarterly-2026-q4";
const PATH = `/campaigns/${ID}`;
const WHY = "needed for the nightly settlement";

/** The server before a desk over SQLite: nothing of it is made up for the test but clock, snapshots and people. */
async function opened(settings = SETTINGS) {
  const { desk, world, state } = await openDesk(settings);
  const clock = { now: () => new Date(world.now) };
  const parts = { sessions: storedSessions(state), audit: storedAudit(state), clock };
  const served = await serve({ desk: wholeDesk(desk), ...parts, roles: roleSettings(settings) });
  return { ...served, world, state, audit: parts.audit };
}

type Opened = Awaited<ReturnType<typeof opened>>;

const as = (here: Opened, name: string): Promise<Browser> => here.signedIn(`${name}@example.com`);

function field(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";
}

function shown(page: string): { version: string; seen_sha256: string } {
  return { version: field(page, "version"), seen_sha256: field(page, "seen_sha256") };
}

/** Paths of items in the order of a page. */
function itemsOf(page: string): string[] {
  return [
    ...new Set(
      [...page.matchAll(/href="(\/campaigns\/[\w-]+\/items\/[0-9a-f]{32})"/g)].map(([, to]) => to ?? ""),
    ),
  ];
}

async function act(cora: Browser, name: string, more: Record<string, string> = {}): Promise<number> {
  const { body } = await cora.get(PATH);
  const form = body.slice(body.indexOf(`${PATH}/acts/${name}`));
  return (await cora.post(`${PATH}/acts/${name}`, { version: field(form, "version"), ...more })).statusCode;
}

async function started(here: Opened): Promise<Browser> {
  const cora = await as(here, "cora");
  const made = await cora.post("/start", { template: "quarterly" });
  expect(made.headers.location).toBe(`${PATH}?told=started`);
  expect(await act(cora, "open")).toBe(303);
  return cora;
}

describe("the pages before the real desk", () => {
  it("say of an item that was revoked what it covers by now", async () => {
    const review = await begun();
    const { desk, world, state } = review;
    await decideOn(review, "ada standard", { kind: "revoke" });
    const { item_id } = (await itemNamed(review, "ada standard")).item;
    const clock = { now: () => new Date(world.now) };
    const parts = { sessions: storedSessions(state), audit: storedAudit(state), clock };
    const served = await serve({ desk: wholeDesk(desk), ...parts, roles: roleSettings(SETTINGS) });
    const mia = await served.signedIn("mia@example.com");
    const body = async () => (await mia.get(`${PATH}/items/${item_id}`)).body.replaceAll(/\s+/g, " ");
    expect(await body()).not.toContain("Wider since");
    world.seen = seenOf(estate().labelled("kv/", "payments/new"), "2026-10-03T06:00:00.000Z");
    await refresh(review, "refresh");
    expect(await body()).toContain("Wider since it was revoked: 3 secrets, read");
  });

  it("take a manager from the link to the sign-off, and the campaign to its end", async () => {
    const here = await opened();
    const cora = await started(here);
    const mia = await as(here, "mia");
    expect((await mia.get("/")).body).toContain("Access review: quarterly");
    const list = (await mia.get(`${PATH}/items`)).body;
    expect(list).toContain("0 of 4 of your items done");
    expect(list.match(/class="group"/g)?.length).toBeGreaterThan(2);
    const paths = itemsOf(list);
    expect(paths).toHaveLength(4);

    const [first = ""] = paths;
    const unjustified = await mia.post(`${first}/decide`, {
      ...shown((await mia.get(first)).body),
      choice: "certify",
    });
    expect(unjustified.statusCode).toBe(422);
    for (const path of paths) {
      const { body } = await mia.get(path);
      const choice = body.includes("Eve Tan") ? "revoke" : "certify";
      const answer = await mia.post(`${path}/decide`, { ...shown(body), choice, justification: WHY });
      expect(answer.statusCode, answer.body).toBe(303);
    }
    // One is taken back and decided again: both stand in its history.
    const eve = await eveOf(here, mia, paths);
    expect((await mia.post(`${eve}/undo`, shown((await mia.get(eve)).body))).headers.location).toContain(
      "told=undone",
    );
    expect((await mia.get(`${PATH}/sign-off`)).body).toContain("still wait");
    const again = {
      ...shown((await mia.get(eve)).body),
      choice: "revoke",
      justification: "she left on 1 September",
    };
    expect((await mia.post(`${eve}/decide`, again)).statusCode).toBe(303);
    const history = (await mia.get(eve)).body;
    expect(history).toContain("took back");
    expect(history).toContain("she left on 1 September");
    expect(history).toMatch(/entry \d+ of the journal/);

    const signed = await mia.post(`${PATH}/sign-off`, { statement: "I looked at each of them." });
    expect(signed.headers.location).toContain("told=signed_off");
    expect((await mia.post(`${eve}/undo`, shown((await mia.get(eve)).body))).statusCode).not.toBe(303);

    // Two of them need more people: compliance sees who is missing, and asks somebody else.
    const campaign = (await cora.get(PATH)).body;
    expect(campaign).toContain("in review");
    const sam = await as(here, "sam");
    await decideAll(sam);
    const left = itemsOf((await cora.get(`${PATH}/items?whose=all&state=second_reviewer`)).body);
    expect(left.length).toBeGreaterThan(0);
    for (const path of left) {
      const page = (await cora.get(path)).body;
      expect(page).toContain("Ask somebody else");
      const answer = await cora.post(`${path}/reassign`, {
        ...shown(page),
        to: "vera@example.com",
        reason: "she runs the service",
      });
      expect(answer.headers.location, answer.body).toContain("told=reassigned");
    }
    await decideAll(await as(here, "vera"));
    await decideAll(sam);
    await decideAll(await as(here, "kim"));
    expect(itemsOf((await cora.get(`${PATH}/items?whose=all&state=open`)).body)).toEqual([]);

    here.world.now = "2026-10-25T08:00:00.000Z";
    const later = await as(here, "cora");
    expect(await act(later, "end_review")).toBe(303);
    const revocations = (await later.get(`${PATH}/revocations`)).body;
    expect(revocations).toContain("auth/userpass/eve");
    expect(revocations).toMatch(/Nothing\s+is\s+executed/);
    expect(revocations).toContain("What to change: 1 proposal");
    const said = /<pre[^>]*>\n([\s\S]*?)<\/pre>/.exec(revocations)?.[1] ?? "";
    expect(said.trimEnd().split("\n").length).toBeGreaterThan(1);
    expect(said).toContain("vault ");
    const ticket = /action="([^"]*\/ticket)"/.exec(revocations)?.[1] ?? "";
    const noted = {
      version: field(revocations.slice(revocations.indexOf(ticket)), "version"),
      reference: "SEC-1",
    };
    expect((await later.post(ticket, noted)).headers.location).toContain("told=ticket_noted");

    here.world.seen = seenOf(estate({ ...HOLD, eve: [] }), "2026-10-26T06:00:00.000Z");
    here.world.now = "2026-10-26T08:00:00.000Z";
    const then = await as(here, "cora");
    expect(await act(then, "verify")).toBe(303);
    expect((await then.get(`${PATH}/revocations`)).body).toContain("removed, by every path");
    expect(await act(then, "sign_off", { statement: "All is decided and verified." })).toBe(303);
    const boss = await as(here, "vera");
    const refused = await act(boss, "acknowledge", { statement: "Seen." });
    // She decided herself, so that she cannot acknowledge: said, and nothing recorded.
    expect([403, 422]).toContain(refused);

    const olga = await here.signedIn("olga@audit.example");
    const drawn = await olga.post(`${PATH}/samples`, { nonce: "a word of the auditor", size: "2" });
    expect(drawn.headers.location).toContain("told=sampled");
    const samples = (await olga.get(`${PATH}/samples`)).body;
    expect(samples).toContain("a word of the auditor");
    expect(itemsOf(samples)).toHaveLength(2);
    expect((await olga.get(`${PATH}/journal`)).body).toContain("signed off the result");
    const { entries } = await here.audit.read({
      who: "mia@example.com",
      action: "item.decide",
      offset: 0,
      limit: 50,
    });
    expect(entries.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array<string>(5).fill("done"),
      "refused",
    ]);
    expect(here.errors).toEqual([]);
  });

  it("let management read all and acknowledge, and neither an administrator nor who signed off", async () => {
    const here = await opened({ ...SETTINGS, management: ["Greta@example.com", "cora@example.com"] });
    await started(here);
    here.world.now = "2026-10-25T08:00:00.000Z";
    const cora = await as(here, "cora");
    expect(await act(cora, "end_review")).toBe(303);
    expect(await act(cora, "sign_off", { statement: "Complete but for what nobody answered." })).toBe(303);
    const statement = { statement: "I have seen the result." };
    expect(await act(cora, "acknowledge", statement)).toBe(403);
    const vera = await as(here, "vera");
    expect((await vera.get(PATH)).body).not.toContain("Acknowledge the result");
    const { body } = await cora.get(PATH);
    const version = /name="version" value="(\d+)"/.exec(body)?.[1] ?? "";
    expect((await vera.post(`${PATH}/acts/acknowledge`, { version, ...statement })).statusCode).toBe(403);
    const greta = await as(here, "greta");
    for (const tab of ["/items?whose=all", "/reviewers", "/revocations", "/samples", "/journal"])
      expect((await greta.get(`${PATH}${tab}`)).statusCode).toBe(200);
    expect((await greta.post(`${PATH}/samples`, { nonce: "a word", size: "1" })).statusCode).toBe(403);
    expect((await greta.get(PATH)).body).toContain("Acknowledge the result");
    expect(await act(greta, "acknowledge", statement)).toBe(303);
    expect((await greta.get(PATH)).body).toMatch(/by\s+<bdi>greta@example.com<\/bdi>/);
    expect(here.errors).toEqual([]);
  });

  it("tell the second of two that somebody was faster, and keep the first decision alone", async () => {
    const here = await opened();
    await started(here);
    const [one, other] = [await as(here, "mia"), await as(here, "mia")];
    const [path = ""] = itemsOf((await one.get(`${PATH}/items`)).body);
    const page = shown((await one.get(path)).body);
    await other.get(path);
    const before = await here.state.journalEnds();
    const answers = await Promise.all(
      [one, other].map((browser, at) =>
        browser.post(`${path}/decide`, {
          ...page,
          choice: at === 0 ? "certify" : "revoke",
          justification: WHY,
        }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([303, 409]);
    const late = answers.find(({ statusCode }) => statusCode === 409);
    expect(late?.body).toContain("It changed since you opened it");
    expect(shown(late?.body ?? "").version).not.toBe(page.version);
    expect((await here.state.journalEnds()).last).toBe(before.last + 1);
    expect(here.errors).toEqual([]);
  });

  it("show a campaign to nobody who has no part in it, nor how it is called", async () => {
    const here = await opened();
    await started(here);
    const ada = await as(here, "ada");
    for (const path of [PATH, `${PATH}/items`, `${PATH}/sign-off`, `${PATH}/samples`]) {
      const { statusCode, body } = await ada.get(path);
      expect([403, 404]).toContain(statusCode);
      expect(body).not.toContain("Access review: quarterly");
    }
  });

  it("show the form again, with what was typed and the error at its field, where an item may not go to somebody", async () => {
    const here = await opened();
    const cora = await started(here);
    const mia = await as(here, "mia");
    let path = "";
    for (const one of itemsOf((await mia.get(`${PATH}/items`)).body))
      if ((await mia.get(one)).body.includes("Ada Lindqvist")) path = one;
    const before = await here.state.journalEnds();
    const cases = [
      ["nobody@example.com", WHY, 422, "to", "somebody who is known here"],
      ["olga@audit.example", WHY, 422, "to", "an auditor decides on nothing"],
      ["eve@example.com", WHY, 422, "to", "somebody who is known here"],
      ["not an address", WHY, 422, "to", "somebody who is known here"],
      ["ada@example.com", WHY, 403, "to", "Nobody decides on their own access"],
      ["vera@example.com", "knows", 422, "reason", "a reason of 10"],
    ] as const;
    const ways = [
      { browser: mia, act: "hand-on", prefix: "", summary: 'id="hand-on" open' },
      { browser: cora, act: "reassign", prefix: "reassign-", summary: 'class="hand-on" open' },
    ];
    for (const { browser, act: way, prefix, summary } of ways) {
      for (const [to, reason, status, field_, said] of cases) {
        const page = shown((await browser.get(path)).body);
        const answer = await browser.post(`${path}/${way}`, { ...page, to, reason });
        const id = `${prefix}${field_}`;
        expect({ to, status: answer.statusCode }).toEqual({ to, status });
        expect(answer.body).toContain(said);
        expect(answer.body).toContain(`href="#${id}"`);
        expect(answer.body).toContain(`<p class="error" id="${id}-error">`);
        expect(answer.body).toMatch(
          new RegExp(`id="${id}"[^>]*aria-describedby="${id}-error"\\s+aria-invalid="true"`),
        );
        expect(answer.body).toContain(`value="${to}"`);
        expect(answer.body).toMatch(new RegExp(`id="${prefix}reason"[^>]*>\\s*${reason}</textarea>`));
        expect(answer.body).toContain(summary);
        expect(answer.body.match(/class="error"/g)).toHaveLength(1);
      }
    }
    expect(await here.state.journalEnds()).toEqual(before);
    const refused = await here.audit.read({
      who: "mia@example.com",
      action: "item.hand_on",
      offset: 0,
      limit: 9,
    });
    expect(refused.entries.map(({ outcome, reason }) => `${outcome} ${reason ?? ""}`)).toEqual([
      "refused E_REVIEW",
      "refused E_FORBIDDEN",
      ...Array<string>(4).fill("refused E_REVIEW"),
    ]);
    expect(here.errors).toEqual([]);
  });

  async function decideAll(browser: Browser): Promise<void> {
    for (const path of itemsOf((await browser.get(`${PATH}/items`)).body)) {
      const { body } = await browser.get(path);
      if (!body.includes('id="decision"')) continue;
      const answer = await browser.post(`${path}/decide`, {
        ...shown(body),
        choice: "certify",
        justification: WHY,
      });
      expect(answer.statusCode, answer.body).toBe(303);
    }
  }

  async function eveOf(_: Opened, mia: Browser, paths: readonly string[]): Promise<string> {
    for (const path of paths) if ((await mia.get(path)).body.includes("Eve Tan")) return path;
    throw new Error("expected an item of Eve");
  }
});

it("shows somebody who signs in by a second address what is asked of the first", async () => {
  const here = await opened();
  const { people } = here.world.seen;
  const mia = people.byEmail.get("mia@example.com");
  if (mia === undefined) throw new Error("nobody");
  const both = { ...mia, other_emails: ["mia@corp.example"] };
  here.world.seen = {
    ...here.world.seen,
    people: {
      ...people,
      byEmail: new Map([...people.byEmail, ["mia@example.com", both], ["mia@corp.example", both]]),
    },
  };
  await started(here);
  const browser = await here.signedIn("mia@corp.example");
  expect(itemsOf((await browser.get(`${PATH}/items`)).body)).toHaveLength(4);
  const { body } = await browser.get("/account");
  expect(body).toContain("mia@example.com");
  expect(body).toContain("mia@corp.example");
});
