import type { FastifyReply, FastifyRequest } from "fastify";
import { CountersignError, ERRORS, type ErrorCode, type Sha256, sha256 } from "../base/index.ts";
import type { StatedRequest } from "../review/index.ts";
import { Refusal } from "./refusal.ts";
import { sameToken } from "./tokens.ts";

/** A system that asks by a bearer token. */
export interface Integration {
  readonly name: string;
  /** SHA-256 of its token. */
  readonly key: Sha256;
}

/** What the routes for systems work with. */
export interface Api {
  readonly integrations: readonly Integration[];
  /** Reads a request by the rules of a register's file. E_INPUT, which quotes nothing. */
  readonly read: (body: unknown) => Promise<StatedRequest>;
}

/** Fewest bytes of a token: whoever guesses has no other hurdle than the rate. */
const MIN_TOKEN_BYTES = 16;
const MAX_TOKEN_BYTES = 1024;

/** Settings with their tokens, as the server keeps them. E_CONFIG where one is short, or two are alike. */
export function integrationsOf(
  settings: readonly { readonly name: string; readonly secret: string }[],
): readonly Integration[] {
  const found = settings.map(({ name, secret }): Integration => {
    const bytes = Buffer.byteLength(secret);
    if (bytes < MIN_TOKEN_BYTES || bytes > MAX_TOKEN_BYTES || !/^[\x21-\x7e]+$/.test(secret))
      throw faulty(
        `expected a token of ${MIN_TOKEN_BYTES} to ${MAX_TOKEN_BYTES} printable characters for integration ${name}, got another`,
        "Make one: openssl rand -hex 32",
      );
    return { name, key: sha256(secret) };
  });
  if (new Set(found.map(({ name }) => name)).size < found.length)
    throw faulty("expected each integration once, got a name twice", "Name each differently.");
  if (new Set(found.map(({ key }) => key)).size < found.length)
    throw faulty(
      "expected a token for each integration, got one twice",
      "Nobody could tell who of them it was.",
    );
  return found;
}

function faulty(message: string, fix: string): CountersignError {
  return new CountersignError("E_CONFIG", message, { fix });
}

/** The name of the integration whose token a request bears. 401. Digests are compared, all of them, in a time that tells nothing. */
export function integrationOf({ headers }: FastifyRequest, integrations: readonly Integration[]): string {
  const [, token = ""] = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(headers.authorization ?? "") ?? [];
  const key = sha256(token);
  const [known] = integrations.filter((one) => sameToken(one.key, key));
  if (known === undefined || token === "")
    throw new Refusal(
      401,
      "token",
      "No token that is known came with the request.",
      "Send `Authorization: Bearer <token>`: review.integrations names who may.",
    );
  return known.name;
}

/** Refuses a body that is said to be anything but JSON, before it is read. */
export function checkJson({ headers }: FastifyRequest): void {
  if (!/^application\/json *(;|$)/i.test(headers["content-type"] ?? ""))
    throw new Refusal(415, "media_type", "Expected application/json, got something else.");
}

export function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new Refusal(400, "input", "Expected JSON, got something that does not parse.");
  }
}

/** Codes of refusals that the server itself makes. */
const CODE_OF: Readonly<Partial<Record<number, ErrorCode>>> = {
  401: "E_FORBIDDEN",
  403: "E_FORBIDDEN",
  404: "E_NOT_FOUND",
  429: "E_LIMIT",
  500: "E_INTERNAL",
  503: "E_LIMIT",
};

/** A refusal as `--json` prints errors. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, reason, message, fix } = refusal;
  const code = Object.hasOwn(ERRORS, reason) ? (reason as ErrorCode) : (CODE_OF[status] ?? "E_INPUT");
  if (status === 401) void reply.header("www-authenticate", "Bearer");
  return sendJson(reply, status, {
    error: code,
    message,
    exit: ERRORS[code].exit,
    ...(fix !== undefined && { fix }),
  });
}

export function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send(`${JSON.stringify(value)}\n`);
}
