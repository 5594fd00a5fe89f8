import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import helmet from "@fastify/helmet";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import {
  type Caller,
  MAX_COUNTED,
  authorise,
  callerOf,
  checkFormToken,
  checkHost,
  checkOrigin,
  limitsOf,
} from "./guard.ts";
import { type Cookies, Replies } from "./replies.ts";
import { Refusal } from "./refusal.ts";
import { type Flash, type Route, type Visit, type Web, flashOf } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { LimitSettings } from "./settings.ts";
import { formToken, isToken } from "./tokens.ts";

/** Longest form; a bulk decision over a page of items is a tenth of it. */
const MAX_FORM_BYTES = 128 * 1024;
/** Longest file of decisions. */
export const MAX_UPLOAD_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 15_000;

export interface AppOptions {
  readonly web: Web;
  readonly secure: boolean;
  /** Values of `Host` that are answered, lower case, e.g. `review.example.com`. Read at each request. */
  readonly hosts: () => readonly string[];
  readonly limits: LimitSettings;
  readonly trusted_proxies: readonly string[] | false;
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array };
  readonly requestId: () => string;
  /** Told of every error that is none of the caller's. */
  readonly onError: (error: unknown, request_id: string) => void;
}

interface State {
  readonly entry: Route | undefined;
  caller: Caller;
  flash?: Flash | undefined;
}

/** The server without its port: all routes of {@link ROUTES} and none besides. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { web, secure } = options;
  const app = bare(options);
  const cookies = cookiesOf(secure);
  const replies = new Replies(web, cookies, options.onError);
  const states = new WeakMap<FastifyRequest, State>();
  const nobody: Caller = { actor: { who: "", roles: [] }, session: undefined, rotated: false };
  const stateOf = (request: FastifyRequest): State => {
    const known = states.get(request);
    if (known !== undefined) return known;
    const state: State = { entry: request.routeOptions.config.entry, caller: nobody };
    states.set(request, state);
    return state;
  };
  await app.register(cookie);
  await app.register(helmet, headersOf(web, secure));
  await app.register(rateLimit, { global: false, cache: MAX_COUNTED });
  await app.register(formbody, { bodyLimit: MAX_FORM_BYTES });
  app.removeContentTypeParser(["application/json", "text/plain"]);
  await app.register(multipart, {
    attachFieldsToBody: "keyValues",
    limits: {
      files: 1,
      fileSize: MAX_UPLOAD_BYTES,
      fields: 4,
      fieldSize: 1024,
      fieldNameSize: 64,
      parts: 5,
      headerPairs: 20,
    },
  });
  const limits = limitsOf(app, options.limits);

  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store");
    reply.header("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    const state = stateOf(request);
    if (state.entry?.plain !== true) checkHost(request, options.hosts());
    await limits.address(request);
    if (state.entry?.plain === true) return;
    state.caller = await callerOf(web, request.cookies[cookies.session]);
    const { session, rotated } = state.caller;
    if (session !== undefined && rotated) replies.setSession(reply, session);
    const act = request.method !== "GET";
    if (session !== undefined) await limits.user(request, session.record.email, act);
    else if (act) await limits.signIn(request);
    if (act)
      checkOrigin(
        request,
        options.hosts().map((host) => `${secure ? "https" : "http"}://${host}`),
      );
    if (state.entry === undefined) return;
    if (isUpload(request) !== state.entry.upload && act && request.headers["content-type"] !== undefined)
      throw new Refusal(415, "media_type", "The form was sent in a way that is not understood.");
    authorise(state.entry, state.caller);
  });
  app.addHook("preValidation", async (request) => {
    const state = stateOf(request);
    const query = withoutEmpty(request.query);
    state.flash = flashOf(query);
    delete query["told"];
    delete query["was"];
    request.query = query;
    if (request.method === "GET") return;
    const body = withoutEmpty(request.body);
    const token = state.caller.session?.token ?? request.cookies[cookies.visitor];
    checkFormToken(token, body["form_token"]);
    delete body["form_token"];
    request.body = body;
    await Promise.resolve();
  });
  const visitOf = (request: FastifyRequest, reply: FastifyReply): Visit => {
    const { caller, entry } = stateOf(request);
    const known = request.cookies[cookies.visitor];
    let visitor = isToken(known) ? known : undefined;
    if (caller.session === undefined && visitor === undefined && entry?.plain !== true) {
      visitor = web.keeper.newToken();
      replies.setVisitor(reply, visitor);
    }
    return {
      web,
      actor: caller.actor,
      session: caller.session,
      visitor,
      form_token: formToken(caller.session?.token ?? visitor ?? ""),
      params: request.params,
      query: request.query,
      body: request.body,
      search: request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "",
      keys: request.cookies[cookies.keys] !== "off",
    };
  };
  app.setErrorHandler((error, request, reply) => {
    const { entry, caller } = stateOf(request);
    return replies.refuse(error, entry, caller, visitOf(request, reply), request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const missing = new Refusal(404, "not_found", "There is nothing here.");
    return replies.refuse(
      missing,
      undefined,
      stateOf(request).caller,
      visitOf(request, reply),
      request,
      reply,
    );
  });
  for (const entry of ROUTES) register(app, entry, visitOf, (request) => stateOf(request).flash, replies);
  return app;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The line of the table of routes; nothing is registered without one. */
    entry?: Route;
  }
}

