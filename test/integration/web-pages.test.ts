import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, offerLink, startServer } from "../../src/web/index.ts";
import { ensureChromium, launch, violations } from "../web/browser.ts";
import { CAMPAIGN_ID, itemId } from "../web/desk-data.ts";
import { FakeDesk } from "../web/fake-desk.ts";
import { MemoryAudit, MemorySessions } from "../web/memory.ts";
import { FakeReports, Hands, PEOPLE } from "../web/site.ts";

/** Where pictures are put, for who wants to look at them. */
const PICTURES = process.env["WEB_PICTURES"];

const ITEM = `/campaigns/${CAMPAIGN_ID}/items/${itemId(1)}`;

const VIEWS = [
  { name: "light", width: 1280, colorScheme: "light" },
  { name: "dark", width: 1280, colorScheme: "dark" },
  { name: "phone", width: 390, colorScheme: "light" },
] as const;

const PAGES = [
  { who: "reviewer", name: "home", path: "/" },
  { who: "reviewer", name: "items", path: `/campaigns/${CAMPAIGN_ID}/items?risk=high` },
  { who: "reviewer", name: "item", path: ITEM },
  { who: "reviewer", name: "item-unknown", path: `/campaigns/${CAMPAIGN_ID}/items/${itemId(5)}` },
  { who: "reviewer", name: "secrets", path: `${ITEM}/secrets` },
  { who: "reviewer", name: "sign-off", path: `/campaigns/${CAMPAIGN_ID}/sign-off` },
  { who: "reviewer", name: "ask", path: "/requests/new" },
  { who: "reviewer", name: "help", path: "/help" },
  { who: "reviewer", name: "account", path: "/account" },
  { who: "compliance", name: "campaign", path: `/campaigns/${CAMPAIGN_ID}` },
  { who: "compliance", name: "reviewers", path: `/campaigns/${CAMPAIGN_ID}/reviewers` },
  { who: "compliance", name: "revocations", path: `/campaigns/${CAMPAIGN_ID}/revocations` },
  { who: "compliance", name: "item-several", path: `/campaigns/${CAMPAIGN_ID}/items/${itemId(9)}` },
  { who: "compliance", name: "samples", path: `/campaigns/${CAMPAIGN_ID}/samples` },
  { who: "compliance", name: "person", path: `/campaigns/${CAMPAIGN_ID}/person?id=p0` },
  { who: "reviewer", name: "own-person", path: `/campaigns/${CAMPAIGN_ID}/person?id=p0` },
  { who: "auditor", name: "evidence", path: `/campaigns/${CAMPAIGN_ID}/evidence` },
  { who: "compliance", name: "journal", path: `/campaigns/${CAMPAIGN_ID}/journal` },
  { who: "compliance", name: "start", path: "/start" },
  { who: "security", name: "requests", path: "/requests" },
  { who: "security", name: "request", path: "/requests/req-1" },
  { who: "auditor", name: "all-items", path: `/campaigns/${CAMPAIGN_ID}/items` },
  { who: "auditor", name: "people", path: "/people" },
  { who: "auditor", name: "audit", path: "/audit" },
  { who: "auditor", name: "not-found", path: "/nowhere" },
] as const;

const chromium = ensureChromium();

