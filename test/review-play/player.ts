import { mkdirSync } from "node:fs";
import type { APIResponse, Browser, BrowserContext, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { violations } from "../web/browser.ts";

/** Where pictures of what was seen are put, for who wants to look at them. */
const PICTURES = process.env["WEB_PICTURES"];

if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });

export interface View {
  readonly width?: number;
  readonly dark?: boolean;
  /** False: the browser runs no scripts. */
  readonly scripts?: boolean;
}

export interface Choice {
  readonly kind: "Certify" | "Limit in time" | "Reduce" | "Revoke";
  readonly why?: string;
  /** A day. */
  readonly until?: string;
  /** Of a reduction: the actions that go. */
  readonly without?: readonly string[];
}

/** A person at a browser of their own, signed in at the identity provider. */
export class Player {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #origin: string;
  readonly #who: string;
  readonly #scripts: boolean;

  private constructor(context: BrowserContext, page: Page, origin: string, who: string, scripts: boolean) {
    this.context = context;
    this.page = page;
    this.#origin = origin;
    this.#who = who;
    this.#scripts = scripts;
  }

  /** Signs in with the account that the provider knows by this name. */
  static async enter(browser: Browser, origin: string, account: string, view: View = {}): Promise<Player> {
    const { width = 1280, dark = false, scripts = true } = view;
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? "dark" : "light",
      javaScriptEnabled: scripts,
      // The provider's certificate is of an authority of the test.
      ignoreHTTPSErrors: true,
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    await page.goto(origin);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("input[name=login]").fill(account);
    await page.locator("input[name=password]").fill("any");
    await page.locator("button[type=submit]").click();
    await page.locator("form[action*=interaction] button[type=submit]").click();
    await page.waitForURL(`${origin}/**`);
    return new Player(context, page, origin, account, scripts);
  }

  async go(path: string): Promise<number> {
    return (await this.page.goto(this.#origin + path))?.status() ?? 0;
  }

  /** What axe finds on the page, and whether it scrolls sideways; takes a picture. */
  async look(name: string): Promise<void> {
    if (PICTURES !== undefined) {
      await this.page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
    }
    const page = `${this.#who}: ${name}`;
    if (this.#scripts) expect.soft({ page, found: await violations(this.page) }).toEqual({ page, found: [] });
    const wide = await this.page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect.soft({ page, wide }).toEqual({ page, wide: 0 });
  }

  async told(text: RegExp | string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Rows of a list of items: of which principal, and what else stands in the row. */
  row(who: string, text: RegExp | string = ""): Locator {
    return this.page
      .locator("tr[data-row]")
      .filter({ has: this.page.locator("th").getByText(who, { exact: true }) })
      .filter({ hasText: text });
  }

  /** Id of the one item of a list. */
  async itemOf(campaign: string, who: string, text: RegExp | string = "", whose = "mine"): Promise<string> {
    const search = new URLSearchParams({ whose, search: who.replace(/^auth\/[a-z]+\//, "") });
    await this.go(`/campaigns/${campaign}/items?${search.toString()}`);
    const rows = this.row(who, text);
    expect({ who, text, count: await rows.count() }).toEqual({ who, text, count: 1 });
    return (await rows.getAttribute("id"))?.replace("row-", "") ?? "";
  }

  /** Fills in the form of the item that is open, and sends it. */
  async choose({ kind, why, until, without = [] }: Choice): Promise<void> {
    const { page } = this;
    await page.getByRole("radio", { name: kind, exact: true }).check();
    for (const action of without) await page.getByRole("checkbox", { name: action, exact: true }).uncheck();
    if (until !== undefined) await page.locator("#until").fill(until);
    if (why !== undefined) await page.locator("#justification").fill(why);
    await page.getByRole("button", { name: "Record the decision" }).click();
  }

  async decide(campaign: string, item: string, choice: Choice): Promise<void> {
    expect(await this.go(`/campaigns/${campaign}/items/${item}`)).toBe(200);
    await this.choose(choice);
    await this.told("Your decision is recorded");
  }

  /** Certifies what is selected in the list that is open. */
  async certifySelected(why?: string): Promise<void> {
    await this.page.locator("#bulk-certify").check();
    if (why !== undefined) await this.page.locator("#bulk-justification").fill(why);
    await this.page.getByRole("button", { name: "Decide on the selected items" }).click();
  }

  /** Sends what a form of the page would send, or would not: as somebody does who knows addresses. */
  async post(path: string, fields: Readonly<Record<string, string>>, upload = false): Promise<APIResponse> {
    const form = { form_token: await this.formToken(), ...fields };
    return await this.context.request.post(this.#origin + path, {
      ...(upload ? { multipart: form } : { form }),
      headers: { origin: this.#origin },
      maxRedirects: 0,
    });
  }

  /** Of the page that is open: each has a form to sign out. */
  async formToken(): Promise<string> {
    return (await this.page.locator("input[name=form_token]").first().getAttribute("value")) ?? "";
  }

  /** Version and digest of the item that is open. */
  async seen(): Promise<{ readonly version: string; readonly seen_sha256: string }> {
    const value = async (name: string): Promise<string> =>
      (await this.page.locator(`input[name=${name}]`).first().getAttribute("value")) ?? "";
    return { version: await value("version"), seen_sha256: await value("seen_sha256") };
  }

  /** An act of who runs a campaign, by the button of its page. */
  async act(campaign: string, button: string, statement?: string): Promise<void> {
    await this.go(`/campaigns/${campaign}`);
    const card = this.page
      .locator("div.card")
      .filter({ has: this.page.getByRole("button", { name: button }) });
    if (statement !== undefined) await card.getByLabel("Statement").fill(statement);
    await card.getByRole("button", { name: button }).click();
  }
}
