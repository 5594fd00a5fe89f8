import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OidcSettings, type RunningServer, startServer } from "../../src/web/index.ts";
import { type OidcProvider, signInAt, startOidcProvider } from "../counterparties/oidc.ts";
import { FakeDesk } from "../web/fake-desk.ts";
import { MemoryAudit, MemorySessions } from "../web/memory.ts";

/** A code is void after so long. */
const CODE_S = 2;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Answered {
  readonly status: number;
  readonly location: string;
  readonly body: string;
}

/** A browser at our server. */
class Visitor {
  readonly cookies = new Map<string, string>();
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async ask(url: string, form?: Readonly<Record<string, string>>): Promise<Answered> {
    const answer = await request(new URL(url, this.origin), {
      method: form === undefined ? "GET" : "POST",
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form !== undefined && {
          "content-type": "application/x-www-form-urlencoded",
          origin: this.origin,
        }),
      },
      ...(form !== undefined && { body: new URLSearchParams(form).toString() }),
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: answer.statusCode,
      location: String(answer.headers["location"] ?? ""),
      body: await answer.body.text(),
    };
  }

  async form(page: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const { body } = await this.ask(page);
    const form_token = /name="form_token" value="([^"]*)"/.exec(body)?.[1] ?? "";
    return this.ask(action, { form_token, ...fields });
  }
}