describe.skipIf("missing" in chromium)("the pages in a browser", () => {
  const stop = new AbortController();
  const sessions = new MemorySessions();
  const clock = new Hands();
  const desk = new FakeDesk({ count: 60 });
  const errors: unknown[] = [];
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    const people = (role: "admin" | "auditor" | "compliance" | "security") => ({ people: [PEOPLE[role]] });
    const roles = {
      admin: people("admin"),
      auditor: people("auditor"),
      compliance: people("compliance"),
      security: people("security"),
    };
    server = await startServer({
      desk,
      sessions,
      clock,
      audit: new MemoryAudit(),
      random: (count) => randomBytes(count),
      reports: new FakeReports(),
      settings: { port: 0, roles, organisation: "Acme" },
      signal: stop.signal,
      onError: (error) => errors.push(error),
    });
    browser = await launch();
    if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });
  });

  afterAll(async () => {
    await browser.close();
    stop.abort();
    await server.closed;
    expect(errors).toEqual([]);
  });

  async function signedIn(
    who: keyof typeof PEOPLE,
    view: (typeof VIEWS)[number],
    scripts = true,
  ): Promise<[BrowserContext, Page]> {
    const context = await browser.newContext({
      viewport: { width: view.width, height: 900 },
      colorScheme: view.colorScheme,
      javaScriptEnabled: scripts,
    });
    const page = await context.newPage();
    const link = await offerLink(sessions, clock, (count) => randomBytes(count), PEOPLE[who]);
    await page.goto(server.origin + link);
    await page.getByRole("button", { name: "Confirm and sign in" }).click();
    return [context, page];
  }

  it.each(VIEWS)("have nothing that axe finds, and no way to scroll sideways: $name", async (view) => {
    for (const who of ["reviewer", "compliance", "security", "auditor"] as const) {
      const [context, page] = await signedIn(who, view);
      const said: string[] = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(error.message));
      for (const { name, path } of PAGES.filter((one) => one.who === who)) {
        said.length = 0;
        await page.goto(server.origin + path);
        if (PICTURES !== undefined)
          await page.screenshot({ path: `${PICTURES}/${name}-${view.name}.png`, fullPage: true });
        expect.soft({ name, found: await violations(page) }).toEqual({ name, found: [] });
        expect
          .soft({
            name,
            wide: await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
          })
          .toEqual({ name, wide: 0 });
        expect.soft(said.filter((text) => !text.includes("404"))).toEqual([]);
      }
      await context.close();
    }
  });

  it("are decided by keys alone", async () => {
    const [context, page] = await signedIn("reviewer", VIEWS[0]);
    await page.goto(`${server.origin}/campaigns/${CAMPAIGN_ID}/items`);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    expect(await page.getByRole("checkbox").nth(1).isChecked()).toBe(true);
    await page.keyboard.press("k");
    await page.keyboard.press("o");
    await page.waitForURL(`**/items/${itemId(0)}`);
    await page.keyboard.press("t");
    expect(await page.locator("#choice-time_limit").isChecked()).toBe(true);
    expect(await page.locator("#until").isVisible()).toBe(true);
    await page.keyboard.press("c");
    expect(await page.locator("#until").isVisible()).toBe(false);
    await page.locator("#justification").focus();
    await page.keyboard.type("croak");
    expect(await page.locator("#choice-certify").isChecked()).toBe(true);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Your decision is recorded").waitFor();
    await page.getByRole("link", { name: "Look at it, or undo it" }).click();
    await page.getByRole("button", { name: "Undo my decision" }).click();
    await page.getByText("Your decision is taken back").waitFor();
    await context.close();
  });

  it("leave keys alone where they are switched off", async () => {
    const [context, page] = await signedIn("reviewer", VIEWS[0]);
    await page.goto(`${server.origin}/help`);
    await page.getByRole("button", { name: "Switch single-key shortcuts off" }).click();
    await page.goto(server.origin + ITEM);
    await page.keyboard.press("r");
    expect(await page.locator("#choice-revoke").isChecked()).toBe(false);
    await context.close();
  });

  it("do the same without scripts", async () => {
    const [context, page] = await signedIn("reviewer", VIEWS[2], false);
    await page.goto(server.origin + ITEM);
    await page.getByLabel("Certify").check();
    await page.getByRole("button", { name: "Record the decision" }).click();
    await page.getByText("A justification is missing").waitFor();
    expect(await page.getByLabel("Certify").isChecked()).toBe(true);
    await page.locator("#justification").fill("runs the nightly job");
    await page.getByRole("button", { name: "Record the decision" }).click();
    await page.getByText("Your decision is recorded").waitFor();
    await context.close();
  });
});
