import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** JSON, or a handler for anything stranger. */
export type Route = object | ((request: IncomingMessage, response: ServerResponse) => void);

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly namespace: string | undefined;
}

export interface FakeServer {
  readonly address: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

export const HEALTH = {
  initialized: true,
  sealed: false,
  standby: false,
  replication_performance_mode: "disabled",
  replication_dr_mode: "disabled",
  version: "1.21.2",
  enterprise: false,
  // The hour of `plainIo`.
  server_time_utc: Date.UTC(2026, 10, 23, 18) / 1000,
};

export const SEAL = {
  type: "shamir",
  initialized: true,
  sealed: false,
  t: 3,
  n: 5,
  version: "1.21.2",
  cluster_name: "harbour",
  cluster_id: "5b7d8a52-3a1c-4c6f-9b1e-0d6c3a2f4e11",
  migration: false,
  recovery_seal: false,
};

/** What a look-up tells of the collector's own token. */
export const OWN = {
  id: "hvs.secret",
  accessor: "me",
  display_name: "token-countersign",
  path: "auth/token/create",
  policies: ["default"],
  entity_id: "",
  orphan: true,
  type: "service",
  creation_time: 1_790_000_000,
  expire_time: null,
  ttl: 60,
  renewable: true,
  explicit_max_ttl: 0,
  num_uses: 0,
  meta: null,
};

/** What `sys/mounts` and `sys/auth` say of a mount, with what every mount has. */
export function mount(type: string, options: object | null = null): object {
  const config = { default_lease_ttl: 0, max_lease_ttl: 0, token_type: "default-service" };
  const common = { accessor: `${type}_1`, description: "", local: false, seal_wrap: false };
  return { type, options, config, ...common };
}

/** The table of engines, or of auth methods, with those that are built in. */
export const engines = (more: object = {}): { data: object } => ({
  data: {
    "cubbyhole/": mount("cubbyhole"),
    "identity/": mount("identity"),
    "sys/": mount("system"),
    ...more,
  },
});

export const methods = (more: object = {}): { data: object } => ({
  data: { "token/": mount("token"), ...more },
});

/** What KV version 2 says of a secret; without more, of one that was never written. */
export const kvMetadata = (more: object = {}): { data: object } => ({
  data: {
    created_time: "2026-10-01T00:00:00Z",
    updated_time: "2026-11-01T00:00:00Z",
    current_version: 0,
    oldest_version: 0,
    max_versions: 0,
    cas_required: false,
    versions: {},
    custom_metadata: null,
    delete_version_after: "0s",
    ...more,
  },
});

/** What every role and user says of its tokens. */
export const TOKEN_FIELDS = {
  token_policies: [],
  token_ttl: 0,
  token_max_ttl: 0,
  token_explicit_max_ttl: 0,
  token_period: 0,
  token_num_uses: 0,
  token_type: "default",
  token_no_default_policy: false,
  token_bound_cidrs: [],
};

/** Answers as a small, healthy Vault, except where `routes` say otherwise; what is nowhere is an empty list. */
export async function fakeServer(routes: Readonly<Record<string, Route>>): Promise<FakeServer> {
  const all: Record<string, Route> = {
    "GET sys/health": HEALTH,
    "GET sys/seal-status": SEAL,
    "GET auth/token/lookup-self": { data: OWN },
    "GET auth/token/accessors?list=true": { data: { keys: ["me"] } },
    "POST auth/token/lookup-accessor": { data: OWN },
    "GET sys/mounts": engines(),
    "GET sys/auth": methods(),
    "GET sys/policies/acl?list=true": { data: { keys: ["default", "root"] } },
    ...routes,
  };
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const method = request.method ?? "";
    const url = (request.url ?? "").replace(/^\/v1\//, "");
    const header = (name: string) => request.headers[name] as string | undefined;
    seen.push({ method, url, token: header("x-vault-token"), namespace: header("x-vault-namespace") });
    const namespace = header("x-vault-namespace");
    const route = all[`${namespace === undefined ? "" : `${namespace}: `}${method} ${url}`] ?? all["*"];
    if (typeof route === "function")
      (route as (a: IncomingMessage, b: ServerResponse) => void)(request, response);
    else json(response, route === undefined ? 404 : 200, route ?? { errors: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** A route that answers this status. */
export function status(code: number, body: object, headers: Record<string, string> = {}): Route {
  return (_request: IncomingMessage, response: ServerResponse) => json(response, code, body, headers);
}
