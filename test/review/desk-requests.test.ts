import { describe, expect, it } from "vitest";
import { classificationRules } from "../../src/cli/config.ts";
import { seenOf } from "../../src/cli/review-desk.ts";
import { FactSet } from "../../src/facts/index.ts";
import type { Actor } from "../../src/review/index.ts";
import { row } from "../people/rows.ts";
import { WHY, byName } from "./at-desk.ts";
import { actor, openDesk } from "./estate.ts";

describe("requests of access", () => {
  const wanted = {
    principal: "ada@example.com",
    secrets: ["vault:kv/payments/*"],
    actions: ["write"],
    justification: WHY,
  } as const;

  it("are approved by the manager, and by security where more than reading is asked for", async () => {
    const { desk } = await openDesk();
    const id = await desk.requests.ask(actor.ada, wanted);
    expect((await desk.requests.requests(actor.ada, { offset: 0, limit: 9 })).total).toBe(1);
    await expect(desk.requests.answer(actor.sam, id, 1, true, undefined)).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
    await expect(desk.requests.answer(actor.ada, id, 1, true, undefined)).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
    await desk.requests.answer(actor.mia, id, 1, true, "as agreed");
    expect(
      (await desk.requests.request(actor.mia, id).catch(() => undefined))?.request.state,
    ).toBeUndefined();
    await expect(desk.requests.answer(actor.kim, id, 1, true, undefined)).rejects.toMatchObject({
      code: "E_CONFLICT",
    });
    await desk.requests.answer(actor.kim, id, 2, true, undefined);
    expect((await desk.requests.request(actor.olga, id)).request).toMatchObject({
      state: "approved",
      high_privilege: true,
    });
  });

  it("of a register are shown to who oversees, and answered where they are kept", async () => {
    const { desk, world } = await openDesk();
    const registered = {
      ...{ ...wanted, request_id: "REQ-7", version: 0, high_privilege: false, state: "requested" as const },
      ...{ requested_by: "ada@example.com", requested_at: "2026-09-01T00:00:00.000Z" },
    };
    world.seen = { ...world.seen, requests: [registered] };
    const all = { offset: 0, limit: 9 };
    expect((await desk.requests.requests(actor.cora, all)).rows).toMatchObject([
      { request: { request_id: "REQ-7" }, asked_of_actor: undefined },
    ]);
    expect((await desk.requests.request(actor.olga, "REQ-7")).request.request_id).toBe("REQ-7");
    expect((await desk.requests.requests(actor.mia, all)).total).toBe(0);
    await expect(desk.requests.answer(actor.mia, "REQ-7", 0, true, undefined)).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
  });

  it("are refused where they say too little, or what cannot be kept", async () => {
    const { desk } = await openDesk();
    for (const change of [
      { justification: "x" },
      { actions: [] },
      { secrets: [] },
      { ends_at: "2026-09-01" },
      { principal: " " },
      { principal: "ada\0" },
      { principal: "ada\u001b[2J" },
      { secrets: ["kv/payments/\ud800"] },
      { justification: `${WHY}\udc00` },
      { justification: `${WHY}\0` },
    ]) {
      await expect(desk.requests.ask(actor.ada, { ...wanted, ...change })).rejects.toMatchObject({
        code: "E_REVIEW",
      });
    }
  });
});

