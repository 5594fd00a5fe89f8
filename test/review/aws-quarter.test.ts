import { describe, expect, it } from "vitest";
import { seenOf } from "../../src/cli/review-desk.ts";
import { FactSet, type FactOf } from "../../src/facts/index.ts";
import type { CampaignItem } from "../../src/review/index.ts";
import { openExample } from "../evidence/example.ts";
import { actor, openDesk, SETTINGS } from "./estate.ts";

const { facts, manifest, config } = await openExample("aws");

const DAY_MS = 86_400_000;
const later = (days: number): string => new Date(Date.parse(manifest.taken_at) + days * DAY_MS).toISOString();

/** One user whose only way in is a group, and one who is given the group's policy besides. */
const LEAVES = "v.santos";
const STAYS = "z.kowalska";
const WHY = "Moved to another team in the summer.";
const ALL = { whose: "all", sort: "principal", offset: 0, limit: 500 } as const;

/** What is seen so many days later, with users who were changed. */
function seenLater(days: number, changed: (user: FactOf<"principal">) => Partial<FactOf<"principal">>) {
  const all = [...facts.all()].map((fact) =>
    fact.kind === "principal" ? { ...fact, ...changed(fact) } : fact,
  );
  const snapshot = { ...manifest, taken_at: later(days), snapshot_id: `later-${days}` };
  return seenOf(
    {
      manifest: snapshot,
      manifestSha256: String(days).padStart(64, "0"),
      facts: new FactSet(all, facts.gaps),
    } as Parameters<typeof seenOf>[0],
    config,
  );
}

describe("a quarter on the recorded AWS estate", () => {
  it("goes from start to verified revocation as that of any store", async () => {
    const { desk, world } = await openDesk({
      ...SETTINGS,
      fallback: ["mia@example.com"],
      campaigns: { quarterly: { every: "quarter", due_days: 20, scope: { principal_types: ["iam_user"] } } },
    });
    world.now = later(1);
    world.seen = seenLater(0, () => ({}));
    const id = await desk.running.start(actor.cora, "quarterly");
    const act = async (name: Parameters<typeof desk.running.act>[2]): Promise<void> => {
      const { campaign } = await desk.reading.campaign(actor.cora, id);
      await desk.running.act(actor.cora, id, name, campaign.version);
    };
    await act("open");

    const itemsOf = async (search: string): Promise<readonly CampaignItem[]> =>
      (await desk.reading.items(actor.cora, id, { ...ALL, search })).rows;
    const decided = [...(await itemsOf(LEAVES)), ...(await itemsOf(STAYS))];
    expect(decided.length).toBeGreaterThan(10);
    for (const { item, version, seen_sha256, reviewer = "" } of decided) {
      const who = { who: reviewer, roles: ["reviewer"] } as const;
      const seen = { item_id: item.item_id, version, seen_sha256 };
      await desk.deciding.decide(who, id, seen, { kind: "revoke", justification: WHY });
    }
    world.now = later(22);
    await act("end_review");
    const due = await desk.reading.revocations(actor.cora, id, { offset: 0, limit: 500 });
    expect(due.total).toBe(decided.length);

    const read = facts.of("group").find(({ name }) => name === "mobile")?.policies ?? [];
    expect(read.length).toBeGreaterThan(0);
    world.seen = seenLater(23, ({ name, policies }) =>
      name.endsWith(LEAVES)
        ? { direct_group_ids: [] }
        : name.endsWith(STAYS)
          ? { direct_group_ids: [], policies: [...policies, ...read] }
          : {},
    );
    world.now = later(23);
    await act("verify");
    const states = async (name: string) => {
      const { rows } = await desk.reading.revocations(actor.cora, id, { offset: 0, limit: 500 });
      return rows
        .filter(({ principal_name }) => principal_name.endsWith(name))
        .map(({ revocation }) => revocation);
    };
    expect(new Set((await states(LEAVES)).map(({ state }) => state))).toEqual(new Set(["removed"]));
    const left = await states(STAYS);
    expect(new Set(left.map(({ state }) => state))).toEqual(new Set(["still_reachable"]));
    expect(left[0]?.checked?.remaining.join("\n")).toMatch(/may still .* through policy mobile-/s);

    world.seen = seenLater(24, ({ name }) =>
      name.endsWith(LEAVES) || name.endsWith(STAYS) ? { direct_group_ids: [] } : {},
    );
    world.now = later(24);
    await act("verify");
    expect(new Set((await states(STAYS)).map(({ state }) => state))).toEqual(new Set(["removed"]));
  });
});
