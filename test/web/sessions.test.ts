import { describe, expect, it } from "vitest";
import { offerLink } from "../../src/web/index.ts";
import { formToken, keyOf } from "../../src/web/tokens.ts";
import { CAMPAIGN_ID, itemId } from "./desk-data.ts";
import { HOST, ORIGIN, PEOPLE, site } from "./site.ts";
import { sha256 } from "../../src/base/index.ts";

const ITEM = `/campaigns/${CAMPAIGN_ID}/items/${itemId(0)}`;
const DECISION = { version: "1", seen_sha256: sha256("seen 0"), choice: "certify" };
const MINUTE = 60_000;

describe("forms", () => {
  it("are taken with the token of the session", async () => {
    const { signedIn, desk } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    await rita.get(ITEM);
    expect((await rita.post(`${ITEM}/decide`, DECISION)).statusCode).toBe(303);
    expect(desk.calls.map(({ act }) => act)).toEqual(["decide"]);
  });

  it.each([
    { what: "no token", fields: () => ({ form_token: "" }) },
    { what: "a wrong token", fields: () => ({ form_token: "x".repeat(43) }) },
    { what: "two tokens", fields: (own: string) => ({ form_token: [own, own] }) },
    { what: "the token of another's session", fields: (_: string, other: string) => ({ form_token: other }) },
    {
      what: "the token of a browser that is signed out",
      fields: (_: string, __: string, visitor: string) => ({ form_token: visitor }),
    },
  ])("are refused with $what", async ({ fields }) => {
    const { signedIn, desk, browser } = await site();
    const [rita, other, visitor] = [
      await signedIn(PEOPLE.reviewer),
      await signedIn(PEOPLE.compliance),
      browser(),
    ];
    await visitor.get("/sign-in");
    await visitor.get(
      await offerLink(
        { put: () => Promise.resolve() } as never,
        { now: () => new Date(0) },
        () => Buffer.alloc(32),
        "x@example.com",
      ),
    );
    await rita.get(ITEM);
    expect(new Set([rita.token, other.token, visitor.token]).size).toBe(3);
    const answer = await rita.post(`${ITEM}/decide`, {
      ...DECISION,
      ...fields(rita.token, other.token, visitor.token),
    });
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain("Nothing was done");
    expect(desk.calls).toEqual([]);
  });

  it.each([
    { what: "another site", headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } },
    {
      what: "another name below the domain",
      headers: { origin: "https://evil.example.com", "sec-fetch-site": "same-site" },
    },
    { what: "nowhere", headers: { origin: "null" } },
    { what: "the same host without TLS", headers: { origin: `http://${HOST}` } },
    {
      what: "what only the browser says is another site",
      headers: { origin: ORIGIN, "sec-fetch-site": "cross-site" },
    },
  ])("are refused from $what, with the right token too", async ({ headers }) => {
    const { signedIn, desk, audit } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    expect((await rita.post(`${ITEM}/decide`, DECISION, { headers })).statusCode).toBe(403);
    expect(desk.calls).toEqual([]);
    expect(audit.entries.at(-1)).toMatchObject({
      action: "item.decide",
      outcome: "refused",
      reason: "origin",
    });
  });

  it("are refused as JSON, as text and as a form of files", async () => {
    const { signedIn, desk } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
      const answer = await rita.post(
        `${ITEM}/decide`,
        {},
        { payload: JSON.stringify(DECISION), headers: { "content-type": type } },
      );
      expect(answer.statusCode).toBe(415);
    }
    expect(desk.calls).toEqual([]);
  });
});

