import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { questionKey, recordBytes, type RawRecord } from "../../src/facts/index.ts";
import { namespaceOf, requestPath } from "../../src/connectors/hashicorp/operation.ts";
import { operationOf } from "../../src/connectors/hashicorp/operations/index.ts";

/** Meddles with one answer; true when it has answered itself. */
export type Meddle = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

export interface RecordedStore {
  readonly address: string;
  /** Requests answered since the last `meddle`. */
  readonly asked: number;
  /** Sets what happens to answers from now on. */
  meddle(meddle?: Meddle): void;
  close(): Promise<void>;
}

/** The token that the store takes; another is refused as Vault refuses it. */
export const PLANTED_TOKEN = "hvs.CAESIPlantedCollectorToken0123456789";

/** A server on loopback that answers as the recorded one did. What was not recorded is not there. */
export async function startRecordedStore(records: readonly RawRecord[]): Promise<RecordedStore> {
  const answers = new Map(records.map((record) => [requestKey(record), record]));
  let asked = 0;
  let meddling: Meddle = () => false;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked += 1;
      if (meddling(request, response, asked)) return;
      answer(answers, request, body, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked;
    },
    meddle(meddle = () => false) {
      asked = 0;
      meddling = meddle;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Method, path, namespace and body of the request that led to a record. */
function requestKey({ store_id, scope, operation, params }: RawRecord): string {
  const found = operationOf(operation);
  const texts = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)]));
  const query = [found.method === "LIST" ? "list=true" : "", found.query ?? ""].filter((part) => part !== "");
  const path = `${requestPath(found, texts)}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  const body = Object.fromEntries(
    Object.entries(found.body ?? {}).map(([key, name]) => [key, texts[name] ?? ""]),
  );
  const namespace = namespaceOf(store_id, scope).replace(/\/$/, "");
  return questionKey({ operation: path, scope: namespace, params: body });
}

function answer(
  answers: ReadonlyMap<string, RawRecord>,
  request: IncomingMessage,
  body: Record<string, string>,
  response: ServerResponse,
): void {
  const path = (request.url ?? "").replace(/^\/v1\//, "");
  const scope = String(request.headers["x-vault-namespace"] ?? "");
  const token = request.headers["x-vault-token"];
  if (token !== undefined && token !== PLANTED_TOKEN) {
    reply(response, 403, { errors: ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"] });
    return;
  }
  const record = answers.get(questionKey({ operation: path, scope, params: body }));
  if (record === undefined) reply(response, 404, { errors: [] });
  else response.writeHead(record.status, { "content-type": record.media_type }).end(bytesNow(record));
}

/** As recorded, but for the server's clock, which is right. */
function bytesNow(record: RawRecord): Uint8Array | string {
  const bytes = recordBytes(record);
  const text = Buffer.from(bytes).toString("utf8");
  const seconds = Math.floor(Date.now() / 1000);
  return text.includes('"server_time_utc":')
    ? text.replace(/"server_time_utc":\d+/, `"server_time_utc":${seconds}`)
    : bytes;
}

export function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Record<string, string>);
}