describe("sign-in at a real provider", () => {
  const stop = new AbortController();
  const audit = new MemoryAudit();
  const sessions = new MemorySessions();
  const errors: unknown[] = [];
  let provider: OidcProvider;
  let server: RunningServer;
  let settings: OidcSettings;
  let port: number;
  let otherPort: number;
  let dir: string;

  function start(oidc: OidcSettings, on: number, signal: AbortSignal): Promise<RunningServer> {
    return startServer({
      desk: new FakeDesk(),
      sessions,
      audit,
      clock: { now: () => new Date() },
      random: (count) => randomBytes(count),
      settings: {
        port: on,
        oidc,
        roles: { compliance: { groups: ["grc"] }, admin: { people: ["Boss@example.com"] } },
      },
      signal,
      onError: (error) => errors.push(error),
    });
  }

  beforeAll(async () => {
    port = await freePort();
    dir = await mkdtemp(join(tmpdir(), "countersign-oidc-"));
    const ports = [port, (otherPort = await freePort())];
    provider = await startOidcProvider(
      dir,
      ports.map((one) => `http://127.0.0.1:${one}/sign-in/callback`),
      CODE_S,
    );
    const { issuer, client_id, client_secret, ca_file } = provider;
    settings = { issuer, client_id, client_secret, ca_file, groups_claim: "groups" };
    provider.accounts.set("ada", {
      email: "Ada@Example.com",
      email_verified: true,
      name: "Ada <b>Lindqvist</b>",
      groups: ["grc", "all"],
    });
    provider.accounts.set("kofi", { email: "kofi@example.com", email_verified: true });
    provider.accounts.set("mallory", { email: "boss@example.com", email_verified: false });
    provider.accounts.set("nomail", { email: "", email_verified: true });
    server = await start(settings, port, stop.signal);
  });

  afterAll(async () => {
    stop.abort();
    await server.closed;
    await provider.close();
    await rm(dir, { recursive: true, force: true });
    expect(errors).toEqual([]);
  });

  /** Signs in at the provider, and returns with what it sends. */
  async function begun(
    login: string,
    next?: string,
    at = server,
  ): Promise<{ visitor: Visitor; back: string }> {
    const visitor = new Visitor(at.origin);
    const page = next === undefined ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`;
    const { status, location } = await visitor.form(
      page,
      "/sign-in/start",
      next === undefined ? {} : { next },
    );
    expect(status).toBe(303);
    expect(location.startsWith(`${provider.issuer}/`)).toBe(true);
    const query = new URL(location).searchParams;
    expect(query.get("code_challenge_method")).toBe("S256");
    expect(query.get("redirect_uri")).toBe(`${at.origin}/sign-in/callback`);
    for (const name of ["state", "nonce", "code_challenge"])
      expect(query.get(name)?.length).toBeGreaterThan(40);
    return { visitor, back: await signInAt(provider, location, login, at.origin) };
  }

  it("makes a session of who is known there, with the roles of their groups", async () => {
    const { visitor, back } = await begun("ada", "/start");
    const before = new Map(visitor.cookies);
    const answer = await visitor.ask(back);
    expect([answer.status, answer.location]).toEqual([303, "/start"]);
    expect(visitor.cookies.has("countersign-visitor")).toBe(false);
    expect([...before.values()]).not.toContain(visitor.cookies.get("countersign"));
    expect((await visitor.ask("/start")).status).toBe(200);
    const { body } = await visitor.ask("/account");
    expect(body).toContain("ada@example.com");
    expect(body).toContain("Ada &lt;b&gt;Lindqvist&lt;/b&gt;");
    expect(audit.entries.at(-1)).toMatchObject({
      action: "session.return",
      outcome: "done",
      who: "ada@example.com",
    });
    expect(JSON.stringify(audit.entries)).not.toContain(new URL(back).searchParams.get("code"));
  });

  it("gives who is in no group no more than their own items", async () => {
    const { visitor, back } = await begun("kofi");
    await visitor.ask(back);
    expect((await visitor.ask("/")).status).toBe(200);
    expect((await visitor.ask("/start")).status).toBe(403);
  });

  it("signs out here, and at the provider", async () => {
    const { visitor, back } = await begun("kofi");
    await visitor.ask(back);
    const { status, location } = await visitor.form("/account", "/sign-out");
    expect(status).toBe(303);
    expect(location.startsWith(`${provider.issuer}/session/end?`)).toBe(true);
    expect(visitor.cookies.has("countersign")).toBe(false);
    const dispatcher = new Agent({ connect: { ca: await readFile(provider.ca_file) } });
    expect((await request(location, { dispatcher })).statusCode).toBe(200);
  });

  const refusals = [
    {
      what: "another state",
      login: "ada",
      change: (url: URL) => url.searchParams.set("state", "x".repeat(43)),
      status: 403,
    },
    { what: "no state", login: "ada", change: (url: URL) => url.searchParams.delete("state"), status: 403 },
    {
      what: "another issuer in the answer",
      login: "ada",
      change: (url: URL) => url.searchParams.set("iss", "https://evil.example"),
      status: 403,
    },
    {
      what: "a code that is none",
      login: "ada",
      change: (url: URL) => url.searchParams.set("code", "made-up"),
      status: 403,
    },
    {
      what: "an error of the provider",
      login: "ada",
      change: (url: URL) => {
        url.searchParams.delete("code");
        url.searchParams.set("error", "access_denied");
      },
      status: 403,
    },
    { what: "an email that is not verified", login: "mallory", change: () => undefined, status: 403 },
    { what: "no email", login: "nomail", change: () => undefined, status: 403 },
  ];

  it.each(refusals)("refuses $what", async ({ login, change, status }) => {
    const { visitor, back } = await begun(login);
    const url = new URL(back);
    change(url);
    const answer = await visitor.ask(url.href);
    expect(answer.status).toBe(status);
    expect(visitor.cookies.has("countersign")).toBe(false);
    expect(audit.entries.at(-1)).toMatchObject({ action: "session.return", outcome: "refused" });
  });

  it("refuses a code that is too old", async () => {
    const { visitor, back } = await begun("ada");
    await new Promise((resolve) => setTimeout(resolve, CODE_S * 1000 + 1500));
    expect((await visitor.ask(back)).status).toBe(403);
    expect(visitor.cookies.has("countersign")).toBe(false);
  });

  it("refuses an answer twice, and in another browser than it was begun in", async () => {
    const { visitor, back } = await begun("ada");
    const other = new Visitor(server.origin);
    await other.ask("/sign-in");
    expect((await other.ask(back)).status).toBe(400);
    expect((await visitor.ask(back)).status).toBe(303);
    const again = new Visitor(server.origin);
    for (const [name, value] of visitor.cookies) again.cookies.set(name, value);
    expect((await again.ask(back)).status).toBe(400);
  });

  it("refuses another nonce and another code verifier than were sent", async () => {
    for (const field of ["nonce", "code_verifier"] as const) {
      const { visitor, back } = await begun("ada");
      const [pending] = [...sessions.records.values()].filter(({ kind }) => kind === "signing_in");
      expect(pending).toBeDefined();
      for (const record of [...sessions.records.values()])
        if (record.kind === "signing_in")
          sessions.records.set(record.key, { ...record, [field]: "y".repeat(43) });
      expect((await visitor.ask(back)).status).toBe(403);
      expect(visitor.cookies.has("countersign")).toBe(false);
    }
  });

  it("has no one-time links beside it", async () => {
    const visitor = new Visitor(server.origin);
    expect((await visitor.ask(`/sign-in/link/${"x".repeat(43)}`)).status).toBe(404);
    expect((await visitor.form("/sign-in", `/sign-in/link/${"x".repeat(43)}`)).status).toBe(404);
  });

  it("does not start with an issuer that says it is another, does not answer, or is not encrypted", async () => {
    const pem = {
      cert: await readFile(join(dir, "provider.pem")),
      key: await readFile(join(dir, "provider.key")),
    };
    const other = createSecureServer(pem, (_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          issuer: provider.issuer,
          authorization_endpoint: `${provider.issuer}/auth`,
          token_endpoint: `${provider.issuer}/token`,
          jwks_uri: `${provider.issuer}/jwks`,
        }),
      );
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const foreign = `https://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const never = new AbortController();
    const trial = (issuer: string) =>
      freePort().then((on) => start({ ...settings, issuer }, on, never.signal));
    await expect(trial(foreign)).rejects.toMatchObject({ code: "E_CONFIG" });
    await new Promise((resolve) => other.close(resolve));
    await expect(trial(foreign)).rejects.toMatchObject({ code: "E_UNREACHABLE" });
    const publicly = { ...settings };
    delete (publicly as { ca_file?: string }).ca_file;
    await expect(start(publicly, await freePort(), never.signal)).rejects.toMatchObject({
      code: "E_UNREACHABLE",
    });
    await expect(trial(provider.issuer.replace("https", "http"))).rejects.toMatchObject({ code: "E_CONFIG" });
    await expect(trial("http://login.example.com")).rejects.toMatchObject({ code: "E_CONFIG" });
  });

  it("refuses a token that the provider's published keys did not sign", async () => {
    const until = new AbortController();
    const other = await start(settings, otherPort, until.signal);
    provider.publishOtherKey();
    const { visitor, back } = await begun("ada", undefined, other);
    expect((await visitor.ask(back)).status).toBe(403);
    expect(visitor.cookies.has("countersign")).toBe(false);
    until.abort();
    await other.closed;
  });
});
