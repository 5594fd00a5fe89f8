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
  version: "1.21.2",
  enterprise: false,
  server_time_utc: 1,
};

export const SEAL = { type: "shamir", initialized: true, sealed: false, t: 3, n: 5, version: "1.21.2" };

const SELF = {
  data: { id: "hvs.secret", accessor: "me", display_name: "token-countersign", renewable: true, ttl: 60 },
};

/** Answers as a small, healthy Vault, except where `routes` say otherwise; what is nowhere is an empty list. */
export async function fakeServer(routes: Readonly<Record<string, Route>>): Promise<FakeServer> {
  const all: Record<string, Route> = {
    "GET sys/health": HEALTH,
    "GET sys/seal-status": SEAL,
    "GET auth/token/lookup-self": SELF,
    "GET sys/mounts": { data: { "sys/": { type: "system" } } },
    "GET sys/auth": { data: { "token/": { type: "token" } } },
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
