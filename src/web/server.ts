import { isIPv6 } from "node:net";
import { CountersignError, type Clock, readBounded } from "../base/index.ts";
import { type Api, integrationsOf } from "./api.ts";
import { buildApp } from "./app.ts";
import { readAssets } from "./assets.ts";
import type { Desk } from "../review/index.ts";
import { connectProvider } from "./oidc.ts";
import type { AuditLog, Random, Reports, Sessions } from "./ports.ts";
import type { Web } from "./route.ts";
import { SessionKeeper } from "./session.ts";
import {
  type Binding,
  DEFAULT_IDLE_MINUTES,
  DEFAULT_LIMITS,
  DEFAULT_SESSION_HOURS,
  type WebSettings,
  bindingOf,
} from "./settings.ts";

/** A certificate with its chain, or a key. */
const MAX_PEM_BYTES = 1024 * 1024;

export interface ServerParts {
  readonly desk: Desk;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: WebSettings;
  /** Reads what a system sends as a request: see `Api`. Absent: no system is let in. */
  readonly readRequest?: Api["read"];
  /** Absent: no evidence is to be had from the pages. */
  readonly reports?: Reports;
  /** Aborted: takes no more requests, ends those that run, and closes. */
  readonly signal: AbortSignal;
  readonly onError: (error: unknown, request_id: string) => void;
}

export interface RunningServer {
  /** As browsers see it, e.g. `http://127.0.0.1:8443`. */
  readonly origin: string;
  /** Settles when the server has closed. */
  readonly closed: Promise<void>;
}

/**
 * Listens until `signal` is aborted. E_CONFIG where the settings would let others read along or name no such files, E_UNREACHABLE where
 * the identity provider does not answer, E_RUNTIME where the port is taken.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { settings, random } = parts;
  const binding = bindingOf(settings);
  const { oidc } = settings;
  if (oidc !== undefined && binding.public_url === undefined && binding.port === 0)
    throw new CountersignError("E_CONFIG", "the identity provider must know the address to return to", {
      fix: "set serve.public_url or serve.port",
    });
  const scheme = binding.secure ? "https" : "http";
  let origin = binding.public_url?.origin ?? `${scheme}://${bracketed(binding.host)}:${binding.port}`;
  const tls = settings.tls && {
    cert: await readBounded(settings.tls.cert_file, {
      what: "a certificate",
      maxBytes: MAX_PEM_BYTES,
      code: "E_CONFIG",
    }),
    key: await readBounded(settings.tls.key_file, {
      what: "a private key",
      maxBytes: MAX_PEM_BYTES,
      code: "E_CONFIG",
    }),
  };
  const web: Web = {
    desk: parts.desk,
    audit: parts.audit,
    clock: parts.clock,
    keeper: new SessionKeeper(parts.sessions, parts.clock, random, {
      idle_minutes: settings.idle_minutes ?? DEFAULT_IDLE_MINUTES,
      session_hours: settings.session_hours ?? DEFAULT_SESSION_HOURS,
    }),
    assets: readAssets(),
    roles: settings.roles,
    api: apiOf(parts),
    ...(parts.reports !== undefined && { reports: parts.reports }),
    organisation: settings.organisation ?? "",
    ...(oidc !== undefined && { provider: await connectProvider(oidc, origin) }),
  };
  let hosts: readonly string[] = [];
  const app = await buildApp({
    web,
    secure: binding.secure,
    hosts: () => hosts,
    limits: { ...DEFAULT_LIMITS, ...settings.limits },
    trusted_proxies: binding.trusted_proxies,
    ...(tls !== undefined && { tls }),
    requestId: () => Buffer.from(random(9)).toString("base64url"),
    onError: parts.onError,
  });
  const address = await listening(() => app.listen({ host: binding.host, port: binding.port }), binding);
  if (binding.public_url === undefined) origin = `${scheme}://${new URL(address).host}`;
  hosts = hostsOf(binding, new URL(address).port);
  const closed = new Promise<void>((resolve, reject) => {
    const close = (): void => void app.close().then(resolve, reject);
    if (parts.signal.aborted) close();
    else parts.signal.addEventListener("abort", close, { once: true });
  });
  return { origin, closed };
}

function apiOf({ readRequest, settings: { integrations = [] } }: ServerParts): Api {
  if (readRequest === undefined)
    return { integrations: [], read: () => Promise.reject(new Error("nobody reads requests of systems")) };
  return { integrations: integrationsOf(integrations), read: readRequest };
}

async function listening(listen: () => Promise<string>, { host, port }: Binding): Promise<string> {
  try {
    return await listen();
  } catch (error) {
    throw new CountersignError("E_RUNTIME", `cannot listen on ${host}:${port}`, {
      fix: "choose another serve.port, or stop what has it",
      cause: error,
    });
  }
}

/** Values of `Host` that are answered: the public address alone, or, without one, the names of this machine for itself. */
export function hostsOf(
  { public_url, host }: Pick<Binding, "host" | "public_url">,
  port: string,
): readonly string[] {
  if (public_url !== undefined) return [public_url.host];
  return [...new Set([bracketed(host), "127.0.0.1", "localhost"])].map((name) => `${name}:${port}`);
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
