import { beforeAll, describe, expect, it } from "vitest";
import { ROUTES } from "../../src/web/routes.ts";
import { ROLES, type Role } from "../../src/review/index.ts";
import type { Route } from "../../src/web/route.ts";
import { CAMPAIGN_ID, itemId } from "./desk-data.ts";
import { type Browser, PEOPLE, type Site, site } from "./site.ts";
import { sha256 } from "../../src/base/index.ts";

const seen = { version: "1", seen_sha256: sha256("seen 0") };

/** A body that each act takes; a route that is missing here fails the test. */
const BODIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "session.start": {},
  "session.link": {},
  "session.sign_out": {},
  "keys.set": { keys: "on" },
  "items.decide": { choice: "revoke" },
  "list.sign_off": { statement: "I looked at each." },
  "items.import": {},
  "item.decide": { ...seen, choice: "certify" },
  "item.undo": seen,
  "items.select": { all_of: itemId(0) },
  "item.reassign": { ...seen, to: "other@example.com", reason: "runs the service" },
  "campaign.sample": { nonce: "a word of the auditor", size: "5" },
  "item.hand_on": { ...seen, to: "other@example.com", reason: "owns it" },
  "campaign.start": { template: "quarterly" },
  "campaign.act": { version: "3" },
  "revocation.ticket": { version: "1", reference: "SEC-1" },
  "api.request": {},
  "evidence.make": {},
  "request.ask": { principal: "ada@example.com", secrets: "kv/*", actions: "read", justification: "needed" },
  "request.answer": { version: "1", answer: "approve" },
};

function pathOf({ path, action }: Route, assets: string): string {
  const queries: Readonly<Record<string, string>> = {
    "items.export": "?format=csv",
    "campaign.person": "?id=p0",
  };
  const query = queries[action] ?? "";
  return (
    path
      .replace(":campaign", CAMPAIGN_ID)
      .replace(":item", itemId(0))
      .replace(":request", "req-1")
      .replace(":act", "remind")
      .replace(":file", action === "evidence.file" ? "items.csv" : ":file")
      .replace(":token", "x".repeat(43))
      .replace("/static/:file", assets) + query
  );
}

async function ask(browser: Browser, entry: Route, url: string): Promise<number> {
  if (entry.method === "GET") return (await browser.get(url)).statusCode;
  const body = BODIES[entry.action];
  if (body === undefined) throw new Error(`expected a body for ${entry.action}`);
  if (!entry.upload) return (await browser.post(url, body)).statusCode;
  return (await upload(browser, url)).statusCode;
}

function upload(browser: Browser, url: string) {
  const part = (name: string, value: string, file = ""): string =>
    `--edge\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  const payload = `${part("form_token", browser.token)}${part("file", "item_id,decision\n", '; filename="../../x.csv"')}--edge--\r\n`;
  return browser.post(
    url,
    {},
    { payload, headers: { "content-type": "multipart/form-data; boundary=edge" } },
  );
}

describe("who may use which route", () => {
  const browsers = new Map<Role | "nobody", Browser>();
  let here: Site;

  async function renewed(who: Role | "nobody"): Promise<Browser> {
    const known = browsers.get(who);
    if (known !== undefined) return known;
    const browser = who === "nobody" ? here.browser() : await here.signedIn(PEOPLE[who]);
    if (who === "nobody") await browser.get("/sign-in");
    browsers.set(who, browser);
    return browser;
  }

  beforeAll(async () => {
    here = await site({ limits: { acts_per_minute: 10_000, sign_in_per_minute: 10_000 } });
  });

  const cases = ROUTES.flatMap((entry) =>
    (["nobody", ...ROLES] as const).map((who) => ({ entry, who, name: `${entry.method} ${entry.path}` })),
  );

  it.each(cases)("$name as $who", async ({ entry, who }) => {
    const browser = await renewed(who);
    const page = await browser.get("/sign-in");
    const style =
      /href="(\/static\/style[^"]*)"/.exec(page.body)?.[1] ??
      /href="(\/static\/style[^"]*)"/.exec((await browser.get("/help")).body)?.[1] ??
      "";
    const before = here.desk.calls.length;
    const status = await ask(browser, entry, pathOf(entry, style));
    if (entry.action === "session.sign_out") browsers.delete(who);
    const held: readonly Role[] = who === "nobody" ? [] : who === "auditor" ? [who] : [who, "reviewer"];
    const { access } = entry;
    const may = access === "anyone" || access.some((role) => held.includes(role));
    if (entry.api) {
      // No session, whoever's, lets anybody in: a system comes by its token.
      expect(status).toBe(401);
      expect(here.desk.calls.length).toBe(before);
    } else if (may) {
      // Let in: what follows is for the desk, or for whoever holds a link, to say.
      expect([200, 303, 403, 404, 409, 422, 400]).toContain(status);
      if (
        entry.method === "GET" &&
        access !== "anyone" &&
        who !== "reviewer" &&
        held.some((role) => role !== "reviewer")
      )
        expect(status).toBe(200);
    } else {
      expect(status).toBe(who !== "nobody" ? 403 : entry.method === "GET" ? 303 : 401);
      expect(here.desk.calls.length).toBe(before);
    }
    expect(here.errors).toEqual([]);
  });

  it("has no route beside the table", () => {
    const table = ROUTES.map(({ method, path }) => `${method} ${path}`).sort();
    expect(new Set(table).size).toBe(table.length);
    const printed = here.app.printRoutes({ commonPrefix: false });
    const methods = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, list]) => (list ?? "").split(", "));
    expect(methods.length).toBe(table.length);
    for (const { method, path } of ROUTES) expect(here.app.hasRoute({ method, url: path })).toBe(true);
    expect(() => here.app.route({ method: "GET", url: "/open", handler: () => "" })).toThrow();
  });

  it("names the auditor in no act but drawing samples and having evidence made, which changes nothing", () => {
    const acts = ROUTES.filter(
      ({ method, action }) =>
        method === "POST" && !/^(session|keys)\.|^campaign\.sample$|^evidence\.make$/.test(action),
    );
    expect(acts.length).toBeGreaterThan(8);
    expect(acts.filter(({ access }) => access === "anyone" || access.includes("auditor"))).toEqual([]);
  });

  it("shows another's item to nobody as if it did not exist", async () => {
    const rita = await here.signedIn(PEOPLE.reviewer);
    const foreign = await rita.get(`/campaigns/${CAMPAIGN_ID}/items/${itemId(59)}`);
    const missing = await rita.get(`/campaigns/${CAMPAIGN_ID}/items/${itemId(9999)}`);
    expect([foreign.statusCode, missing.statusCode]).toEqual([404, 404]);
    const strip = (text: string): string => text.replace(/request [\w-]+\./, "");
    expect(strip(foreign.body)).toBe(strip(missing.body));
  });

  it("writes who did what into the audit log, and no token", () => {
    const refused = here.audit.entries.filter(({ outcome }) => outcome === "refused");
    expect(
      refused.some(
        ({ action, who, reason }) =>
          action === "campaign.start" && who === PEOPLE.auditor && reason === "role",
      ),
    ).toBe(true);
    expect(
      here.audit.entries.some(({ action, outcome }) => action === "items.import" && outcome === "done"),
    ).toBe(true);
    expect(
      here.audit.entries.some(({ action, who }) => action === "session.link" && who === PEOPLE.security),
    ).toBe(true);
    const text = JSON.stringify(here.audit.entries);
    for (const browser of browsers.values())
      if (browser.session !== undefined) expect(text).not.toContain(browser.session);
  });
});