describe("a request", () => {
  const WANTED = {
    principal: "auth/userpass/mia",
    secrets: ["kv/payments/*"],
    actions: ["read"],
    justification: WHY,
  } as const;

  async function asking() {
    const opened = await openDesk();
    const { people } = opened.world.seen;
    const mia = people.byEmail.get("mia@example.com");
    if (mia === undefined) throw new Error("nobody");
    const both = { ...mia, other_emails: ["mia@corp.example"] };
    const addresses = new Set(["mia@example.com", "mia@corp.example", "auth/userpass/mia"]);
    opened.world.seen = {
      ...opened.world.seen,
      people: {
        ...people,
        byEmail: new Map([...people.byEmail, ["mia@example.com", both], ["mia@corp.example", both]]),
        named: (name) => (addresses.has(name) ? both : undefined),
        isSame: (a, b) => a === b || (addresses.has(a) && addresses.has(b)),
      },
    };
    return opened;
  }

  it("for somebody's login is approved by their manager, never by themselves", async () => {
    const { desk } = await asking();
    const id = await desk.requests.ask(actor.ada, WANTED);
    await expect(desk.requests.answer(actor.mia, id, 1, true, undefined)).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
    await desk.requests.answer(actor.vera, id, 1, true, undefined);
    expect((await desk.requests.request(actor.ada, id)).request.state).toBe("approved");
  });

  it("is approved as security by nobody whom it is for, under any address", async () => {
    const { desk } = await asking();
    const id = await desk.requests.ask(actor.ada, { ...WANTED, actions: ["write"] });
    await desk.requests.answer(actor.vera, id, 1, true, undefined);
    const second = { who: "mia@corp.example", roles: ["reviewer", "security"] } as const;
    await expect(desk.requests.answer(second, id, 2, true, undefined)).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
  });

  it("of a register that who asked approved is told as said, and not as approved, and covers no item", async () => {
    const opened = await asking();
    const said = {
      ...WANTED,
      request_id: "REQ-104",
      version: 0,
      principal: "ada@example.com",
      requested_by: "ada@example.com",
      requested_at: "2026-09-01T00:00:00.000Z",
      high_privilege: false,
      manager_approval: { by: "ada@example.com", at: "2026-09-02T00:00:00.000Z", approved: true },
      state: "approved",
    } as const;
    opened.world.seen = { ...opened.world.seen, requests: [said] };
    const view = await opened.desk.requests.request(actor.cora, "REQ-104");
    expect(view.approval_fault).toBe("approved by who asked for it");
    await opened.desk.running.start(actor.cora, "quarterly");
    expect((await byName(opened))["ada standard"]?.item).not.toHaveProperty("request");
  });

  it("that fits nothing in the newest snapshot is taken, and told", async () => {
    const { desk } = await asking();
    const typo = await desk.requests.ask(actor.ada, { ...WANTED, secrets: ["kv/paymnets/*"] });
    expect(await desk.requests.request(actor.ada, typo)).toMatchObject({ fits_nothing: true });
    const good = await desk.requests.ask(actor.ada, WANTED);
    expect(await desk.requests.request(actor.ada, good)).not.toHaveProperty("fits_nothing");
  });
});

describe("a request by a roster's number, for somebody without a login", () => {
  const NUMBERED = [
    row("E-1", {
      email: "nia@example.com",
      other_emails: ["nia@corp.example"],
      manager_email: "mia@example.com",
    }),
    row("E-2", { email: "mia@example.com", manager_email: "vera@example.com" }),
  ];
  const nia: Actor = { who: "nia@example.com", roles: ["reviewer", "security"] };
  const wanted = {
    principal: "e-1",
    secrets: ["kv/payments/*"],
    actions: ["write"],
    justification: WHY,
  } as const;

  async function numbered(reconciled: boolean) {
    const opened = await openDesk();
    const facts = new FactSet([...opened.world.seen.facts.all(), ...NUMBERED], []);
    const { people } = seenOf(
      {
        manifest: { snapshot_id: "s", taken_at: opened.world.seen.as_of },
        manifestSha256: "0".repeat(64),
        facts,
      } as unknown as Parameters<typeof seenOf>[0],
      { rules: classificationRules({}) } as Parameters<typeof seenOf>[1],
    );
    const { byEmail, personOf } = people;
    opened.world.seen = { ...opened.world.seen, people: reconciled ? people : { byEmail, personOf } };
    return opened;
  }

  it.each([true, false])(
    "is approved by their manager, and by themselves under no address; as reconciled: %s",
    async (reconciled) => {
      const { desk, ports } = await numbered(reconciled);
      ports.settings = { ...ports.settings, fallback: ["nia@example.com"] };
      const id = await desk.requests.ask(actor.cora, wanted);
      await expect(desk.requests.answer(nia, id, 1, true, undefined)).rejects.toMatchObject({
        code: "E_FORBIDDEN",
      });
      await desk.requests.answer(actor.mia, id, 1, true, undefined);
      for (const who of ["nia@example.com", "nia@corp.example"])
        await expect(desk.requests.answer({ ...nia, who }, id, 2, true, undefined)).rejects.toMatchObject({
          code: "E_FORBIDDEN",
        });
      await desk.requests.answer(actor.kim, id, 2, true, undefined);
    },
  );

  it.each([true, false])(
    "is not approved where a register says that they did; as reconciled: %s",
    async (reconciled) => {
      const opened = await numbered(reconciled);
      const said = {
        ...{ ...wanted, request_id: "REQ-9", version: 0, high_privilege: false, actions: ["read"] as const },
        ...{ requested_by: "cora@example.com", requested_at: "2026-09-01T00:00:00.000Z" },
        manager_approval: { by: "nia@corp.example", at: "2026-09-02T00:00:00.000Z", approved: true },
        state: "approved" as const,
      };
      opened.world.seen = { ...opened.world.seen, requests: [said] };
      const { approval_fault } = await opened.desk.requests.request(actor.cora, "REQ-9");
      expect(approval_fault).toBe("approved by who has it");
    },
  );
});
