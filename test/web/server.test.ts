import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { startServer } from "../../src/web/index.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { bindingOf } from "../../src/web/settings.ts";
import { CAMPAIGN_ID, itemId } from "./desk-data.ts";
import { FakeDesk } from "./fake-desk.ts";
import { MemoryAudit, MemorySessions } from "./memory.ts";
import { Hands, PEOPLE, site } from "./site.ts";

describe("where the server listens", () => {
  const tls = { cert_file: "cert.pem", key_file: "key.pem" };
  const base = { port: 8443, roles: {} };

  it.each([
    { what: "beyond loopback in the clear", settings: { host: "0.0.0.0" }, message: /without TLS/ },
    { what: "on every IPv6 address in the clear", settings: { host: "::" }, message: /without TLS/ },
    {
      what: "on a name that may lead elsewhere",
      settings: { host: "localhost.example.com" },
      message: /without TLS/,
    },
    {
      what: "beyond loopback without its public address",
      settings: { host: "0.0.0.0", tls },
      message: /public_url/,
    },
    {
      what: "behind a proxy without https",
      settings: { behind_proxy: true, public_url: "http://review.example.com" },
      message: /https/,
    },
    {
      what: "behind a proxy that is not named, beyond loopback",
      settings: { host: "10.0.0.5", behind_proxy: true, public_url: "https://review.example.com" },
      message: /know the proxy/,
    },
    {
      what: "under a public https address without TLS",
      settings: { public_url: "https://review.example.com" },
      message: /public_url/,
    },
    {
      what: "under an address with a path",
      settings: { public_url: "https://review.example.com/x", tls },
      message: /public_url/,
    },
    {
      what: "with TLS twice",
      settings: { behind_proxy: true, tls, public_url: "https://review.example.com" },
      message: /not both/,
    },
  ])("refuses $what", ({ settings, message }) => {
    expect(() => bindingOf({ ...base, ...settings })).toThrow(
      expect.objectContaining({
        code: "E_CONFIG",
        message: expect.stringMatching(message) as string,
        fix: expect.any(String) as string,
      }) as Error,
    );
  });

  it.each([
    { settings: {}, secure: false },
    { settings: { host: "::1" }, secure: false },
    { settings: { host: "0.0.0.0", tls, public_url: "https://review.example.com" }, secure: true },
    { settings: { behind_proxy: true, public_url: "https://review.example.com" }, secure: true },
  ])("listens with $settings", ({ settings, secure }) => {
    expect(bindingOf({ ...base, ...settings }).secure).toBe(secure);
  });

  it("answers on loopback under its own names alone, and closes when told", async () => {
    const stop = new AbortController();
    const errors: unknown[] = [];
    const { origin, closed } = await startServer({
      desk: new FakeDesk(),
      sessions: new MemorySessions(),
      audit: new MemoryAudit(),
      clock: new Hands(),
      random: (count) => randomBytes(count),
      settings: { port: 0, roles: {} },
      signal: stop.signal,
      onError: (error) => errors.push(error),
    });
    const { request } = await import("undici");
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await request(`${origin}/sign-in`)).statusCode).toBe(200);
    expect((await request(`${origin}/sign-in`, { headers: { host: "evil.example" } })).statusCode).toBe(421);
    const { port } = new URL(origin);
    expect((await request(`${origin}/sign-in`, { headers: { host: `localhost:${port}` } })).statusCode).toBe(
      200,
    );
    expect((await request(`${origin}/health`, { headers: { host: "10.1.2.3" } })).statusCode).toBe(200);
    const big = await request(`${origin}/sign-in`, { headers: { "x-big": "x".repeat(20_000) } });
    expect(big.statusCode).toBe(431);
    stop.abort();
    await closed;
    await expect(request(`${origin}/sign-in`)).rejects.toThrow();
    expect(errors).toEqual([]);
  });
});

describe("what comes with every answer", () => {
  it("is a policy without anything inline, and nothing to keep", async () => {
    const { signedIn } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    for (const url of ["/", "/nowhere", "/start"]) {
      const { headers, body } = await rita.get(url);
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none'",
      );
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": "max-age=31536000",
      });
      expect(headers["permissions-policy"]).toContain("camera=()");
      expect(body).not.toMatch(
        /<style|\sstyle=|\son[a-z]+=|<script(?! src="\/static\/review\.[0-9a-f]{16}\.js" defer>)|javascript:/i,
      );
    }
  });

  it("lets files that never change be kept, and only those", async () => {
    const { signedIn } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const [, css = ""] = /href="(\/static\/style[^"]*)"/.exec((await rita.get("/")).body) ?? [];
    const { headers } = await rita.get(css);
    expect(headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/css; charset=utf-8",
    });
    expect(headers["set-cookie"]).toBeUndefined();
  });
});