describe("sessions", () => {
  it("are kept by a digest, in a cookie that scripts and http do not see", async () => {
    const {
      signedIn,
      sessions,
      browser,
      sessions: { records },
    } = await site();
    const link = browser();
    const rita = await signedIn(PEOPLE.reviewer);
    const token = rita.session ?? "";
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(records.has(keyOf(token))).toBe(true);
    expect(JSON.stringify([...sessions.records.values()])).not.toContain(token);
    await link.get("/sign-in");
    const path = await offerLink(
      sessions,
      { now: () => new Date("2026-10-12T09:00:00Z") },
      () => Buffer.alloc(32, 7),
      "x@example.com",
    );
    await link.get(path);
    const answer = await link.post(path);
    const header = String(answer.headers["set-cookie"]);
    expect(header).toMatch(/__Host-countersign=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax/);
    expect(header).not.toContain("Domain");
  });

  it("begin under another token than any that the browser held: fixation", async () => {
    const { browser, sessions, clock } = await site();
    const victim = browser();
    const planted = "A".repeat(43);
    victim.cookies.set("__Host-countersign", planted);
    victim.cookies.set("__Host-countersign-visitor", planted);
    const link = await offerLink(sessions, clock, (count) => Buffer.alloc(count, 9), PEOPLE.reviewer);
    await victim.get(link);
    expect((await victim.post(link)).statusCode).toBe(303);
    expect(victim.session).not.toBe(planted);
    expect(victim.cookies.has("__Host-countersign-visitor")).toBe(false);
    const attacker = browser();
    attacker.cookies.set("__Host-countersign", planted);
    expect((await attacker.get("/")).statusCode).toBe(303);
  });

  it("of before are over when somebody signs in again", async () => {
    const { signedIn, sessions, clock, browser } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const before = rita.session ?? "";
    const link = await offerLink(sessions, clock, (count) => Buffer.alloc(count, 3), PEOPLE.compliance);
    await rita.get(link);
    await rita.post(link);
    expect(rita.session).not.toBe(before);
    const old = browser();
    old.cookies.set("__Host-countersign", before);
    expect((await old.get("/account")).statusCode).toBe(303);
  });

  it("end after being idle, and after their hours, and are gone then", async () => {
    const { signedIn, clock, sessions } = await site();
    const idle = await signedIn(PEOPLE.reviewer);
    clock.at += 29 * MINUTE;
    expect((await idle.get("/account")).statusCode).toBe(200);
    clock.at += 29 * MINUTE;
    expect((await idle.get("/account")).statusCode).toBe(200);
    clock.at += 30 * MINUTE;
    expect((await idle.get("/account")).headers.location).toBe("/sign-in?next=%2Faccount");
    expect([...sessions.records.values()].filter(({ kind }) => kind === "signed_in")).toEqual([]);

    const busy = await signedIn(PEOPLE.reviewer);
    const end = clock.at + 600 * MINUTE;
    while (clock.at + 20 * MINUTE < end) {
      clock.at += 20 * MINUTE;
      expect((await busy.get("/account")).statusCode).toBe(200);
    }
    clock.at = end;
    expect((await busy.get("/account")).statusCode).toBe(303);
  });

  it("go on under another token when roles change, and have the new roles at once", async () => {
    const { signedIn, roles, browser } = await site();
    const cora = await signedIn(PEOPLE.compliance);
    expect((await cora.get("/start")).statusCode).toBe(200);
    const before = cora.session ?? "";
    roles.compliance = { people: [] };
    expect((await cora.get("/start")).statusCode).toBe(403);
    expect(cora.session).not.toBe(before);
    const old = browser();
    old.cookies.set("__Host-countersign", before);
    expect((await old.get("/account")).statusCode).toBe(303);
    expect((await cora.get("/account")).statusCode).toBe(200);
  });

  it("end by signing out, one or all, and no request on its way brings one back", async () => {
    const { signedIn, keeper, sessions } = await site();
    const [one, two, three] = [
      await signedIn(PEOPLE.reviewer),
      await signedIn(PEOPLE.reviewer),
      await signedIn(PEOPLE.security),
    ];
    const token = one.session ?? "";
    expect((await one.post("/sign-out")).headers.location).toBe("/sign-in?told=signed_out");
    expect(one.session).toBeUndefined();
    expect(await keeper.open(token)).toBeUndefined();
    await sessions.touch(keyOf(token), "2026-10-12T09:00:00.000Z", "2027-01-01T00:00:00.000Z");
    expect(await keeper.open(token)).toBeUndefined();
    const other = await signedIn(PEOPLE.reviewer);
    await two.post("/sign-out", { everywhere: "true" });
    expect((await other.get("/account")).statusCode).toBe(303);
    expect((await three.get("/account")).statusCode).toBe(200);
  });

  it("give a form token that does not lead back to them", () => {
    const token = "B".repeat(43);
    expect(formToken(token)).not.toContain(token);
    expect(formToken(token)).not.toBe(keyOf(token));
  });
});

describe("one-time links", () => {
  it("are used up by confirming, not by being opened, and once", async () => {
    const { browser, sessions, clock } = await site();
    const link = await offerLink(sessions, clock, (count) => Buffer.alloc(count, 5), "Rita@Example.com");
    const preview = browser();
    for (let at = 0; at < 3; at += 1) expect((await preview.get(link)).statusCode).toBe(200);
    expect(preview.session).toBeUndefined();
    const rita = browser();
    await rita.get(link);
    const both = await Promise.all([rita.post(link), rita.post(link)]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([303, 403]);
    expect((await rita.get("/account")).body).toContain("rita@example.com");
    expect((await preview.post(link)).statusCode).toBe(403);
  });

  it("are void after 15 minutes", async () => {
    const { browser, sessions, clock } = await site();
    const link = await offerLink(sessions, clock, (count) => Buffer.alloc(count, 5), PEOPLE.reviewer);
    const rita = browser();
    await rita.get(link);
    clock.at += 15 * MINUTE;
    expect((await rita.post(link)).statusCode).toBe(403);
    expect(rita.session).toBeUndefined();
  });

  it("need the token of the very browser's form", async () => {
    const { browser, sessions, clock } = await site();
    const link = await offerLink(sessions, clock, (count) => Buffer.alloc(count, 5), PEOPLE.reviewer);
    const [attacker, victim] = [browser(), browser()];
    await attacker.get(link);
    await victim.get(link);
    expect((await victim.post(link, { form_token: attacker.token })).statusCode).toBe(403);
    expect(victim.session).toBeUndefined();
    expect(sessions.records.size).toBe(1);
  });

  it("are kept nowhere as they are", async () => {
    const { sessions, clock, browser, audit } = await site();
    const link = await offerLink(sessions, clock, (count) => Buffer.alloc(count, 5), PEOPLE.reviewer);
    const token = link.split("/").at(-1) ?? "";
    const one = browser();
    await one.get(link);
    await one.post(link);
    expect(JSON.stringify([...sessions.records.values(), ...audit.entries])).not.toContain(token);
  });
});
