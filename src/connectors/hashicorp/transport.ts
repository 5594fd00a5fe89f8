import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Agent, Dispatcher } from "undici";
import { CountersignError, fileError, messageOf, readBounded } from "../../base/index.ts";
import { CallFailure, type SendLimits } from "../../facts/index.ts";
import type { Reply } from "./failure.ts";
import { refuseClearText, type ConnectionSettings } from "./settings.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** Below `/v1/`, percent-encoded, with its query. */
  readonly path: string;
  /** Empty: the root namespace. */
  readonly namespace: string;
  readonly token?: string;
  readonly body?: Readonly<Record<string, string>>;
}

/** The HTTP API of one server. */
export interface Transport {
  /** Whatever the server answers. Throws `CallFailure` when nothing usable came over the wire. */
  send(request: ApiRequest, limits: SendLimits): Promise<Reply>;
  close(): Promise<void>;
}

/** A standby names the active node once; more hops are a loop. */
const MAX_REDIRECTS = 3;

/** Largest PEM file: the authorities of a whole operating system take a quarter of it. */
const MAX_PEM_BYTES = 1024 * 1024;

/** PEM files of a certificate directory. */
const MAX_CA_FILES = 1000;

const CONNECTIONS = 16;

/**
 * A transport that opens its connections, and reads its certificates, on the first request: a snapshot is judged without one.
 * E_CONFIG there where settings forbid to send anything.
 */
export function openTransport(settings: ConnectionSettings): Transport {
  let opened: Promise<Agent> | undefined;
  const origin = settings.address.replace(/\/$/, "");
  return {
    async send(request, limits) {
      const agent = await (opened ??= openAgent(settings));
      try {
        return await exchange(agent, settings, origin, request, limits);
      } catch (thrown) {
        throw networkFailure(thrown, limits.signal, origin);
      }
    },
    async close() {
      if (opened !== undefined) await (await opened.catch(() => undefined))?.destroy();
    },
  };
}

async function openAgent(settings: ConnectionSettings): Promise<Agent> {
  refuseClearText(settings);
  const { ca_cert_file, ca_cert_directory, client_cert_file, client_key_file, tls_server_name } = settings;
  const ca = [
    ...(ca_cert_file === undefined ? [] : [await pem(ca_cert_file)]),
    ...(ca_cert_directory === undefined ? [] : await pemDirectory(ca_cert_directory)),
  ];
  // Loaded on the first request: commands that work on a snapshot never need it.
  const undici = await import("undici");
  return new undici.Agent({
    connections: CONNECTIONS,
    connect: {
      ...(ca.length === 0 ? {} : { ca }),
      ...(client_cert_file === undefined ? {} : { cert: await pem(client_cert_file) }),
      ...(client_key_file === undefined ? {} : { key: await pem(client_key_file) }),
      ...(tls_server_name === undefined ? {} : { servername: tls_server_name }),
    },
  });
}

async function pem(path: string): Promise<string> {
  const terms = { what: "PEM certificates or keys", maxBytes: MAX_PEM_BYTES, code: "E_CONFIG" } as const;
  return (await readBounded(path, terms)).toString("utf8");
}

async function pemDirectory(path: string): Promise<string[]> {
  let names: string[];
  try {
    names = (await readdir(path)).filter((name) => /\.(pem|crt|cer)$/i.test(name)).sort();
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
  if (names.length > 0 && names.length <= MAX_CA_FILES) {
    return await Promise.all(names.map((name) => pem(join(path, name))));
  }
  throw new CountersignError(
    "E_CONFIG",
    `expected 1 to ${MAX_CA_FILES} PEM files in ${path}, got ${names.length}`,
  );
}

async function exchange(
  agent: Agent,
  settings: ConnectionSettings,
  origin: string,
  request: ApiRequest,
  limits: SendLimits,
): Promise<Reply> {
  const path = `/v1/${request.path}`;
  let target = origin;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await agent.request(requestOptions(target, path, request, limits));
    const location = standbyLocation(response);
    if (location === undefined) return await replyOf(response, limits);
    await response.body.dump();
    target = activeNode(settings, target, path, location);
  }
  throw new CallFailure(
    "unavailable",
    `expected at most ${MAX_REDIRECTS} redirects to the active node, got more`,
  );
}

