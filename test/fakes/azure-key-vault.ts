import {
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { freePorts } from "../counterparties/server-process.ts";

/** The initial value of RFC 3394. */
const KEY_WRAP_IV = Buffer.alloc(8, 0xa6);

export const TENANT = "9f1c2d3e-0000-4000-8000-000000000001";
export const CLIENT_ID = "9f1c2d3e-0000-4000-8000-0000000000aa";

type Key =
  | { readonly kty: "RSA"; readonly pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } }
  | { readonly kty: "oct-HSM"; readonly bytes: Buffer };

export interface Refusal {
  readonly status: number;
  /** Without one, a page of some proxy is the answer. */
  readonly code?: string;
}

export interface FakeAzureKeyVault {
  readonly origin: string;
  /** Adds a version of a key, and tells its identifier. */
  addKey(name: string, kty: Key["kty"]): string;
  /** Answers to every operation on a key of this name. */
  readonly refusals: Map<string, Refusal>;
  /** What `Get Key` says of keys of these names besides, e.g. `{exp: 1}` for one that has expired. */
  readonly attributes: Map<string, Readonly<Record<string, unknown>>>;
  /** Alters what wrapKey and unwrapKey answer. */
  alter: ((value: Buffer) => Buffer) | undefined;
  /** Operations as they came, e.g. `POST wrapkey RSA-OAEP-256`. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/**
 * Azure Key Vault's `wrapkey`, `unwrapkey` and `Get Key`, and the token endpoint of Microsoft Entra ID that its clients log
 * in at. Paths, bodies and errors follow the REST reference of Azure Key Vault, "Keys - Wrap Key", "Keys - Unwrap Key",
 * "Keys - Get Key" and "Authentication, requests and responses" (learn.microsoft.com/rest/api/keyvault), and "OAuth 2.0 client
 * credentials flow" of the Microsoft identity platform. A value that does not unwrap is 400 BadParameter.
 */
export async function startAzureKeyVault(settings: {
  readonly certPath: string;
  readonly keyPath: string;
  readonly clientSecret: string;
}): Promise<FakeAzureKeyVault> {
  const port = (await freePorts(1))[0]!;
  const origin = `https://127.0.0.1:${port}`;
  const state: State = {
    origin,
    keys: new Map(),
    refusals: new Map(),
    attributes: new Map(),
    asked: [],
    alter: undefined,
    ...settings,
  };
  const tls = { cert: readFileSync(settings.certPath), key: readFileSync(settings.keyPath) };
  const server = createServer(tls, (request, response) => {
    void respond(state, request, response);
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return Object.assign(state, {
    addKey(name: string, kty: Key["kty"]) {
      const version = randomBytes(16).toString("hex");
      state.keys.set(
        `${name}/${version}`,
        kty === "RSA"
          ? { kty, pair: generateKeyPairSync("rsa", { modulusLength: 2048 }) }
          : { kty, bytes: randomBytes(32) },
      );
      return `${origin}/keys/${name}/${version}`;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}

interface State {
  readonly origin: string;
  readonly clientSecret: string;
  readonly keys: Map<string, Key>;
  readonly refusals: Map<string, Refusal>;
  readonly attributes: Map<string, Readonly<Record<string, unknown>>>;
  readonly asked: string[];
  alter: ((value: Buffer) => Buffer) | undefined;
}

class Failure extends Error {
  readonly status: number;
  readonly code: string | undefined;

  constructor(status: number, code?: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

async function respond(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const send = (status: number, value: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  };
  const { pathname } = new URL(request.url ?? "/", state.origin);
  if (pathname.startsWith(`/${TENANT}/`)) {
    const { status, value } = login(state, pathname, body);
    send(status, value);
    return;
  }
  if (request.headers.authorization !== `Bearer ${TOKEN}`) {
    const challenge = `Bearer authorization="${state.origin}/${TENANT}", resource="https://vault.azure.net"`;
    send(401, error("Unauthorized"), { "www-authenticate": challenge });
    return;
  }
  try {
    send(200, operation(state, request.method ?? "", pathname, body));
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    if (thrown.code === undefined) {
      response
        .writeHead(thrown.status, { "content-type": "text/html" })
        .end("<html>Blocked by the proxy</html>");
    } else {
      send(thrown.status, error(thrown.code));
    }
  }
}

const TOKEN = "fake." + "eyJ0eXAiOiJKV1QifQ";

function login(
  { origin, clientSecret }: State,
  path: string,
  body: string,
): { status: number; value: unknown } {
  const base = `${origin}/${TENANT}`;
  if (path.endsWith("/openid-configuration")) {
    const endpoints = {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    };
    return { status: 200, value: endpoints };
  }
  const form = new URLSearchParams(body);
  if (form.get("client_secret") !== clientSecret || form.get("client_id") !== CLIENT_ID) {
    const description = "AADSTS7000215: Invalid client secret provided.";
    return { status: 401, value: { error: "invalid_client", error_description: description } };
  }
  return {
    status: 200,
    value: { token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599, access_token: TOKEN },
  };
}

function operation(state: State, method: string, path: string, body: string): unknown {
  const [, keys, name = "", version = "", verb] = path.split("/");
  const key = state.keys.get(`${name}/${version}`);
  const refused = state.refusals.get(name);
  const { alg = "", value = "" } = body === "" ? {} : (JSON.parse(body) as { alg?: string; value?: string });
  state.asked.push([method, verb ?? "get", alg].join(" ").trim());
  if (refused !== undefined) throw new Failure(refused.status, refused.code);
  if (keys !== "keys" || key === undefined) throw new Failure(404, "KeyNotFound");
  const kid = `${state.origin}/keys/${name}/${version}`;
  if (method === "GET") return bundle(kid, key, state.attributes.get(name));
  const given = Buffer.from(value, "base64url");
  const result = verb === "wrapkey" ? wrap(key, alg, given) : unwrap(key, alg, given);
  return { kid, value: (state.alter?.(result) ?? result).toString("base64url") };
}

function bundle(kid: string, key: Key, attributes: Readonly<Record<string, unknown>> = {}): unknown {
  const parts = key.kty === "RSA" ? key.pair.publicKey.export({ format: "jwk" }) : {};
  return {
    key: { ...parts, kid, kty: key.kty, key_ops: ["wrapKey", "unwrapKey"] },
    attributes: {
      enabled: true,
      created: 1_759_212_000,
      updated: 1_759_212_000,
      recoveryLevel: "Recoverable",
      ...attributes,
    },
  };
}

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };

function wrap(key: Key, alg: string, value: Buffer): Buffer {
  if (key.kty === "RSA" && alg === "RSA-OAEP-256") {
    return publicEncrypt({ key: key.pair.publicKey, ...OAEP }, value);
  }
  if (key.kty === "oct-HSM" && alg === "A256KW") {
    const cipher = createCipheriv("id-aes256-wrap", key.bytes, KEY_WRAP_IV);
    return Buffer.concat([cipher.update(value), cipher.final()]);
  }
  throw new Failure(400, "BadParameter");
}

function unwrap(key: Key, alg: string, value: Buffer): Buffer {
  try {
    if (key.kty === "RSA" && alg === "RSA-OAEP-256") {
      return privateDecrypt({ key: key.pair.privateKey, ...OAEP }, value);
    }
    if (key.kty === "oct-HSM" && alg === "A256KW") {
      const decipher = createDecipheriv("id-aes256-wrap", key.bytes, KEY_WRAP_IV);
      return Buffer.concat([decipher.update(value), decipher.final()]);
    }
  } catch {
    throw new Failure(400, "BadParameter");
  }
  throw new Failure(400, "BadParameter");
}

function error(code: string): unknown {
  return { error: { code, message: `The operation was refused: ${code}.` } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
