import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found, missing } from "../counterparties/availability.ts";
import { ensureVault } from "../counterparties/vault.ts";
import type { Player } from "../review-play/player.ts";
import { Stage } from "../review-play/stage.ts";
import { EXECUTABLE } from "../web/browser.ts";

const vault = await ensureVault();
const browser = existsSync(EXECUTABLE)
  ? { found: EXECUTABLE }
  : missing(`no Chromium at ${EXECUTABLE}; CHROMIUM names another`);
const absent = [vault, browser].some((each) => "missing" in each);

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
    await cora.leave();
  });

  it("is decided on by a manager", async () => {
    const mia = await stage.enter("mia");
    await mia.look("10-manager-home");
    await mia.page.getByRole("link", { name: /Quarterly access review/ }).first().click();
    await mia.look("11-manager-items");
    const id = await mia.itemOf(campaign, "ada", "1 secret of");
    await mia.go(`/campaigns/${campaign}/items/${id}`);
    await mia.look("12-manager-item");
    await mia.leave();
  });
});