function register(
  app: FastifyInstance,
  entry: Route,
  visitOf: (request: FastifyRequest, reply: FastifyReply) => Visit,
  flashOfRequest: (request: FastifyRequest) => Flash | undefined,
  replies: Replies,
): void {
  const { method, path: url, params, query: querystring, body } = entry;
  app.route({
    method,
    url,
    config: { entry },
    bodyLimit: entry.upload ? MAX_UPLOAD_BYTES + MAX_FORM_BYTES : MAX_FORM_BYTES,
    schema: { params, querystring, ...(method === "POST" && { body }) },
    handler: async (request, reply) => {
      const visit = visitOf(request, reply);
      const answer = await entry.handle(visit);
      return replies.send(answer, entry, visit, flashOfRequest(request), request, reply);
    },
  });
}

/** Fastify with its bounds, and with no route that the table does not have. */
function bare(options: AppOptions): FastifyInstance {
  const bounds = {
    logger: false,
    bodyLimit: MAX_FORM_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: REQUEST_TIMEOUT_MS + KEEP_ALIVE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 128 },
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: options.requestId,
    trustProxy: options.trusted_proxies === false ? false : [...options.trusted_proxies],
    // What a schema does not name is refused, not dropped.
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: "array", useDefaults: true, allErrors: false },
    },
  } as const;
  const http = { maxHeaderSize: MAX_HEADER_BYTES };
  const app: FastifyInstance =
    options.tls === undefined
      ? Fastify({ ...bounds, http })
      : (Fastify({
          ...bounds,
          https: {
            ...http,
            cert: Buffer.from(options.tls.cert),
            key: Buffer.from(options.tls.key),
            minVersion: "TLSv1.2",
          },
        }) as unknown as FastifyInstance);
  app.addHook("onRoute", ({ url, config }) => {
    if (config?.entry === undefined) throw new Error(`route ${url} is not in the table of routes`);
  });
  return app;
}

/** Names of cookies. The prefix binds them to this host alone, and to https: another name below the domain cannot plant one. */
function cookiesOf(secure: boolean): Cookies {
  const prefix = secure ? "__Host-" : "";
  return {
    secure,
    session: `${prefix}countersign`,
    visitor: `${prefix}countersign-visitor`,
    keys: `${prefix}countersign-keys`,
  };
}

function headersOf(web: Web, secure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        // Browsers hold redirects of a form to this as well: sign-in and sign-out lead to the provider.
        formAction: ["'self'", ...(web.provider?.origins ?? [])],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // With no-referrer, browsers send forms of our own with `Origin: null`.
    referrerPolicy: { policy: "same-origin" },
    frameguard: { action: "deny" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    crossOriginResourcePolicy: { policy: "same-origin" },
  } as const;
}

function isUpload(request: FastifyRequest): boolean {
  return request.headers["content-type"]?.toLowerCase().startsWith("multipart/form-data") === true;
}

/** Fields without those that were left empty: an empty field of a form is one that nobody filled in. */
function withoutEmpty(fields: unknown): Record<string, unknown> {
  const entries = Object.entries((fields ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries
      .map(([name, value]): [string, unknown] => [
        name,
        Array.isArray(value) ? value.filter((one) => one !== "") : value,
      ])
      .filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0)),
  );
}