function requestOptions(origin: string, path: string, request: ApiRequest, limits: SendLimits) {
  return {
    // The path goes out as it is written: no URL parser resolves dots or decodes what was encoded.
    origin,
    path,
    method: request.method,
    signal: limits.signal,
    headers: {
      accept: "application/json",
      "user-agent": "countersign",
      "x-vault-request": "true",
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...(request.namespace === "" ? {} : { "x-vault-namespace": request.namespace }),
      ...(request.token === undefined ? {} : { "x-vault-token": request.token }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  };
}

function standbyLocation(response: Dispatcher.ResponseData): string | undefined {
  if (response.statusCode !== 307 && response.statusCode !== 308) return undefined;
  const { location } = response.headers;
  return typeof location === "string" ? location : undefined;
}

/**
 * The origin that a standby leads to. The token goes along, so another origin is followed only over TLS that the
 * configured authority vouches for, and only to the same path.
 */
function activeNode(settings: ConnectionSettings, from: string, path: string, location: string): string {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const fix =
    "Set address to the active node or to a load balancer, or set ca_cert_file to the cluster's authority.";
  if (target === undefined || `${target.pathname}${target.search}` !== path) {
    throw new CallFailure("unavailable", "the server redirects to another path", { fix });
  }
  const trusted = settings.ca_cert_file !== undefined || settings.ca_cert_directory !== undefined;
  const same = target.origin === new URL(from).origin;
  if (same || (target.protocol === "https:" && trusted)) return target.origin;
  throw new CallFailure(
    "unavailable",
    `the server redirects to ${target.origin}, which no configured authority vouches for`,
    {
      fix,
    },
  );
}

async function replyOf(response: Dispatcher.ResponseData, limits: SendLimits): Promise<Reply> {
  const status = response.statusCode;
  const media_type = String(response.headers["content-type"] ?? "");
  const retryAfterMs = retryAfter(response.headers["retry-after"]);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limits.maxBytes) {
        throw new CallFailure("limit", `expected an answer of at most ${limits.maxBytes} bytes, got more`);
      }
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof CallFailure || limits.signal.aborted) throw thrown;
    throw new CallFailure("malformed", `expected a whole body, got ${length} bytes of a longer one`, {
      fix: "Check for a proxy that cuts answers.",
      cause: thrown,
    });
  }
  return {
    status,
    media_type,
    body: Buffer.concat(chunks),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Seconds; the other form, a date, would need a clock and this API does not write it. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

/** What a failed exchange means, with what a person can do. Errors of the settings pass through. */
function networkFailure(thrown: unknown, signal: AbortSignal, origin: string): unknown {
  if (thrown instanceof CallFailure || thrown instanceof CountersignError) return thrown;
  if (signal.aborted) return new CallFailure("timeout", "no answer in time", { cause: thrown });
  const code = codeOf(thrown);
  const [detail, fix] = NETWORK_FAILURES.find(([pattern]) => pattern.test(code))?.slice(1) ?? [];
  const what = detail === undefined ? `no answer from ${origin} (${code})` : `${String(detail)} (${code})`;
  const reason = code.includes("TIMEOUT") || code === "ETIMEDOUT" ? "timeout" : "unavailable";
  return new CallFailure(reason, what, { cause: thrown, ...(fix === undefined ? {} : { fix: String(fix) }) });
}

function codeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : messageOf(thrown).slice(0, 200);
}

const NAME_AUTHORITY =
  "Set ca_cert_file (or VAULT_CACERT) to the authority that signed the server's certificate.";

const NETWORK_FAILURES: readonly (readonly [RegExp, string, string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    "no known authority signed the server's certificate",
    NAME_AUTHORITY,
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    "the server's certificate is not valid at this time",
    "Renew it, and check both clocks.",
  ],
  [
    /ALTNAME/,
    "the server's certificate bears another name",
    "Use a name of the certificate in address, or set tls_server_name.",
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH/,
    "the server does not speak TLS here",
    "Turn TLS on; for a server on this host that has none, write the address with http://.",
  ],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE/,
    "the server refuses our certificate",
    "Set client_cert_file and client_key_file.",
  ],
  [/ECONNREFUSED/, "nothing listens at the address", "Check the address and that the server runs."],
  [/ENOTFOUND|EAI_AGAIN/, "the address's host name does not resolve", "Check the host name in address."],
];
