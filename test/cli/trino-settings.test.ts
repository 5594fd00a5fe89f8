import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAuthority } from "../counterparties/certificates.ts";
import { countersign } from "./process.ts";
import { findExecutable, missing } from "../counterparties/availability.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-trino-settings-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** `events query` with these settings of Trino, and with the engine trino. */
async function query(trino: string, env: Readonly<Record<string, string>> = {}) {
  await writeFile(
    join(directory, "countersign.yaml"),
    `version: 1
sources: { main: { connector: embedded } }
events:
  engine: trino
${trino}
`,
  );
  return await countersign(["events", "query", "SELECT 1 AS n"], { cwd: directory, env });
}

const trino = (address: string, more = ""): string =>
  `  trino: { address: "${address}", catalog: hive, schema: audit, user: reader${more} }`;

describe("settings of a cluster", () => {
  it.each([
    ["without a cluster", "", /expected events\.trino/],
    [
      "with a literal password",
      trino("https://127.0.0.1:1", ", password: correct-horse"),
      /expected a reference/,
    ],
    [
      "with a token around a reference",
      trino("https://127.0.0.1:1", ', token: "x${env:P}"'),
      /expected a reference/,
    ],
    ["with http to another host", trino("http://trino.example.com:8080"), /expected an https address/],
    [
      "with a credential over http",
      trino("http://127.0.0.1:1", ", password: env:P"),
      /expected an https address/,
    ],
    ["with two credentials", trino("https://127.0.0.1:1", ", password: env:P, token: env:P"), /got both/],
    ["with a schema of strange letters", trino("https://127.0.0.1:1").replace("audit", "'a b'"), /schema/],
  ])("%s are refused before anything is asked", async (_, settings, message) => {
    const { exit, out, err } = await query(settings, { P: "correct-horse" });
    expect({ exit, out }).toEqual({ exit: 2, out: "" });
    expect(err).toMatch(message);
    expect(err).not.toContain("correct-horse");
  });

  it("a cluster that does not answer is no empty table", async () => {
    expect(await query(trino("http://127.0.0.1:1"))).toMatchObject({ exit: 3, out: "" });
  });
});

const openssl = findExecutable("openssl") ?? missing("no openssl to make a certificate with");

describe.skipIf(typeof openssl !== "string")("over TLS", () => {
  it("sends the credential behind the reference to a server that the named authority vouches for, and to no other", async () => {
    const authority = createAuthority(directory, "Test authority");
    const { certPath, keyPath } = authority.issue("coordinator", "server");
    const seen: string[] = [];
    const server = createServer(
      { cert: await readFile(certPath), key: await readFile(keyPath) },
      (request, response) => {
        seen.push(request.headers.authorization ?? "");
        response.writeHead(403).end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const trusted = await query(
        trino(address, `, password: env:P, ca_cert_file: "${authority.caCertPath}"`),
        {
          P: "horse",
        },
      );
      expect(trusted).toMatchObject({ exit: 3, out: "" });
      expect(trusted.err).toContain("E_DENIED");
      expect(seen).toEqual([`Basic ${Buffer.from("reader:horse").toString("base64")}`]);
      const stranger = await query(trino(address, ", password: env:P"), { P: "horse" });
      expect(stranger.exit).toBe(3);
      expect(stranger.err).toContain("E_UNREACHABLE");
      expect(seen).toHaveLength(1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
