import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

let server: Server | undefined;

afterEach(async () => {
  await close();
});

/** Ends the receiver of this test; nobody answers at its address any more. */
export async function close(): Promise<void> {
  const ending = server;
  server = undefined;
  await new Promise((done) => (ending === undefined ? done(undefined) : ending.close(done)));
}

async function serve(answer: RequestListener): Promise<string> {
  const made = createServer(answer);
  server = made;
  await new Promise((done) => made.listen(0, "127.0.0.1", () => done(undefined)));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/hook?token=hidden`;
}

/** Listens on loopback; answers one status after the other, the last one for good. */
export async function listening(
  statuses: readonly number[],
  took: (request: IncomingMessage, body: string) => void = () => undefined,
) {
  let count = 0;
  const url = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      took(request, Buffer.concat(chunks).toString("utf8"));
      const status = statuses[Math.min(count, statuses.length - 1)] ?? 200;
      count += 1;
      response.writeHead(status, status === 302 ? { location: "/other" } : {}).end("the answer");
    });
  });
  return { url, requests: () => count };
}

/** Takes requests, and never answers. */
export async function silent() {
  return { url: await serve(() => undefined) };
}
