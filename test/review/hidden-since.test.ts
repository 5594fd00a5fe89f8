import { describe, expect, it } from "vitest";
import { EstateFacts } from "../access/estate-facts.ts";
import { actor, openDesk, seenOf } from "./estate.ts";
import {
  ID,
  act,
  byName,
  decideOn,
  itemNamed,
  revocations,
  started,
  STATEMENT,
  type Opened,
} from "./at-desk.ts";

const READ = 'path "kv/data/payments/*" { capabilities = ["read"] }';

/** Ada and Ben read payments: these secrets of them are seen. */
function seeing(secrets: readonly string[]): EstateFacts {
  const facts = new EstateFacts()
    .mount("kv/")
    .method("auth/userpass/", "userpass", "acc-userpass")
    .policy("default", 'path "cubbyhole/*" { capabilities = ["read"] }')
    .policy("payments", READ);
  for (const name of secrets) facts.labelled("kv/", `payments/${name}`);
  for (const name of ["ada", "ben"])
    facts.role("auth/userpass/", name, { method: "userpass", role_type: "user", policies: ["payments"] });
  return facts;
}

const hiding = (facts: EstateFacts, place = "kv/payments/"): EstateFacts =>
  facts.gap(place, ["secret", "secret_metadata"]);

async function later(opened: Opened, facts: EstateFacts): Promise<void> {
  opened.world.now = "2026-10-03T09:00:00.000Z";
  opened.world.seen = seenOf(facts, "2026-10-03T06:00:00.000Z");
  await act(opened, "refresh");
}

const DB = "vault:kv/payments/db";

async function secretsOfAda({ desk, ...rest }: Opened): Promise<readonly string[]> {
  const { item } = await itemNamed({ desk, ...rest }, "ada standard");
  const { rows } = await desk.reading.secrets(actor.cora, ID, item.item_id, { offset: 0, limit: 50 });
  return rows;
}

describe("an item of which a later snapshot hides secrets", () => {
  it("stays as it was decided on where nothing else changed", async () => {
    const opened = await started(undefined, seeing(["api", "db"]));
    await decideOn(opened, "ada standard", { kind: "certify" });
    await later(opened, hiding(seeing(["api"])));
    expect(await itemNamed(opened, "ada standard")).toMatchObject({ state: "decided", outcome: "certify" });
    expect(await secretsOfAda(opened)).toContain(DB);
  });

  it("keeps what was to be taken out of it", async () => {
    const opened = await started(undefined, seeing(["api", "db"]));
    for (const name of Object.keys(await byName(opened))) {
      const isAda = name.startsWith("ada");
      await decideOn(opened, name, isAda ? { kind: "reduce", revoke_secrets: [DB] } : { kind: "certify" });
    }
    await opened.desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    await later(opened, hiding(seeing(["api"])));
    expect((await revocations(opened))["ada"]).toMatchObject({
      kind: "reduce",
      secrets: [DB],
      state: "open",
    });
  });

  it("is asked about anew with what came and with what is hidden", async () => {
    const opened = await started(undefined, seeing(["api", "db"]));
    await decideOn(opened, "ada standard", { kind: "certify" });
    await later(opened, hiding(seeing(["api", "new"])));
    const found = await itemNamed(opened, "ada standard");
    expect(found).toMatchObject({ state: "open", item: { secrets: { count: 3, tier: "standard" } } });
    expect(found.item.recommendation.kind).not.toBe("certify");
    expect(found.item.unknowns.join()).toContain("1 secret of before may be hidden");
    expect(await secretsOfAda(opened)).toContain(DB);
    await opened.desk.schedule.tick(actor.cora);
    expect((await itemNamed(opened, "ada standard")).version).toBe(found.version);
  });

  it("is asked about anew without what is gone, and hidden by nothing", async () => {
    const opened = await started(undefined, seeing(["api", "db"]));
    await decideOn(opened, "ada standard", { kind: "certify" });
    await later(opened, hiding(seeing(["api"]), "kv/other/"));
    expect(await itemNamed(opened, "ada standard")).toMatchObject({ state: "open" });
    expect(await secretsOfAda(opened)).not.toContain(DB);
  });

  it("keeps them where tick meets a snapshot with as many gaps in other places", async () => {
    const opened = await openDesk();
    opened.world.seen = seenOf(hiding(seeing(["api", "db"]), "kv/other/"), opened.world.seen.as_of);
    await opened.desk.running.start(actor.cora, "quarterly");
    await opened.desk.running.act(actor.cora, ID, "open", 1);
    await decideOn(opened, "ada standard", { kind: "certify" });
    opened.world.now = "2026-10-03T09:00:00.000Z";
    opened.world.seen = seenOf(hiding(seeing(["api"])), "2026-10-03T06:00:00.000Z");
    expect(await opened.desk.schedule.tick(actor.cora)).toMatchObject([{ did: "failed" }]);
    expect(await secretsOfAda(opened)).toContain(DB);
  });
});