describe("requests that are not served", () => {
  it.each([
    "/static/../settings.ts",
    "/static/..%2f..%2fpackage.json",
    "/static/%2e%2e/package.json",
    "/static/style.css",
    "//evil.example/",
    "/campaigns/..%2f..%2fetc%2fpasswd/items",
    `/campaigns/${CAMPAIGN_ID}/items/..%2f..%2f`,
    `/campaigns/${CAMPAIGN_ID}/items/${"0".repeat(33)}`,
    "/requests/..%5c..%5c",
    "/requests/%00",
    `/campaigns/${CAMPAIGN_ID}/items?state=none`,
    `/campaigns/${CAMPAIGN_ID}/items?page=0`,
    `/campaigns/${CAMPAIGN_ID}/items?page=1e9`,
    `/campaigns/${CAMPAIGN_ID}/items?page=1e309`,
    `/campaigns/${CAMPAIGN_ID}/items?page=-1e309`,
    `/campaigns/${CAMPAIGN_ID}/items?unknown=1`,
    `/campaigns/${CAMPAIGN_ID}/items?__proto__=1`,
    `/campaigns/${CAMPAIGN_ID}/items?search=${"x".repeat(300)}`,
    `/campaigns/${CAMPAIGN_ID}/items?search=ada%00`,
  ])("%s", async (url) => {
    const { signedIn, errors } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const answer = await rita.get(url);
    expect([400, 404, 414]).toContain(answer.statusCode);
    expect(answer.body).not.toMatch(/at \S+ \(|node_modules|\.ts:|\0/);
    expect(errors).toEqual([]);
  });

  it("have an infinite number in a form", async () => {
    const { signedIn, desk } = await site();
    const audrey = await signedIn(PEOPLE.auditor);
    const sample = { nonce: "a word of the auditor", size: "1e309" };
    expect((await audrey.post(`/campaigns/${CAMPAIGN_ID}/samples`, sample)).statusCode).toBe(400);
    expect(desk.calls).toEqual([]);
  });

  it("cannot have a number without bounds: no route takes one", () => {
    const numbers = (schema: unknown): Record<string, unknown>[] => {
      if (typeof schema !== "object" || schema === null) return [];
      const own = schema as Record<string, unknown>;
      const found = Object.values(own).flatMap(numbers);
      return own["type"] === "integer" || own["type"] === "number" ? [own, ...found] : found;
    };
    const all = ROUTES.flatMap(({ params, query, body }) => [params, query, body].flatMap(numbers));
    expect(all.length).toBeGreaterThan(5);
    for (const { minimum, maximum } of all)
      expect([typeof minimum, typeof maximum]).toEqual(["number", "number"]);
  });

  it("have a character in a form that is in no text", async () => {
    const { signedIn, desk, audit } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const item = `/campaigns/${CAMPAIGN_ID}/items/${itemId(0)}/decide`;
    const seen = { version: "1", seen_sha256: sha256("seen 0"), choice: "reduce" };
    for (const fields of [{ justification: "why\0" }, { revoke_secrets: ["kv/data/payments/a", "kv/\0"] }]) {
      const { statusCode, body } = await rita.post(item, { ...seen, ...fields });
      expect(statusCode).toBe(400);
      expect(body).not.toContain("\0");
      expect(audit.entries.at(-1)).toMatchObject({ action: "item.decide", outcome: "refused" });
    }
    expect(desk.calls).toEqual([]);
  });

  it("lead nobody to another host after signing in", async () => {
    const { browser } = await site();
    for (const next of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/%09/evil.example",
      "javascript:alert(1)",
    ])
      expect((await browser().get(`/sign-in?next=${encodeURIComponent(next)}`)).statusCode).toBe(400);
  });

  it("are too long", async () => {
    const { signedIn, desk } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const item = `/campaigns/${CAMPAIGN_ID}/items/${itemId(0)}/decide`;
    expect((await rita.post(item, { justification: "x".repeat(200_000) })).statusCode).toBe(413);
    const payload = `--edge\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${"x".repeat(11 * 1024 * 1024)}\r\n--edge--\r\n`;
    const answer = await rita.post(
      `/campaigns/${CAMPAIGN_ID}/import`,
      {},
      { payload, headers: { "content-type": "multipart/form-data; boundary=edge" } },
    );
    expect(answer.statusCode).toBe(413);
    expect(desk.calls).toEqual([]);
  });

  it("are too many: of a user, of acts, of an address, of attempts to sign in", async () => {
    const { signedIn, browser, audit } = await site({
      limits: { user_per_minute: 8, acts_per_minute: 3, sign_in_per_minute: 5, address_per_minute: 60 },
    });
    const rita = await signedIn(PEOPLE.reviewer);
    const acts = [];
    for (let at = 0; at < 4; at += 1) acts.push((await rita.post("/keys", { keys: "on" })).statusCode);
    expect(acts).toEqual([303, 303, 303, 429]);
    const pages = [];
    for (let at = 0; at < 6; at += 1) pages.push((await rita.get("/help")).statusCode);
    expect(pages).toContain(429);
    const visitor = browser();
    await visitor.get("/sign-in");
    const tries = [];
    for (let at = 0; at < 6; at += 1)
      tries.push((await visitor.post(`/sign-in/link/${"x".repeat(43)}`)).statusCode);
    expect(tries.at(-1)).toBe(429);
    const all = [];
    for (let at = 0; at < 60; at += 1) all.push((await visitor.get("/sign-in")).statusCode);
    expect(all.at(-1)).toBe(429);
    expect(audit.entries.filter(({ reason }) => reason === "rate")).toEqual([]);
  });

  it("tell a number and nothing of what broke", async () => {
    const desk = new FakeDesk();
    desk.campaigns = () => Promise.reject(new Error("secret detail at /etc/countersign"));
    const { signedIn, errors } = await site({ desk });
    const rita = await signedIn(PEOPLE.reviewer);
    const { statusCode, body } = await rita.get("/");
    expect(statusCode).toBe(500);
    expect(body).toMatch(/Status 500, request [\w-]{12}\./);
    expect(body).not.toContain("secret detail");
    expect(errors).toHaveLength(1);
  });
});
