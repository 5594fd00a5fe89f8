import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { hostname } from "node:os";
import { Agent, request } from "undici";
import type { Authority } from "../counterparties/certificates.ts";
import type { Json } from "../counterparties/json.ts";
import { aged } from "./age.ts";

/** Most bytes of a request or an answer that the proxy passes on. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface AgingProxy {
  readonly address: string;
  stop(): Promise<void>;
}

/** Stands in the answers for the name of the machine that the example was recorded on. */
const HOST_NAME = "vault-1";

/** Stands between the collector and the server while the example is recorded, and moves instants back (`age.ts`). */
export async function startAgingProxy(
  upstream: string,
  authority: Authority,
  port: number,
): Promise<AgingProxy> {
  const { certPath, keyPath } = authority.issue("proxy", "server");
  const agent = new Agent({ connections: 8, connect: { ca: readFileSync(authority.caCertPath, "utf8") } });
  const tls = { cert: readFileSync(certPath), key: readFileSync(keyPath) };
  const server = createServer(tls, (incoming, outgoing) => {
    pass(incoming, outgoing, upstream, agent).catch((error: unknown) => {
      outgoing.writeHead(502).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    address: `https://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await agent.close();
    },
  };
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: string,
  agent: Agent,
): Promise<void> {
  const path = incoming.url ?? "/";
  const sent = await bodyOf(incoming);
  const answer = await request(`${upstream}${path}`, {
    dispatcher: agent,
    method: (incoming.method ?? "GET") as "GET",
    headers: without(incoming.headers, ["host", "connection"]),
    ...(sent.length === 0 ? {} : { body: sent }),
  });
  const received = await bodyOf(answer.body);
  outgoing.writeHead(answer.statusCode, without(answer.headers, ["content-length"]));
  outgoing.end(older(path, answer.statusCode, received));
}

/** Headers of one connection say nothing about the next. */
function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function older(path: string, status: number, received: Buffer): Buffer {
  if (status !== 200 || received.length === 0) return received;
  const asked = new URL(path, "https://localhost").pathname.replace(/^\/v1\//, "");
  const text = received
    .toString("utf8")
    .replaceAll(`"hostname":"${hostname()}"`, `"hostname":"${HOST_NAME}"`);
  const body = JSON.parse(text) as Json;
  const moved = aged(decodeURIComponent(asked), body);
  return Buffer.from(moved === body ? text : JSON.stringify(moved), "utf8");
}

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`expected at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
