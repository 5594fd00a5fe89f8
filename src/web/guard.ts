import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Api, integrationOf } from "./api.ts";
import { Refusal } from "./refusal.ts";
import type { Route, Web } from "./route.ts";
import { type Actor, actorOf, integrationName } from "../review/index.ts";
import type { OpenSession } from "./session.ts";
import type { LimitSettings } from "./settings.ts";
import { formToken, isToken, sameToken } from "./tokens.ts";

const NOBODY: Actor = { who: "", roles: [] };
const NOBODY_IN = { actor: NOBODY, session: undefined, rotated: false } as const;

/** Who asks, as far as their cookies say. */
export interface Caller {
  readonly actor: Actor;
  readonly session: OpenSession | undefined;
  /** The session's token changed with this request: the browser must be told. */
  readonly rotated: boolean;
  /** Of a system; the actor bears its name, and no role. */
  readonly integration?: string;
}

/** The caller of a session token. Roles are judged afresh: where they changed, the session goes on under another token. */
export async function callerOf(web: Web, token: string | undefined): Promise<Caller> {
  const found = await web.keeper.open(token);
  if (found === undefined) return NOBODY_IN;
  const { email, groups, roles } = found.record;
  const actor = actorOf({ ...(await web.desk.whoIs(email)), signed_in_as: email }, web.roles, groups);
  const now = actor.roles;
  const rotated = now.join() !== roles.join();
  const session = rotated ? await web.keeper.rotate(found, now) : found;
  if (session === undefined) return { actor: NOBODY, session, rotated: false };
  return { actor, session, rotated };
}

/** Refuses a request that was made for another host: a name that an attacker points at this address. */
export function checkHost(request: FastifyRequest, hosts: readonly string[]): void {
  if (!hosts.includes(request.headers.host?.toLowerCase() ?? ""))
    throw new Refusal(421, "host", "This server is not asked under that name.");
}

/** Refuses a form that another site's page sent. Browsers say where it comes from; where none of it is said, the form's token decides. */
export function checkOrigin(request: FastifyRequest, origins: readonly string[]): void {
  const site = request.headers["sec-fetch-site"];
  const { origin } = request.headers;
  if ((site !== undefined && site !== "same-origin") || (origin !== undefined && !origins.includes(origin)))
    throw new Refusal(403, "origin", "The form came from another site. Nothing was done.");
}

/** Refuses whoever may not use the route. */
export function authorise(entry: Route, { actor, session }: Caller): void {
  if (entry.access === "anyone") return;
  if (session === undefined)
    throw new Refusal(
      401,
      "signed_out",
      "You are not signed in, or your session has ended.",
      "Sign in, and do it again.",
    );
  if (!entry.access.some((role) => actor.roles.includes(role)))
    throw new Refusal(403, "role", "Your role does not include this.");
}

/** Refuses a form without the token of this very session, or, of whoever is signed out, of this very browser. */
export function checkFormToken(token: string | undefined, sent: unknown): void {
  if (!isToken(token) || typeof sent !== "string" || !sameToken(sent, formToken(token)))
    throw new Refusal(
      403,
      "form_token",
      "The form was not made for your session, which may have been renewed since. Nothing was done.",
      "Go back, load the page again, and send it again.",
    );
}

/** The system that a bearer token says. 401. */
export function systemOf(request: FastifyRequest, { integrations }: Api): Caller {
  const integration = integrationOf(request, integrations);
  return { ...NOBODY_IN, integration, actor: { who: integrationName(integration), roles: [] } };
}

export interface Limits {
  system(request: FastifyRequest, who: string): Promise<void>;
  address(request: FastifyRequest): Promise<void>;
  signIn(request: FastifyRequest): Promise<void>;
  user(request: FastifyRequest, who: string, act: boolean): Promise<void>;
}

/** How many different addresses and people are counted at once; whoever was counted longest ago is forgotten first. */
export const MAX_COUNTED = 20_000;

/** Limits by fixed windows of a minute. The plugin must be registered. */
export function limitsOf(app: FastifyInstance, settings: LimitSettings): Limits {
  const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
    const check = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator });
    return async (request: FastifyRequest): Promise<void> => {
      const state = await check(request);
      if (!state.isAllowed && state.isExceeded)
        throw new Refusal(
          429,
          "rate",
          "Too many requests in too short a time.",
          "Wait a minute, and try again.",
        );
    };
  };
  const whos = new WeakMap<FastifyRequest, string>();
  const whoOf = (request: FastifyRequest): string => whos.get(request) ?? "";
  const user = limiter(settings.user_per_minute, (request) => `user ${whoOf(request)}`);
  const system = limiter(settings.api_per_minute, (request) => `system ${whoOf(request)}`);
  const acts = limiter(settings.acts_per_minute, (request) => `acts ${whoOf(request)}`);
  return {
    address: limiter(settings.address_per_minute, ({ ip }) => `address ${ip}`),
    signIn: limiter(settings.sign_in_per_minute, ({ ip }) => `sign in ${ip}`),
    async system(request, who) {
      whos.set(request, who);
      await system(request);
    },
    async user(request, who, act) {
      whos.set(request, who);
      await user(request);
      if (act) await acts(request);
    },
  };
}
