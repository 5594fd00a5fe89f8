import type { IncomingMessage } from "node:http";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import helmet from "@fastify/helmet";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance } from "fastify";
import { parsedJson } from "./api.ts";
import { Door } from "./door.ts";
import { MAX_COUNTED, limitsOf } from "./guard.ts";
import { type Cookies, Replies } from "./replies.ts";
import { nothingHere, Refusal } from "./refusal.ts";
import type { Route, Web } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { LimitSettings } from "./settings.ts";

/** Longest form; a bulk decision over a page of items is a tenth of it. */
const MAX_FORM_BYTES = 128 * 1024;
/** Longest file of decisions. */
const MAX_UPLOAD_BYTES = 10 * 1024 * 1024;
const UPLOAD_LIMITS = {
  files: 1,
  fileSize: MAX_UPLOAD_BYTES,
  fields: 4,
  fieldSize: 1024,
  fieldNameSize: 64,
  parts: 5,
  headerPairs: 20,
};
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

/** The server without its port: all routes of {@link ROUTES} and none besides. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { web, secure } = options;
  const app = bare(options);
  const cookies = cookiesOf(secure);
  const replies = new Replies(web, cookies, options.onError);
  await app.register(cookie);
  await app.register(helmet, headersOf(web, secure));
  await app.register(rateLimit, { global: false, cache: MAX_COUNTED });
  await app.register(formbody, { bodyLimit: MAX_FORM_BYTES });
  app.removeContentTypeParser(["application/json", "text/plain"]);
  // The door lets JSON through to the routes for systems alone.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, parsedJson(body.toString()));
    } catch (error) {
      done(error as Refusal);
    }
  });
  await app.register(multipart, { attachFieldsToBody: "keyValues", limits: UPLOAD_LIMITS });
  const door = new Door(web, cookies, replies, limitsOf(app, options.limits), options.hosts);
  app.addHook("onRequest", (request, reply) => door.enter(request, reply));
  app.addHook("preValidation", (request, _reply, done) => {
    door.checkInput(request);
    done();
  });
  app.setErrorHandler((error, request, reply) => door.refuse(error, request, reply));
  app.setNotFoundHandler((request, reply) => door.refuse(nothingHere(), request, reply));
  for (const entry of ROUTES) register(app, entry, door);
  return app;
}

function register(app: FastifyInstance, entry: Route, door: Door): void {
  const { method, path: url, params, query: querystring, body } = entry;
  app.route({
    method,
    url,
    config: { entry },
    bodyLimit: entry.upload ? MAX_UPLOAD_BYTES + MAX_FORM_BYTES : MAX_FORM_BYTES,
    schema: { params, querystring, ...(method === "POST" && { body }) },
    handler: (request, reply) => door.serve(entry, request, reply),
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
    routerOptions: { maxParamLength: MAX_PART_CHARS },
    exposeHeadRoutes: false,
    // Of a path that is no encoding of text, or has a part longer than a parameter may be, Fastify would answer by itself, past the door, its limits and its headers.
    rewriteUrl: ({ url = "/" }: IncomingMessage) => (isReadable(url) ? url : NOWHERE),
    requestIdHeader: false,
    genReqId: options.requestId,
    trustProxy: options.trusted_proxies === false ? false : [...options.trusted_proxies],
    ajv: {
      customOptions: {
        // What a schema does not name is refused, not dropped.
        removeAdditional: false,
        coerceTypes: "array",
        useDefaults: true,
        allErrors: false,
        // Strict, Ajv asks its bounds of finite numbers alone, after it made the text "1e309" an infinite one.
        strictNumbers: false,
      },
    },
  } as const;
  const http = { maxHeaderSize: MAX_HEADER_BYTES };
  const app: FastifyInstance =
    options.tls === undefined
      ? Fastify({ ...bounds, http })
      : Fastify({
          ...bounds,
          https: {
            ...http,
            cert: Buffer.from(options.tls.cert),
            key: Buffer.from(options.tls.key),
            minVersion: "TLSv1.2",
          },
        });
  app.addHook("onRoute", ({ url, config }) => {
    if (config?.entry === undefined) throw new Error(`route ${url} is not in the table of routes`);
  });
  return app;
}

/** A path that no route has. */
const NOWHERE = "/%25";

/** Longest part of a path, in characters. */
const MAX_PART_CHARS = 128;

function isReadable(url: string): boolean {
  try {
    const parts = (url.split(/[?#]/, 1)[0] ?? "").split("/").map(decodeURIComponent);
    return parts.every((part) => part.length <= MAX_PART_CHARS);
  } catch {
    return false;
  }
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
