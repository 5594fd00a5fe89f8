import fc from "fast-check";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { describe, expect, it } from "vitest";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import { storedAudit, storedSessions } from "../../src/web/index.ts";
import type { Route } from "../../src/web/route.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { SETTINGS, actor, openDesk } from "../review/estate.ts";
import { SLOW } from "../vault/seeded.ts";
import { Browser, HOST, ORIGIN, TOKEN, serve } from "../web/site.ts";

/**
 * Every route with input that its schema allows and input that nothing allows, as everybody, before the real desk: never an error of
 * ours, nothing sent back as markup, no header of the sender's, and nothing in the journal that was not acknowledged. A seeded share;
 * much more with `SLOW=1`, of another seed each time, or of `SEED`.
 */
const RUNS = SLOW ? 1500 : 24;
const SEED = Number(process.env["SEED"] ?? (SLOW ? Date.now() % 2 ** 31 : 20_261_012));

const ID = "quarterly-2026-q4";

/** Who asks: an email, or nobody. */
const WHO = ["nobody", "ada", "cora", "mia", "sam", "vera", "olga"] as const;
type Who = (typeof WHO)[number];

const emailOf = (who: Who): string => (who === "olga" ? "olga@audit.example" : `${who}@example.com`);

/** What breaks out of markup, of headers, of paths, of SQL, of objects; `zzz` is looked for in what comes back. */
const HOSTILE = [
  `"'><zzz onload=alert(1)>`,
  `</textarea></title></style><zzz>`,
  `<script>zzz</script>`,
  "&lt;zzz&gt;<zzz\u0000>",
  "x\r\nx-injected: 1\r\n\r\n<zzz>",
  "\nset-cookie: injected=1",
  "../../../../etc/passwd",
  "..\\..\\windows",
  "//evil.example/<zzz>",
  "https://evil.example",
  "javascript:zzz()",
  "'; drop table item; --",
  `" or "1"="1`,
  "%' escape '!' union select 1 --",
  "\0",
  "\u202e\u2066\ufeff\u200b",
  "\ud800",
  "🦊".repeat(400),
  "x".repeat(9000),
  "__proto__",
  "constructor",
  "[object Object]",
  "-1",
  "0",
  "1e309",
  "NaN",
  "999999999999999999999",
  "null",
  "${7*7}{{7*7}}<%= zzz %>",
] as const;

/** As they stand in a path, where encoding them once more would defuse them. */
const RAW = [
  "%2e%2e%2f%2e%2e",
  "..%5c",
  "%00",
  "%0d%0ax-injected:%201",
  "%c0%af",
  "%",
  "%zz",
  "%25%32%65",
  ";x=1",
  "%ff",
];

const FIELDS = [
  "__proto__",
  "constructor",
  "toString",
  "form_token",
  "told",
  "was",
  "x",
  "items[]",
  "a[b]",
  "",
];

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

type Known = Readonly<Record<string, readonly string[]>>;

const hostile = fc.constantFrom(...HOSTILE);

/** Values that the schema of a field allows, as a form sends them. */
function allowed({
  type,
  enum: of,
  pattern,
  maxLength = 40,
  minimum = 0,
  maximum = 1000,
}: Schema): fc.Arbitrary<string> {
  if (of !== undefined) return fc.constantFrom(...of);
  if (type === "integer") return fc.integer({ min: minimum, max: maximum }).map(String);
  if (type === "boolean") return fc.constantFrom("true", "false");
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: "binary", maxLength: Math.min(maxLength, 60) });
}

