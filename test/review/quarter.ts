import { LeafChain, ContentStore } from "../../src/ledger/index.ts";
import { nodeFileSystem } from "../../src/base/index.ts";
import { Journal, leafTypeOf, type ReviewPackage } from "../../src/review/index.ts";
import type { Choice, CampaignItem } from "../../src/review/model.ts";
import { HOLD, actor, estate, openDesk, seenOf } from "./estate.ts";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ID = "quarterly-2026-q4";
const WHY = "needed for the nightly settlement of payments";

export const PRODUCT = { name: "Countersign", version: "0.1.0" };

type Opened = Awaited<ReturnType<typeof openDesk>>;

/**
 * A quarter of a small company, played to where management has acknowledged: decided on the page and in a sheet, one taken back,
 * compared with a later snapshot, sampled, and one revocation that is still reachable. The same each time.
 */
export async function quarter(): Promise<{
  source: ReviewPackage;
  desk: Opened["desk"];
  world: Opened["world"];
  ports: Opened["ports"];
}> {
  const { desk, world, state, ports } = await openDesk();
  const see = async () => {
    const { rows } = await desk.reading.items(actor.cora, ID, {
      whose: "all",
      sort: "risk",
      offset: 0,
      limit: 200,
    });
    return (name: string, tier = "standard"): CampaignItem => {
      const found = rows.find(
        ({ item }) => item.principal.name.endsWith(`/${name}`) && item.secrets.tier === tier,
      );
      if (found === undefined) throw new Error(`no item of ${name}, ${tier}`);
      return found;
    };
  };
  const version = async () => (await desk.reading.campaign(actor.cora, ID)).campaign.version;
  const decide = async (who: (typeof actor)[keyof typeof actor], found: CampaignItem, choice: Choice) => {
    const { item, version: one, seen_sha256 } = found;
    await desk.reading.item(who, ID, item.item_id);
    world.now = new Date(Date.parse(world.now) + 140_000).toISOString();
    await desk.deciding.decide(who, ID, { item_id: item.item_id, version: one, seen_sha256 }, choice);
  };
  await desk.running.start(actor.cora, "quarterly");
  await desk.running.act(actor.cora, ID, "open", 1);
  world.now = "2026-10-05T09:00:00.000Z";
  await decide(actor.mia, (await see())("ada"), { kind: "certify", justification: "looked right at first" });
  const { item, version: undone, seen_sha256 } = (await see())("ada");
  await desk.deciding.undo(actor.mia, ID, { item_id: item.item_id, version: undone, seen_sha256 });
  await decide(actor.mia, (await see())("ada"), {
    kind: "revoke",
    justification: "she moved to another team in September",
  });
  await decide(actor.mia, (await see())("eve"), { kind: "revoke" });
  world.now = "2026-10-06T09:00:00.000Z";
  await decide(actor.mia, (await see())("ben"), { kind: "certify", justification: WHY });
  world.now = "2026-10-08T09:00:00.000Z";
  world.seen = seenOf(
    estate({ ...HOLD, kim: ["payments"] }).labelled("kv/", "payments/new"),
    "2026-10-08T06:00:00.000Z",
  );
  await desk.running.act(actor.cora, ID, "refresh", await version());
  world.now = "2026-10-15T09:00:00.000Z";
  await desk.running.act(actor.cora, ID, "remind", await version());
  await decide(actor.mia, (await see())("ben"), {
    kind: "certify",
    justification: `${WHY}, the new one as well`,
  });
  await decide(actor.mia, (await see())("ben", "critical"), { kind: "certify", justification: WHY });
  await decide(actor.vera, (await see())("ben", "critical"), {
    kind: "certify",
    justification: "he is on call for it",
  });
  await decide(actor.sam, (await see())("ben", "critical"), {
    kind: "time_limit",
    justification: "until the root password is rotated by the vault",
    until: "2026-12-01T23:59:59.999Z",
  });
  await desk.deciding.signOffOwn(actor.mia, ID, "I looked at each of them.").catch(() => undefined);
  world.now = "2026-10-23T09:00:00.000Z";
  const kim = (await see())("kim");
  const whom = Object.values(actor).find(({ who }) => who === kim.reviewer) ?? actor.vera;
  await decide(whom, kim, { kind: "certify", justification: "joined the payments team this month" });
  for (const who of [actor.vera, actor.sam])
    await desk.deciding.signOffOwn(who, ID, "I looked at each of them.");
  await desk.running.act(actor.cora, ID, "end_review", await version());
  await desk.running.sample(actor.olga, ID, { nonce: "lakeside 4711", size: 2 });
  const due = await desk.reading.revocations(actor.cora, ID, { offset: 0, limit: 9 });
  const first = due.rows.find(({ revocation }) => revocation.principal_id.endsWith("/ada"))?.revocation;
  if (first !== undefined)
    await desk.running.noteTicket(actor.cora, ID, first.item_id, first.version, "OPS-1204");
  world.now = "2026-11-02T09:00:00.000Z";
  world.seen = seenOf(estate({ ada: ["payments-too"], ben: HOLD.ben }), "2026-11-02T06:00:00.000Z");
  await desk.running.act(actor.cora, ID, "verify", await version());
  await desk.running.act(
    actor.cora,
    ID,
    "sign_off",
    await version(),
    "Complete but for what stands here as open.",
  );
  const root = await mkdtemp(join(tmpdir(), "countersign-quarter-"));
  const clock = { now: () => new Date(world.now) };
  const leaves = new LeafChain(join(root, "leaves"), "test", nodeFileSystem, clock);
  const journal = new Journal({
    state,
    content: new ContentStore(join(root, "cas")),
    leaves,
    clock,
    leafType: (kind) => leafTypeOf(kind),
  });
  await journal.publish();
  const verified = await journal.verify();
  const head = await leaves.head();
  const source = await desk.reporting.evidence(actor.olga, ID, {
    product: PRODUCT,
    entity: {
      name: "Harbour and Pine Logistics Holding",
      boundary: "Payment platform",
      request_id: "PBC-114",
    },
    frameworks: new Map([["pci_dss", { title: "PCI DSS", edition: "4.0.1" }]]),
    verified,
    ...(head === undefined ? {} : { head: { leaves: head.leaves, sha256: head.sha256 } }),
  });
  return { source, desk, world, ports };
}
