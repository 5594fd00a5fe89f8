import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROUTES } from "../../src/web/routes.ts";
import { found } from "../counterparties/availability.ts";
import { ensureVault } from "../counterparties/vault.ts";
import {
  COMPLIANCE,
  daysAhead,
  filesWith,
  nextOf,
  proposals,
  reads,
  revocationsOf,
} from "../review-play/acts.ts";
import { AUDITOR, emailOf } from "../review-play/company.ts";
import { VALUE } from "../review-play/estate.ts";
import type { Choice, Player } from "../review-play/player.ts";
import { Stage } from "../review-play/stage.ts";
import { ensureChromium } from "../web/browser.ts";

const vault = await ensureVault();
const absent = [vault, ensureChromium()].some((each) => "missing" in each);

const WHY = "Works on it every week, as agreed.";
const CAMPAIGN = /^\/campaigns\/(quarterly-\d{4}-q\d)$/;

describe.skipIf(absent)("a quarter, played by six roles", () => {
  let stage: Stage;
  let campaign: string;

  beforeAll(async () => {
    stage = await Stage.set(found(vault));
    await stage.collect();
    await stage.serve();
  }, 120_000);

  afterAll(async () => {
    await stage.strike();
  });

  it("is started and opened by compliance, on a population that loses nothing", async () => {
    const cora = await stage.enter("cora");
    await cora.look("01-home-before");
    await cora.go("/start");
    await cora.look("02-start");
    await cora.page.getByRole("button", { name: "Start" }).click();
    await cora.told("The campaign is created");
    campaign = CAMPAIGN.exec(new URL(cora.page.url()).pathname)?.[1] ?? "";
    expect(campaign).not.toBe("");
    await cora.look("03-campaign-created");
    await cora.act(campaign, "Open the campaign");
    await cora.told("The campaign is open");
    for (const tab of ["items?whose=all", "reviewers", "revocations", "journal"]) {
      await cora.go(`/campaigns/${campaign}/${tab}`);
      await cora.look(`04-opened-${tab.replace(/\?.*/, "")}`);
    }
    await cora.go("/people");
    await cora.look("05-people");
  });

  it("is decided on by a manager, by keys, one by one and together", async () => {
    const mia = await stage.enter("mia");
    const { page } = mia;
    await mia.look("10-manager-home");
    const decide = async (who: string, text: RegExp, choice: Choice): Promise<void> => {
      await mia.decide(campaign, await mia.itemOf(campaign, who, text), choice);
    };

    // The leaver, by keys alone: nothing is to be justified, since revoking is advised.
    await mia.go(`/campaigns/${campaign}/items?search=eve&sort=principal`);
    await mia.look("11-leaver-found");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("o");
    await mia.told("Eve Tan left on");
    await mia.look("12-leaver");
    await page.keyboard.press("r");
    expect(await page.locator("#choice-revoke").isChecked()).toBe(true);
    await page.keyboard.press("Enter");
    await mia.told("Your decision is recorded");

    // One path of two.
    await decide("ada", /1 secret of/, { kind: "Revoke", why: "From before there were groups; not needed." });
    const reduced = await mia.itemOf(campaign, "ben", /read and write/);
    await mia.go(`/campaigns/${campaign}/items/${reduced}`);
    await page.keyboard.press("d");
    await mia.look("13-reduce");
    await mia.choose({ kind: "Reduce", without: ["write"] });
    await mia.told(/justification of at least/);
    await mia.look("14-reduce-refused");
    await mia.choose({ kind: "Reduce", without: ["write"], why: "Reads it; the pipeline writes it now." });
    await mia.told("Your decision is recorded");
    await mia.page.getByRole("link", { name: "Look at it, or undo it" }).click();
    await mia.look("15-decided");
    await page.getByRole("button", { name: "Undo my decision" }).click();
    await mia.told("Your decision is taken back");
    await mia.choose({ kind: "Reduce", without: ["write"], why: "Reads it; the pipeline writes it now." });
    await mia.told("Your decision is recorded");
    await decide("ben", /2 secrets/, {
      kind: "Limit in time",
      until: daysAhead(60),
      why: "Until the move is done.",
    });

    // What is ordinary goes together.
    await mia.go(`/campaigns/${campaign}/items?recommendation=certify&state=open`);
    for (const who of ["ada", "omar"]) {
      await mia.row(who).getByRole("checkbox").check();
    }
    await mia.certifySelected();
    await mia.told(/justification of at least/);
    await mia.look("16-bulk-refused");
    await mia.certifySelected(WHY);
    await mia.told("Your decision is recorded for all selected items");

    // Handed on to whoever knows; not to whose access it is.
    const handed = await mia.itemOf(campaign, "noa");
    await mia.go(`/campaigns/${campaign}/items/${handed}`);
    await page.keyboard.press("h");
    await page.getByLabel("Email of who can decide").fill(emailOf("noa"));
    await page.getByLabel("Why they can").fill("They know best what they need.");
    await mia.look("17-hand-on");
    await page.getByRole("button", { name: "Hand on" }).click();
    await mia.told("Nobody decides on their own access");
    await mia.go(`/campaigns/${campaign}/items/${handed}`);
    await page.locator("#hand-on summary").click();
    await page.getByLabel("Email of who can decide").fill(emailOf("omar"));
    await page.getByLabel("Why they can").fill("The consultant works in the platform team.");
    await page.getByRole("button", { name: "Hand on" }).click();
    await mia.told("The item is handed on");
    await mia.look("18-manager-items");
  });

  it("is decided on by the owner of a service, on a phone, in the dark and without scripts", async () => {
    const omar = await stage.enter("omar", { width: 390, dark: true });
    await omar.look("20-owner-home-phone-dark");
    await omar.go(`/campaigns/${campaign}/items`);
    await omar.look("21-owner-items-phone-dark");
    const refused = await omar.itemOf(campaign, "break-glass-1", /6 secrets/);
    await omar.go(`/campaigns/${campaign}/items/${refused}`);
    await omar.look("22-break-glass-phone-dark");
    await omar.choose({ kind: "Certify" });
    await omar.told(/Say why: it is access for emergencies/);
    await omar.look("23-break-glass-refused-phone-dark");
    await omar.go(`/campaigns/${campaign}/items?sort=principal&state=open`);
    await omar
      .row("token-automation", /6 secrets/)
      .getByRole("checkbox")
      .check();
    await omar
      .row("service-ci", /of web/)
      .getByRole("checkbox")
      .check();
    await omar.certifySelected(WHY);
    await omar.told(/Decide on each of these by itself.*security decides on privileged access/);
    await omar.look("24-bulk-refused-phone-dark");

    const plain = await stage.enter("omar", { width: 390, scripts: false });
    while (await nextOf(plain, campaign, "open", "The platform runs on it; looked at together."));
    await plain.look("25-owner-done-phone-plain");
  });

  it("lets nobody decide on their own access, by whatever address", async () => {
    const cora = await stage.enter("cora");
    const own = await cora.itemOf(campaign, "omar", "", "all");
    const sams = await cora.itemOf(campaign, "sam", "", "all");
    const { version, seen_sha256 } = await stage.withDesk(
      async ({ desk }) => (await desk.reading.item(COMPLIANCE, campaign, own)).item,
    );

    const omar = await stage.enter("omar");
    expect(await omar.go(`/campaigns/${campaign}/items/${own}`)).toBe(404);
    await omar.look("30-not-theirs");
    await omar.go("/");
    const certify = { choice: "certify", justification: WHY, version: String(version), seen_sha256 };
    expect((await omar.post(`/campaigns/${campaign}/items/${own}/decide`, certify)).status()).toBe(404);

    // Security sees every item, its own too.
    const sam = await stage.enter("sam");
    expect(await sam.go(`/campaigns/${campaign}/items/${sams}`)).toBe(200);
    await sam.told(/own access/);
    expect(await sam.page.locator("#decision").count()).toBe(0);
    await sam.look("31-own-access");
    const asked = await stage.withDesk(
      async ({ desk }) => (await desk.reading.item(COMPLIANCE, campaign, sams)).item,
    );
    const mine = { ...certify, version: String(asked.version), seen_sha256: asked.seen_sha256 };
    const answer = await sam.post(`/campaigns/${campaign}/items/${sams}/decide`, mine);
    expect(answer.status()).toBe(403);
    expect(await answer.text()).toContain("nobody decides on their own access");
  });

  it("asks two people about a root password and a signing key, and then security", async () => {
    const mia = await stage.enter("mia");
    await mia.go(`/campaigns/${campaign}/items?state=second_reviewer`);
    await mia.look("40-second-reviewer");
    expect(await mia.page.locator("tr[data-row]").count()).toBeGreaterThan(5);
    while (await nextOf(mia, campaign, "second_reviewer", "Second look: it is who should have it."));
  });

  it("tells the second of two who decide at once that they came too late", async () => {
    const [sam, ines] = await Promise.all([stage.enter("sam"), stage.enter("ines", { dark: true })]);
    await sam.go(`/campaigns/${campaign}/items?state=security`);
    await sam.look("50-security-items");
    const item = await sam.itemOf(campaign, "kim");
    for (const one of [sam, ines]) {
      await one.go(`/campaigns/${campaign}/items/${item}`);
      await one.page.getByRole("radio", { name: "Certify", exact: true }).check();
      await one.page.locator("#justification").fill("Holds it for the rota, as the register says.");
    }
    await sam.look("51-security-item");
    const button = (one: Player) => one.page.getByRole("button", { name: "Record the decision" });
    await Promise.all([button(sam).click(), button(ines).click()]);
    const told = await Promise.all(
      [sam, ines].map(async (one) => {
        const done = one.page.getByText("Your decision is recorded");
        const late = one.page.getByText("It changed since you opened it");
        await done.or(late).first().waitFor();
        if ((await late.count()) > 0) await one.look("52-came-too-late");
        return (await done.count()) > 0 ? "recorded" : "too late";
      }),
    );
    expect(told.sort()).toEqual(["recorded", "too late"]);
    expect(await nextOf(sam, campaign, "security", "Looked at with the platform team.")).toBe(true);
    while (await nextOf(ines, campaign, "security", "Looked at with the platform team."));
  });

  it("loses nothing that it acknowledged when it is killed in the middle", async () => {
    const mia = await stage.enter("mia");
    const path = (item: string): string => `/campaigns/${campaign}/items/${item}`;
    const items = [await mia.itemOf(campaign, "sam")];
    // What was decided together is taken back, to be decided again.
    for (const [who, text] of [
      ["omar", ""],
      ["ada", /2 secrets/],
    ] as const) {
      const item = await mia.itemOf(campaign, who, text);
      await mia.go(path(item));
      await mia.page.getByRole("button", { name: "Undo my decision" }).click();
      await mia.told("Your decision is taken back");
      items.push(item);
    }
    const forms: Record<string, string>[] = [];
    for (const item of items) {
      await mia.go(path(item));
      forms.push({ ...(await mia.seen()), choice: "certify", justification: WHY });
    }
    const acknowledged: string[] = [];
    const send = async (item: string, at: number): Promise<void> => {
      const answer = await mia.post(`${path(item)}/decide`, forms[at] ?? {});
      expect(answer.status()).toBe(303);
      acknowledged.push(item);
    };
    await send(items[0] ?? "", 0);
    const sent = Promise.allSettled(items.slice(1).map((item, at) => send(item, at + 1)));
    await stage.kill();
    await sent;
    expect(acknowledged.length).toBeGreaterThan(0);

    await stage.serve();
    let repeated = 0;
    for (const item of items) {
      // Whoever was signed in still is.
      expect(await mia.go(path(item))).toBe(200);
      const open = (await mia.page.locator("#decision").count()) > 0;
      if (acknowledged.includes(item)) expect({ item, open }).toEqual({ item, open: false });
      if (!open) continue;
      await mia.choose({ kind: "Certify", why: WHY });
      await mia.told("Your decision is recorded");
      repeated += 1;
    }
    const check = await stage.withDesk(({ journal }) => journal.verify());
    expect(check.outstanding).toBe(0);
    expect(check.entries).toBeGreaterThan(20);
    console.info(
      `killed: ${acknowledged.length} acknowledged, ${repeated} repeated, ${check.entries} entries agree`,
    );
  });

  it("is signed off by those who decided, and ended", async () => {
    const cora = await stage.enter("cora");
    await cora.go(`/campaigns/${campaign}/items?whose=all&state=open`);
    await cora.told("No item fits the filters");
    for (const name of ["mia", "omar", "sam", "ines"] as const) {
      const one = await stage.enter(name);
      await one.go(`/campaigns/${campaign}/sign-off`);
      if (name === "mia") await one.look("60-sign-off");
      await one.page
        .getByLabel("Statement")
        .fill("I looked at each item, and know why the access is needed.");
      await one.page.getByRole("button", { name: "Sign off my list" }).click();
      await one.told("Your list is signed off");
    }
    await cora.go(`/campaigns/${campaign}/reviewers`);
    await cora.look("61-reviewers");
    await cora.act(campaign, "End the review");
    await cora.told("The review has ended");
    await cora.look("62-review-ended");
    await cora.go(`/campaigns/${campaign}/revocations`);
    await cora.look("63-revocations-due");
  });

  it("is remediated, and what is left by another path is told with the path", async () => {
    const cora = await stage.enter("cora");
    const proposed = await proposals(stage, campaign);
    const [leaver] = proposed.get("eve 3") ?? [];
    expect(leaver?.commands).toHaveLength(1);
    for (const line of leaver?.commands ?? []) await stage.change(line);
    const [legacy] = proposed.get("ada 1") ?? [];
    expect(legacy).toMatchObject({ kind: "vault_policy_assignment", other_principal_count: 0 });
    for (const line of legacy?.commands ?? []) await stage.change(line);
    // Of a policy's text a person decides: the change is told, and made by hand.
    expect((proposed.get("ben 1") ?? []).map(({ what }) => what).join()).toContain("payments-write");
    const narrower = 'path "kv/data/payments/api" {\n  capabilities = ["read"]\n}';
    await stage.change(`printf '%s' '${narrower}' | vault policy write payments-write -`);
    await stage.collect();
    await cora.act(campaign, "Verify the revocations");
    await cora.told("The revocations are compared with the newest snapshot");
    await cora.go(`/campaigns/${campaign}/revocations`);
    await cora.look("70-still-reachable");
    expect(await revocationsOf(cora)).toEqual({
      "ada read 1": "still reachable",
      "ben read 2": `ends on ${daysAhead(60)}`,
      "ben write 1": "removed, by every path",
      "eve read 3": "removed, by every path",
    });
    const left = await cora.page.locator("tr", { hasText: "still reachable" }).first().textContent();
    expect(left).toMatch(/may still read main-vault:kv\/payments\/ledger, through group payments-team/);
    expect(await reads(stage, "ada", "payments/ledger")).toBe(200);
    expect(await reads(stage, "eve", "payments/ledger")).toBe(403);
  });

  it("is verified once no path is left", async () => {
    const [change] = (await proposals(stage, campaign)).get("ada 2") ?? [];
    expect(change).toMatchObject({ kind: "vault_group_member", other_principal_count: 0 });
    for (const line of change?.commands ?? []) await stage.change(line);
    expect(await reads(stage, "ada", "payments/ledger")).toBe(403);
    expect(await reads(stage, "ben", "payments/ledger")).toBe(200);
    await stage.collect();
    const cora = await stage.enter("cora");
    await cora.act(campaign, "Verify the revocations");
    await cora.go(`/campaigns/${campaign}/revocations`);
    await cora.look("71-verified");
    const states = await revocationsOf(cora);
    expect(Object.entries(states).filter(([, state]) => state !== "removed, by every path")).toEqual([
      ["ben read 2", `ends on ${daysAhead(60)}`],
    ]);
  });

  it("is open to the auditor, who changes nothing, and samples it", async () => {
    const olga = await stage.enter("olga");
    const item = await olga.itemOf(campaign, "ben", "read and write", "all");
    const tabs = ["", "/items?whose=all", "/reviewers", "/revocations", "/journal", `/items/${item}`];
    const pages = [
      ...tabs.map((tab) => `/campaigns/${campaign}${tab}`),
      "/",
      "/people",
      "/requests",
      "/audit",
    ];
    for (const [at, page] of pages.entries()) {
      expect(await olga.go(page)).toBe(200);
      const forms = await olga.page.locator("form[method=post]").all();
      const actions = await Promise.all(forms.map((form) => form.getAttribute("action")));
      expect({ page, actions }).toEqual({ page, actions: ["/sign-out"] });
      await olga.look(`80-auditor-${at}`);
    }
    const acts = ROUTES.filter(
      ({ method, access }) => method === "POST" && access !== "anyone" && !access.includes("auditor"),
    );
    expect(acts.length).toBeGreaterThan(10);
    for (const { path, upload = false } of acts) {
      const filled = path
        .replace(":campaign", campaign)
        .replace(":item", item)
        .replace(":act", "close")
        .replace(":request", "req-1");
      // Systems state requests there by a token of theirs: no session is asked about.
      const status = path.startsWith("/api/") ? 401 : 403;
      expect({ path, status: (await olga.post(filled, {}, upload)).status() }).toEqual({ path, status });
    }
    const auditor = { who: AUDITOR, roles: ["auditor"] } as const;
    const sample = await stage.withDesk(({ desk }) =>
      desk.running.sample(auditor, campaign, { nonce: "rain on the quay 27", size: 5 }),
    );
    for (const id of sample.item_ids) expect(await olga.go(`/campaigns/${campaign}/items/${id}`)).toBe(200);
    expect(sample.item_ids).toHaveLength(5);
  });

  it("is signed off, acknowledged and closed, and its journal agrees with the ledger", async () => {
    const cora = await stage.enter("cora");
    await cora.act(
      campaign,
      "Sign off the result",
      "Complete and accurate to my knowledge; one end is still to come.",
    );
    await cora.told("The result is signed off");
    const vera = await stage.enter("vera");
    await vera.look("90-management-home");
    await vera.go(`/campaigns/${campaign}`);
    await vera.look("91-acknowledge");
    await vera.act(campaign, "Acknowledge the result", "I have seen the result and what is left of it.");
    await vera.told("The result is acknowledged");
    await cora.act(campaign, "Close the campaign");
    await cora.told("The campaign is closed");
    await cora.look("92-closed");
    await cora.go(`/campaigns/${campaign}/journal`);
    await cora.look("93-journal");
    expect(await cora.page.getByText("not yet", { exact: true }).count()).toBe(0);
    const { entries, outstanding } = await stage.withDesk(({ journal }) => journal.verify());
    expect(outstanding).toBe(0);
    expect(entries).toBeGreaterThan(40);
    expect(filesWith(join(stage.dir, ".countersign"), VALUE)).toEqual([]);
    expect(stage.serverLog()).not.toContain("request ");
  });
});