/** Values of a field: what is there in truth, what is allowed, what is not; none, one, or several where one is asked for. */
function fieldOf(name: string, schema: Schema, known: Known): fc.Arbitrary<readonly string[]> {
  const real = known[name];
  const one = fc.oneof(
    { weight: real === undefined ? 0 : 6, arbitrary: fc.constantFrom(...(real ?? [""])) },
    { weight: 3, arbitrary: allowed(schema.items ?? schema) },
    { weight: 2, arbitrary: hostile },
  );
  return fc.oneof(
    { weight: 8, arbitrary: one.map((value) => [value]) },
    { weight: schema.type === "array" ? 5 : 1, arbitrary: fc.array(one, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
}

type Pairs = readonly (readonly [string, string])[];

function pairsOf(schema: Schema, known: Known): fc.Arbitrary<Pairs> {
  const own = Object.entries(schema.properties ?? {}).map(([name, of]) =>
    fieldOf(name, of, known).map((values) => values.map((value) => [name, value] as const)),
  );
  const strange = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Pairs>([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom(...FIELDS), hostile), { maxLength: 2 }) },
  );
  return fc.tuple(...own, strange).map((parts) => parts.flat());
}

interface Case {
  readonly who: Who;
  readonly path: string;
  readonly query: Pairs;
  readonly body: Pairs;
  /** How the body is said to be; undefined: as forms are. */
  readonly type: string | undefined;
  readonly token: "missing" | "right" | "wrong";
}

function casesOf({ path, params, query, body, upload }: Route, known: Known): fc.Arbitrary<Case> {
  const names = Object.entries((params as Schema).properties ?? {});
  const part = (name: string, schema: Schema): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...(known[name] ?? ["x"])).map(encodeURIComponent) },
      { weight: 1, arbitrary: allowed(schema).map(encoded) },
      { weight: 1, arbitrary: hostile.map(encoded) },
      { weight: 1, arbitrary: fc.constantFrom(...RAW) },
    );
  const paths = fc
    .tuple(...names.map(([name, schema]) => part(name, schema)))
    .map((values) =>
      names.reduce((left, [name], at) => left.replace(`:${name}`, () => values[at] ?? ""), path),
    );
  const types = [
    "application/json",
    "text/plain",
    "text/xml",
    "multipart/form-data",
    "application/x-www-form-urlencoded; charset=utf-7",
  ];
  return fc.record({
    who: fc.constantFrom(...WHO),
    path: paths,
    query: pairsOf(query as Schema, known),
    body: pairsOf(body as Schema, known),
    type: fc.oneof(
      { weight: 9, arbitrary: fc.constant(upload ? "multipart/form-data; boundary=edge" : undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...types) },
    ),
    token: fc.oneof(
      { weight: 9, arbitrary: fc.constant("right" as const) },
      { weight: 1, arbitrary: fc.constantFrom("missing", "wrong") },
    ),
  });
}

