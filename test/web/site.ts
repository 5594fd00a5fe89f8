import { randomBytes } from "node:crypto";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { buildApp } from "../../src/web/app.ts";
import { integrationsOf } from "../../src/web/api.ts";
import { statedRequest } from "../../src/connectors/index.ts";
import { readAssets } from "../../src/web/assets.ts";
import { CountersignError, sha256, type Clock } from "../../src/base/index.ts";
import type { Desk, FileOut, Role, RoleSettings } from "../../src/review/index.ts";
import type { AuditLog, Evidence, Reports, Sessions } from "../../src/web/index.ts";
import { SessionKeeper, offerLink } from "../../src/web/session.ts";
import { DEFAULT_LIMITS, type LimitSettings } from "../../src/web/settings.ts";
import { NOW } from "./desk-data.ts";
import { FakeDesk } from "./fake-desk.ts";
import { MemoryAudit, MemorySessions } from "./memory.ts";

/** Bearer token of the system "service-desk". */
export const TOKEN = "0123456789abcdef-of-a-test";

export const HOST = "review.example.com";
export const ORIGIN = `https://${HOST}`;

/** Who the tests sign in as; each has the role and, where that is so for all, reviewer. */
export const PEOPLE: Readonly<Record<Role, string>> = {
  admin: "adam@example.com",
  auditor: "audrey@example.com",
  compliance: "cora@example.com",
  management: "vera@example.com",
  reviewer: "rita@example.com",
  security: "sam@example.com",
};

/** A clock that the test moves. */
export class Hands {
  at = Date.parse(NOW);
  now(): Date {
    return new Date(this.at);
  }
}

/** A browser, as far as the server sees one: it holds cookies and sends what browsers send. */
export class Browser {
  readonly app: FastifyInstance;
  readonly cookies = new Map<string, string>();
  /** Of the form on the last page. */
  token = "";

  constructor(app: FastifyInstance) {
    this.app = app;
  }

  get session(): string | undefined {
    return this.cookies.get("__Host-countersign");
  }

  async get(url: string, options: InjectOptions = {}): Promise<LightMyRequestResponse> {
    return this.send({ method: "GET", url, ...options });
  }

  /** Sends a form with the token of the last page, as a browser would from a page of this server. */
  async post(
    url: string,
    fields: Readonly<Record<string, string | readonly string[]>> = {},
    options: InjectOptions = {},
  ) {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ form_token: this.token, ...fields }))
      for (const one of Array.isArray(value) ? (value as string[]) : [value]) body.append(name, one);
    return this.send({
      method: "POST",
      url,
      payload: body.toString(),
      ...options,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: ORIGIN,
        "sec-fetch-site": "same-origin",
        ...options.headers,
      },
    });
  }

  async send(options: InjectOptions): Promise<LightMyRequestResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { host: HOST, ...(cookie !== "" && { cookie }), ...options.headers };
    const answer = await this.app.inject({ ...options, headers });
    for (const { name, value, maxAge, expires } of answer.cookies) {
      if (maxAge === 0 || (expires !== undefined && expires.getTime() <= 0)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    this.token = /name="form_token" value="([^"]*)"/.exec(answer.body)?.[1] ?? this.token;
    return answer;
  }
}

/** Evidence in memory: made as soon as it is asked for. */
export class FakeReports implements Reports {
  evidence(): Promise<Evidence> {
    const file = { file: "items.csv", sha256: sha256("items"), bytes: 5 };
    return Promise.resolve({ making: false, made: { at: NOW, current: false, files: [file] } });
  }

  make(): Promise<void> {
    return Promise.resolve();
  }

  file(_: unknown, __: string, name: string): Promise<FileOut> {
    if (name !== "items.csv") throw new CountersignError("E_NOT_FOUND", "expected a file, got none");
    return Promise.resolve({ name, type: "text/csv", bytes: Buffer.from("items") });
  }
}

export interface Served {
  readonly app: FastifyInstance;
  readonly keeper: SessionKeeper;
  readonly errors: unknown[];
  readonly browser: () => Browser;
  /** A browser whose user signed in by a one-time link. */
  readonly signedIn: (email: string) => Promise<Browser>;
}

export interface Site extends Served {
  readonly desk: FakeDesk;
  readonly sessions: MemorySessions;
  readonly audit: MemoryAudit;
  readonly clock: Hands;
  /** What the configuration says of roles; may be changed by the test. */
  readonly roles: Partial<Record<Role, { people: string[]; groups?: string[] }>>;
}

/** The server without its port, before a desk of the test's own. */
export async function site(
  options: { readonly desk?: FakeDesk; readonly limits?: Partial<LimitSettings> } = {},
): Promise<Site> {
  const desk = options.desk ?? new FakeDesk();
  const [sessions, audit, clock] = [new MemorySessions(), new MemoryAudit(), new Hands()];
  const roles: Site["roles"] = {};
  for (const role of ["admin", "auditor", "compliance", "management", "security"] as const)
    roles[role] = { people: [PEOPLE[role]] };
  const served = await serve({ desk, sessions, audit, clock, roles, limits: options.limits ?? {} });
  return { ...served, desk, sessions, audit, clock, roles };
}

/** The server without its port, before any desk and over any rows. */
export async function serve(parts: {
  readonly desk: Desk;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly roles: RoleSettings;
  readonly limits?: Partial<LimitSettings>;
  readonly reports?: Reports;
  readonly integrations?: Parameters<typeof integrationsOf>[0];
}): Promise<Served> {
  const { desk, sessions, audit, clock, roles, limits } = parts;
  const random = (count: number): Uint8Array => randomBytes(count);
  const keeper = new SessionKeeper(sessions, clock, random, { idle_minutes: 30, session_hours: 10 });
  const errors: unknown[] = [];
  const app = await buildApp({
    web: {
      desk,
      audit,
      keeper,
      clock,
      assets: readAssets(),
      roles,
      organisation: "Acme",
      reports: parts.reports ?? new FakeReports(),
      api: {
        integrations: integrationsOf([
          { name: "service-desk", secret: TOKEN },
          ...(parts.integrations ?? []),
        ]),
        read: (body) => Promise.resolve().then(() => statedRequest(body)),
      },
    },
    secure: true,
    hosts: () => [HOST],
    limits: { ...DEFAULT_LIMITS, ...limits },
    trusted_proxies: false,
    requestId: () => randomBytes(9).toString("base64url"),
    onError: (error) => errors.push(error),
  });
  const browser = (): Browser => new Browser(app);
  const signedIn = async (email: string): Promise<Browser> => {
    const one = browser();
    const link = await offerLink(sessions, clock, random, email);
    await one.get(link);
    const answer = await one.post(link);
    if (answer.statusCode !== 303 || one.session === undefined)
      throw new Error(`expected to be signed in, got ${answer.statusCode}`);
    await one.get("/help");
    return one;
  };
  return { app, keeper, errors, browser, signedIn };
}
