import type { InjectOptions } from "fastify";
import { describe, expect, it } from "vitest";
import { integrationsOf } from "../../src/web/api.ts";
import { roleSettings } from "../../src/review/settings.ts";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import type { LimitSettings } from "../../src/web/settings.ts";
import { SETTINGS, actor, openDesk } from "../review/estate.ts";
import { HOST, TOKEN, serve } from "./site.ts";

const OTHER = "another-token-of-sixteen-or-more";

const REQUEST = {
  request_id: "CHG-1",
  principal: "ada@example.com",
  secrets: ["kv/payments/*"],
  actions: ["read"],
  justification: "to look into incident 1234",
  requested_by: "ben@example.com",
  requested_at: "2026-09-20T10:00:00Z",
  ends_at: "2026-12-31",
  high_privilege: false,
  manager_approval: { by: "mia@example.com", at: "2026-09-21T10:00:00Z", approved: true },
  state: "approved",
};

async function opened(limits: Partial<LimitSettings> = {}) {
  const { desk, world, state } = await openDesk();
  const clock = { now: () => new Date(world.now) };
  const audit = storedAudit(state);
  const served = await serve({
    desk: wholeDesk(desk),
    sessions: storedSessions(state),
    audit,
    clock,
    roles: roleSettings(SETTINGS),
    limits,
    integrations: [{ name: "hr-flow", secret: OTHER }],
  });
  const ask = (options: InjectOptions, token: string | undefined = TOKEN) =>
    served.app.inject({
      url: "/api/requests",
      ...options,
      headers: {
        host: HOST,
        ...(token !== "" && { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
    });
  const post = (body: unknown, token?: string, headers: Record<string, string> = {}) =>
    ask(
      {
        method: "POST",
        payload: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      },
      token,
    );
  return { ...served, desk, world, state, audit, ask, post };
}

interface Told {
  readonly recorded: boolean;
  readonly error?: string;
  readonly exit?: number;
  readonly total?: number;
  readonly requests?: readonly { readonly request_id: string; readonly stated_by?: string }[];
  readonly request: { readonly request_id: string; readonly ends_at: string };
}

describe("the API for systems that keep requests", () => {
  it("records a request once, with who stated it in journal and log, and the same again without a further entry", async () => {
    const here = await opened();
    const first = await here.post(REQUEST);
    expect(first.statusCode).toBe(201);
    expect(first.json<Told>().request.ends_at).toBe("2027-01-01T12:00:00.000Z");
    expect(first.headers["set-cookie"]).toBeUndefined();
    const { last } = await here.state.journalEnds();
    const again = await here.post({ ...REQUEST, high_privilege: "false" });
    expect([again.statusCode, again.json<Told>().recorded]).toEqual([200, false]);
    const other = await here.post({ ...REQUEST, secrets: ["kv/*"] });
    expect([other.statusCode, other.json<Told>().error]).toEqual([409, "E_CONFLICT"]);
    expect((await here.post(REQUEST, OTHER)).statusCode).toBe(409);
    expect((await here.state.journalEnds()).last).toBe(last);
    const [entry] = await here.state.entries({ after: last - 1 });
    expect(entry).toMatchObject({ kind: "request_made", by: "integration:service-desk" });
    const log = await here.audit.read({ who: "integration:service-desk", offset: 0, limit: 9 });
    expect(log.entries.map(({ outcome, about, reason }) => [outcome, about, reason])).toEqual([
      ["refused", undefined, "E_CONFLICT"],
      ["done", "CHG-1", undefined],
      ["done", "CHG-1", undefined],
    ]);
    expect(JSON.stringify(await here.audit.read({ offset: 0, limit: 99 }))).not.toContain(TOKEN);
    expect(here.errors).toEqual([]);
  });

  it("lists to a system what it stated, and nothing of others", async () => {
    const here = await opened();
    await here.post(REQUEST);
    await here.desk.requests.ask(actor.ada, {
      principal: "ada@example.com",
      secrets: ["kv/payments/api"],
      actions: ["read"],
      justification: "to look into incident 5678",
    });
    const own = (await here.ask({})).json<Told>();
    expect([own.total, own.requests?.map(({ request_id }) => request_id)]).toEqual([1, ["CHG-1"]]);
    expect(own.requests?.[0]).not.toHaveProperty("stated_by");
    expect((await here.ask({ url: "/api/requests?state=refused" })).json<Told>().total).toBe(0);
    expect((await here.ask({}, OTHER)).json<Told>().total).toBe(0);
  });

  it("takes no token but a known one, no session, no form and no other host", async () => {
    const here = await opened();
    for (const token of ["", `${TOKEN}x`, TOKEN.slice(1), " ", "x".repeat(2000)]) {
      const answer = await here.post(REQUEST, token);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      expect(answer.json<Told>()).toMatchObject({ error: "E_FORBIDDEN", exit: 2 });
    }
    const cora = await here.signedIn("cora@example.com");
    expect((await cora.get("/api/requests")).statusCode).toBe(401);
    expect((await cora.post("/api/requests", {})).statusCode).toBe(401);
    expect((await here.post(REQUEST, TOKEN, { host: "evil.example" })).statusCode).toBe(421);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await here.post("request_id=1", TOKEN, form)).statusCode).toBe(415);
    // And no form takes JSON.
    expect(
      (await cora.post("/start", {}, { payload: "{}", headers: { "content-type": "application/json" } }))
        .statusCode,
    ).toBe(415);
    expect((await here.state.requests({})).length).toBe(0);
    expect(here.errors).toEqual([]);
  });

  it.each([
    ["{", 400, "E_INPUT"],
    [[REQUEST], 400, "E_INPUT"],
    [{ ...REQUEST, extra: 1 }, 400, "E_INPUT"],
    [{ ...REQUEST, request_id: "../x" }, 400, "E_INPUT"],
    [{ ...REQUEST, requested_at: "03/04/2026" }, 422, "E_INPUT"],
    [{ ...REQUEST, manager_approval: { by: "mia@example.com", at: "yesterday" } }, 422, "E_INPUT"],
    [{ ...REQUEST, actions: ["own"] }, 400, "E_INPUT"],
    [{ ...REQUEST, starts_at: "2027-02-01" }, 422, "E_INPUT"],
    [{ ...REQUEST, justification: "x".repeat(200_000) }, 413, "E_INPUT"],
    [{ ...REQUEST, secrets: ["\ud800"] }, 422, "E_INPUT"],
    [{ ...REQUEST, principal: "\0" }, 422, "E_INPUT"],
    [{ ...REQUEST, requested_by: "ben\u0007" }, 422, "E_INPUT"],
    [{ ...REQUEST, justification: "half \udc00" }, 422, "E_INPUT"],
    [{ ...REQUEST, manager_approval: { ...REQUEST.manager_approval, by: "mia\0" } }, 422, "E_INPUT"],
  ])("refuses what a register's file could not hold (%#)", async (body, status, code) => {
    const here = await opened();
    const answer = await here.post(body);
    expect([answer.statusCode, answer.json<Told>().error]).toEqual([status, code]);
    expect(answer.body).not.toContain("yesterday");
    expect((await here.state.requests({})).length).toBe(0);
    expect(here.errors).toEqual([]);
  });

  it("tells a system in JSON that there is nothing where nothing is", async () => {
    const here = await opened();
    for (const url of ["/api/", "/api/request", "/api/requests/1/2"]) {
      const answer = await here.ask({ url });
      expect(answer.statusCode).toBe(404);
      expect(answer.json<Told>()).toMatchObject({ error: "E_NOT_FOUND", exit: 2 });
    }
  });

  it("limits each system by itself", async () => {
    const here = await opened({ api_per_minute: 2 });
    const codes = [];
    for (let at = 0; at < 3; at += 1) codes.push((await here.ask({})).statusCode);
    expect(codes).toEqual([200, 200, 429]);
    expect((await here.ask({}, OTHER)).statusCode).toBe(200);
  });

  it("is told in the pages as the system's word, which nobody answers here", async () => {
    const here = await opened();
    await here.post({ ...REQUEST, state: "requested", manager_approval: undefined });
    const mia = await here.desk.requests.requests(actor.mia, { offset: 0, limit: 9 });
    expect(mia.total).toBe(0);
    await expect(here.desk.requests.answer(actor.mia, "CHG-1", 1, true, undefined)).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
    const cora = await here.signedIn("cora@example.com");
    const { body } = await cora.get("/requests/CHG-1");
    expect(body).toContain("service-desk");
    expect(body).not.toContain('value="approve"');
  });

  it.each([
    ["by who must", {}, true],
    ["by nobody", { manager_approval: undefined }, false],
    ["by whoever asked", { manager_approval: { ...REQUEST.manager_approval, by: "BEN@example.com" } }, false],
    [
      "by whoever has it",
      { manager_approval: { ...REQUEST.manager_approval, by: "ada@example.com" } },
      false,
    ],
    ["in the future", { manager_approval: { ...REQUEST.manager_approval, at: "2027-01-01" } }, false],
    ["without security", { high_privilege: true }, false],
    ["by one for both", { high_privilege: true, security_approval: REQUEST.manager_approval }, false],
  ])("counts as approved for an item where it was approved as it must be: %s", async (_, change, counts) => {
    const here = await opened();
    expect((await here.post({ ...REQUEST, ...change })).statusCode).toBe(201);
    const id = await here.desk.running.start(actor.cora, "quarterly");
    const { rows } = await here.desk.reading.items(actor.cora, id, {
      whose: "all",
      sort: "principal",
      offset: 0,
      limit: 50,
    });
    const ada = rows.filter(({ item }) => item.principal.person?.person_id === "ada");
    expect(ada.length).toBeGreaterThan(0);
    expect(ada.some(({ item }) => item.request?.request_id === "CHG-1")).toBe(counts);
    const cora = await here.signedIn("cora@example.com");
    expect((await cora.get("/requests/CHG-1")).body.includes("stated as approved, but: ")).toBe(!counts);
  });
});

it.each([
  [[{ name: "a", secret: "short" }]],
  [[{ name: "a", secret: "with a blank in the middle" }]],
  [
    [
      { name: "a", secret: OTHER },
      { name: "b", secret: OTHER },
    ],
  ],
  [
    [
      { name: "a", secret: OTHER },
      { name: "a", secret: TOKEN },
    ],
  ],
])("refuses tokens that anybody could guess, or that two have (%#)", (settings) => {
  expect(() => integrationsOf(settings)).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
  try {
    integrationsOf(settings);
  } catch (error) {
    expect(String(error)).not.toContain(settings[0]?.secret);
  }
});