/** Lone surrogates have no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function formOf(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
}

function multipartOf(pairs: Pairs): string {
  const part = ([name, value]: readonly [string, string]): string => {
    const file = name === "file" ? '; filename="../../<zzz>.csv"' : "";
    return `--edge\r\ncontent-disposition: form-data; name="${name.replace(/["\r\n]/g, "")}"${file}\r\n\r\n${value}\r\n`;
  };
  return `${pairs.map(part).join("")}--edge--\r\n`;
}

/** As a system asks: JSON, fields of which several values came as lists, and a token. */
function systemRequest(
  { method, body: schema }: Route,
  url: string,
  body: Pairs,
  { type, token }: Pick<Case, "token" | "type">,
): InjectOptions {
  const bearer = { right: TOKEN, wrong: `${TOKEN}x`, missing: undefined }[token];
  const { properties = {} } = schema as Schema;
  const values = Object.entries(Object.groupBy(body, ([name]) => name)).map(([name, pairs = []]) => {
    const all = pairs.map(([, value]) => value);
    const approval = name.endsWith("_approval") && { by: all[0], at: "2026-10-01", approved: true };
    return [name, approval || (properties[name]?.type === "array" ? all : all[0])];
  });
  const headers = {
    ...(method === "POST" && { "content-type": type ?? "application/json" }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
  };
  return {
    method,
    url,
    headers,
    ...(method === "POST" && { payload: JSON.stringify(Object.fromEntries(values)) }),
  };
}

function requestOf(entry: Route, { path, query, body, type, token }: Case, browser: Browser): InjectOptions {
  const url = query.length === 0 ? path : `${path}?${formOf(query)}`;
  if (entry.api) return systemRequest(entry, url, body, { type, token });
  const { method } = entry;
  if (method === "GET") return { method, url };
  const sent = {
    right: [["form_token", browser.token]],
    wrong: [["form_token", "x".repeat(43)]],
    missing: [],
  }[token];
  const pairs = [...sent, ...body] as Pairs;
  const payload = type?.startsWith("multipart/") === true ? multipartOf(pairs) : formOf(pairs);
  const headers = {
    "content-type": type ?? "application/x-www-form-urlencoded",
    origin: ORIGIN,
    "sec-fetch-site": "same-origin",
  };
  return {
    method,
    url,
    payload: type === "application/json" ? JSON.stringify(Object.fromEntries(pairs)) : payload,
    headers,
  };
}

/** A desk with a campaign under way, a request and a sample; the server before it; and what is there in truth. */
async function opened() {
  const { desk, world, state } = await openDesk();
  await desk.running.start(actor.cora, "quarterly");
  await desk.running.act(actor.cora, ID, "open", 1);
  await desk.running.sample(actor.olga, ID, { nonce: "a word of the auditor", size: 2 });
  const { rows } = await desk.reading.items(actor.cora, ID, {
    whose: "all",
    sort: "risk",
    offset: 0,
    limit: 50,
  });
  const request = await desk.requests.ask(actor.ada, {
    principal: "ada@example.com",
    secrets: ["kv/payments/*"],
    actions: ["read"],
    justification: `to look into it <zzz> ${HOSTILE[0]}`,
    ends_at: "2026-10-20T00:00:00.000Z",
  });
  const clock = { now: () => new Date(world.now) };
  const many = 1_000_000;
  const served = await serve({
    desk: wholeDesk(desk),
    sessions: storedSessions(state),
    audit: storedAudit(state),
    clock,
    roles: SETTINGS.roles ?? {},
    limits: {
      address_per_minute: many,
      user_per_minute: many,
      acts_per_minute: many,
      api_per_minute: many,
      sign_in_per_minute: many,
    },
  });
  const ids = rows.map(({ item }) => item.item_id);
  const known: Known = {
    campaign: [ID],
    item: ids,
    all_of: [ids.join("."), ids[0] ?? ""],
    items: rows.map(({ item, version, seen_sha256 }) => `${item.item_id}.${version}.${seen_sha256}`),
    seen_sha256: rows.map((row) => row.seen_sha256),
    ids: [ids.join("\n")],
    version: ["1", "2"],
    request: [request],
    act: ["remind", "refresh", "end_review", "verify", "sign_off"],
    template: ["quarterly"],
    justification: ["needed for the nightly settlement"],
    reason: ["she runs the service, and knows why"],
    statement: ["I looked at each of them."],
    to: ["vera@example.com", "sam@example.com"],
    nonce: ["another word of the auditor"],
    size: ["2"],
    id: ["ada", "eve"],
    email: ["mia@example.com", "ada@example.com"],
    page: ["1", "2"],
    principal: ["ada@example.com"],
    secrets: ["kv/payments/*"],
    request_id: ["CHG-1", "CHG-2", request],
    actions: ["read", "write"],
    requested_by: ["ben@example.com"],
    requested_at: ["2026-10-01", "2026-10-01T10:00:00Z"],
    manager_approval: ["mia@example.com"],
    state: ["approved", "requested"],
    reference: ["SEC-1"],
    until: ["2026-11-30"],
    file: [`item_id,decision\n${ids[0] ?? ""},certify\n`],
  };
  return { ...served, state, known };
}

function check({ plain, method, action, api }: Route, answer: LightMyRequestResponse, wrote: number): void {
  const { statusCode, headers, body } = answer;
  expect(statusCode).toBeLessThan(500);
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["x-injected"]).toBeUndefined();
  expect(JSON.stringify(headers["set-cookie"] ?? "")).not.toContain("injected");
  const { location = "/" } = headers;
  expect(location).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
  const file = ["evidence.file", "items.export"].includes(action) && statusCode === 200;
  // A workbook is packed, and of any bytes; what is in it is told as text to whoever opens it.
  if (file) expect(headers["content-disposition"]).toMatch(/^attachment; filename="[A-Za-z0-9._-]+"$/);
  else if (!api && (!plain || statusCode >= 400)) expect(body).not.toMatch(/<zzz|href="javascript:|\0/i);
  if (api) {
    if (statusCode !== 431)
      expect(headers["content-type"]).toMatch(statusCode === 404 ? /^/ : /^application\/json/);
    expect(headers["set-cookie"]).toBeUndefined();
    expect(wrote).toBe(statusCode === 201 ? 1 : 0);
    return;
  }
  if (!plain && statusCode !== 303) {
    if (!file) expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  }
  if (method === "GET") expect(wrote).toBe(0);
  if (statusCode !== 303 && action !== "items.import") expect(wrote).toBe(0);
}

describe("every route, whatever is sent", () => {
  it.each(ROUTES.map((entry) => ({ entry, name: `${entry.method} ${entry.path}` })))(
    "$name",
    async ({ entry }) => {
      const here = await opened();
      const browsers = new Map<Who, Browser>();
      const browserOf = async (who: Who): Promise<Browser> => {
        const there = browsers.get(who);
        if (there !== undefined && (who === "nobody" || there.session !== undefined)) return there;
        const made = who === "nobody" ? here.browser() : await here.signedIn(emailOf(who));
        if (who === "nobody") await made.get("/sign-in");
        browsers.set(who, made);
        return made;
      };
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(casesOf(entry, here.known), async (one) => {
          const browser = await browserOf(one.who);
          const { last } = await here.state.journalEnds();
          const answer = await browser.send(requestOf(entry, one, browser));
          check(entry, answer, (await here.state.journalEnds()).last - last);
          expect(here.errors).toEqual([]);
          statuses.add(answer.statusCode);
          // Signed out everywhere is not signed out in the other browsers of the test's own list.
          if (entry.action.startsWith("session.")) browsers.delete(one.who);
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
      await here.state.close();
    },
    SLOW ? 3_600_000 : 60_000,
  );

  it("is asked under our name alone", async () => {
    const { app, state } = await opened();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("evil.example", `${HOST}.evil.example`, `${HOST}:99999`, "[", "x@y"),
        async (host) => {
          const answer = await app.inject({ method: "GET", url: "/", headers: { host } });
          expect(answer.statusCode).toBeLessThan(500);
          expect(answer.statusCode).toBeGreaterThanOrEqual(400);
          expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
        },
      ),
      { numRuns: 10, seed: SEED },
    );
    await state.close();
  });
});
