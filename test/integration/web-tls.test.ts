import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, expect, it } from "vitest";
import { offerLink, startServer } from "../../src/web/index.ts";
import { createAuthority } from "../counterparties/certificates.ts";
import { FakeDesk } from "../web/fake-desk.ts";
import { MemoryAudit, MemorySessions } from "../web/memory.ts";
import { Hands } from "../web/site.ts";

const dir = await mkdtemp(join(tmpdir(), "countersign-tls-"));
afterAll(() => rm(dir, { recursive: true, force: true }));

function start(tls: { cert_file: string; key_file: string }, sessions: MemorySessions, signal: AbortSignal) {
  return startServer({
    desk: new FakeDesk(),
    sessions,
    audit: new MemoryAudit(),
    clock: new Hands(),
    random: (count) => randomBytes(count),
    settings: { port: 0, tls, roles: {} },
    signal,
    onError: (error) => expect.unreachable(String(error)),
  });
}

it("serves by TLS of its own, with cookies that never go without", async () => {
  const authority = createAuthority(dir, "Test of TLS");
  const { certPath, keyPath } = authority.issue("web", "server");
  const [stop, sessions] = [new AbortController(), new MemorySessions()];
  const { origin, closed } = await start({ cert_file: certPath, key_file: keyPath }, sessions, stop.signal);
  expect(origin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const dispatcher = new Agent({ connect: { ca: await readFile(authority.caCertPath) } });
  const link = await offerLink(sessions, new Hands(), (count) => randomBytes(count), "rita@example.com");
  const { statusCode, headers } = await request(origin + link, { dispatcher });
  expect(statusCode).toBe(200);
  expect(headers["strict-transport-security"]).toBe("max-age=31536000");
  expect(String(headers["set-cookie"])).toMatch(/^__Host-countersign-visitor=.*; Secure; SameSite=Lax$/);
  await expect(request(origin.replace("https", "http"))).rejects.toThrow();
  await dispatcher.close();
  stop.abort();
  await closed;
});

it("does not start without the files of its TLS", async () => {
  const none = { cert_file: join(dir, "none.pem"), key_file: join(dir, "none.key") };
  await expect(start(none, new MemorySessions(), new AbortController().signal)).rejects.toMatchObject({
    code: "E_NOT_FOUND",
  });
});
