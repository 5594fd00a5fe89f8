import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import type { Json } from "./json.ts";

export type Method = "GET" | "LIST" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Answer {
  readonly status: number;
  /** Parsed JSON; undefined where there is no body. */
  readonly body: unknown;
}

/** A thin client of Vault's HTTP API for tests and for filling an estate. */
export interface VaultApi {
  readonly address: string;
  /** Whatever the server answers, also errors. */
  send(method: Method, path: string, body?: Json): Promise<Answer>;
  /** The body of a 2xx answer; throws on any other. */
  ok(method: Method, path: string, body?: Json): Promise<unknown>;
  /** The same server with another token. */
  as(token: string): VaultApi;
  close(): Promise<void>;
}

export interface VaultApiSettings {
  /** `https://127.0.0.1:8200` */
  readonly address: string;
  /** PEM file; absent for a listener without TLS. */
  readonly caCertPath?: string;
  readonly token?: string;
  /** Client certificate and key (PEM) for cert login. */
  readonly client?: { readonly cert: string; readonly key: string };
  /** Address of this machine that the calls come from; any of 127.0.0.0/8 reaches a server on loopback. */
  readonly from?: string;
}

/** PATCH of KV metadata wants this type; every other call takes plain JSON. */
const MERGE_PATCH = "application/merge-patch+json";

export function vaultApi(settings: VaultApiSettings): VaultApi {
  const agent = new Agent({
    connections: 8,
    ...(settings.from === undefined ? {} : { localAddress: settings.from }),
    connect: {
      ...(settings.caCertPath === undefined ? {} : { ca: readFileSync(settings.caCertPath, "utf8") }),
      ...settings.client,
    },
  });
  return client(agent, settings.address, settings.token);
}

function client(agent: Agent, address: string, token: string | undefined): VaultApi {
  const send = async (method: Method, path: string, body?: Json): Promise<Answer> => {
    const response = await request(`${address}/v1/${path}`, {
      dispatcher: agent,
      // The standard method stands for LIST with this parameter; undici knows no others.
      method: method === "LIST" ? "GET" : method,
      ...(method === "LIST" ? { query: { list: "true" } } : {}),
      headers: {
        "content-type": method === "PATCH" ? MERGE_PATCH : "application/json",
        "x-vault-request": "true",
        ...(token === undefined ? {} : { "x-vault-token": token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  };
  return {
    address,
    send,
    async ok(method, path, body) {
      const answer = await send(method, path, body);
      if (answer.status < 200 || answer.status > 299) {
        throw new Error(
          `${method} ${path}: expected 2xx, got ${answer.status} ${JSON.stringify(answer.body)}`,
        );
      }
      return answer.body;
    },
    as: (other) => client(agent, address, other),
    close: () => agent.close(),
  };
}
