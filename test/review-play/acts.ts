import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { ChangeAdvisor, demandsOf, type ConcreteChange } from "../../src/review/index.ts";
import { emailOf } from "./company.ts";
import { logIn } from "./estate.ts";
import type { Player } from "./player.ts";
import type { Stage } from "./stage.ts";

/** Who runs the campaigns, as the desk knows them. */
export const COMPLIANCE = { who: emailOf("cora"), roles: ["compliance", "reviewer"] } as const;

export function daysAhead(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** Certifies the first item of somebody's that waits so; false where none does. */
export async function nextOf(player: Player, campaign: string, state: string, why: string): Promise<boolean> {
  await player.go(`/campaigns/${campaign}/items?state=${state}`);
  const link = player.page.locator("tr[data-row] a").first();
  if ((await link.count()) === 0) return false;
  await link.click();
  await player.choose({ kind: "Certify", why });
  await player.told("Your decision is recorded");
  return true;
}

/** What the product proposes for each item that would be revoked, by principal and number of secrets. */
export async function proposals(
  stage: Stage,
  campaign: string,
): Promise<ReadonlyMap<string, readonly ConcreteChange[]>> {
  return await stage.withDesk(async ({ desk, state, access }) => {
    const advisor = new ChangeAdvisor(await access());
    const query = { whose: "all", sort: "principal", offset: 0, limit: 200 } as const;
    const { rows } = await desk.reading.items(COMPLIANCE, campaign, query);
    const found = new Map<string, readonly ConcreteChange[]>();
    for (const { item } of rows) {
      const targets = (await state.targets(item.secrets.set_sha256))?.members ?? [];
      const { demands } = demandsOf({ kind: "revoke" }, item, targets);
      found.set(`${item.principal.name} ${item.secrets.count}`, advisor.changesFor(item, demands));
    }
    return found;
  });
}

/** States of the revocations that the page shows, by principal and what they are about. */
export async function revocationsOf({ page }: Player): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const row of await page.locator("tbody tr").all()) {
    // The person, where one is known, the principal, and the store.
    const names = await row.locator("th bdi").allInnerTexts();
    const who = names.at(-2) ?? "";
    const what = await row.locator("td[data-label='What must go']").innerText();
    const [, actions = "", count = ""] = /^\s*(.*?) on\s+(\d+) secret/s.exec(what) ?? [];
    found[`${who} ${actions} ${count}`] = await row.locator("td[data-label=State] .badge").innerText();
  }
  return found;
}

/** What the store answers to somebody who logs in and reads. */
export async function reads({ cluster }: Stage, who: string, secret: string): Promise<number> {
  const api = cluster.api("");
  return (await api.as(await logIn(api, who)).send("GET", `kv/data/${secret}`)).status;
}

export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return (file.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes).includes(text);
    });
}
