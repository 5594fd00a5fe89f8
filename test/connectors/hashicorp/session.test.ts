import { afterEach, describe, expect, it } from "vitest";
import { hashicorp, type HashicorpSettings } from "../../../src/connectors/index.ts";
import { SERVER_KINDS, type Gap } from "../../../src/facts/index.ts";
import { fakeServer, status, type FakeServer, type Route } from "./fake-server.ts";
import { collectAll, contextOf, plainIo, type Collected, type PlainIoSettings } from "./plain-io.ts";

let server: FakeServer | undefined;
afterEach(async () => await server?.close());

async function collect(
  routes: Readonly<Record<string, Route>>,
  io: PlainIoSettings = {},
): Promise<Collected> {
  server = await fakeServer(routes);
  const settings = { address: server.address };
  return await collectAll(hashicorp, settings, contextOf({ "env:VAULT_TOKEN": "hvs.secret" }), plainIo(io));
}

const gapOf = ({ gaps }: Collected, operation: string): Gap =>
  gaps.find((gap) => gap.operation === operation)!;
const urls = (prefix: string) => server!.seen.map(({ url }) => url).filter((url) => url.startsWith(prefix));

describe("redirects of a standby", () => {
  const redirect =
    (location: (address: string) => string): Route =>
    (request, response) => {
      response.writeHead(307, { location: location(server!.address) + (request.url ?? "") }).end();
    };

  it("are followed within the origin", async () => {
    let hops = 0;
    const collected = await collect({
      "GET sys/audit": (request, response) => {
        hops += 1;
        if (hops === 1) response.writeHead(307, { location: request.url ?? "" }).end();
        else response.writeHead(200, { "content-type": "application/json" }).end('{"data":{}}');
      },
    });
    expect(gapOf(collected, "server.audit")).toBeUndefined();
    expect(hops).toBe(2);
  });

  it("end after a few hops", async () => {
    const collected = await collect({ "GET sys/audit": redirect((address) => address) });
    expect(gapOf(collected, "server.audit").detail).toMatch(/at most 3 redirects/);
  });

  it("to another origin are not followed without the cluster's authority", async () => {
    const other = await fakeServer({});
    const collected = await collect({ "GET sys/audit": redirect(() => other.address) });
    expect(gapOf(collected, "server.audit").detail).toMatch(/no configured authority vouches/);
    expect(other.seen).toEqual([]);
    await other.close();
  });

  it("to another path are not followed", async () => {
    const collected = await collect({ "GET sys/audit": redirect((address) => `${address}/elsewhere`) });
    expect(gapOf(collected, "server.audit").detail).toMatch(/another path/);
  });
});

describe("the collector's token", () => {
  it("never stands in a record", async () => {
    const { records } = await collect({});
    expect(JSON.stringify(records)).not.toContain("hvs.secret");
  });

  it("is renewed when most of its life has passed", async () => {
    const late = (call: number) => new Date(Date.UTC(2026, 10, 23) + (call < 4 ? 0 : 50_000));
    await collect({ "POST auth/token/renew-self": { auth: { lease_duration: 60 } } }, { at: late });
    expect(urls("auth/token/renew-self")).toHaveLength(1);
    await server!.close();
    await collect({}, { at: () => new Date(Date.UTC(2026, 10, 23)) });
    expect(urls("auth/token/renew-self")).toHaveLength(0);
  });

  it("is not revoked when it was given", async () => {
    await collect({});
    expect(urls("auth/token/revoke-self")).toEqual([]);
  });

  it("that the store refuses is one gap over everything", async () => {
    const { gaps } = await collect({
      "GET auth/token/lookup-self": status(403, { errors: ["permission denied", "invalid token"] }),
    });
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: "denied", resource: "payments-vault:" });
    expect(gaps[0]!.hides).toEqual(SERVER_KINDS.filter((kind) => kind !== "store" && kind !== "health"));
  });

  it("is revoked when the reading is broken off", async () => {
    server = await fakeServer({
      "POST auth/approle/login": { auth: { client_token: "hvs.minted" } },
      "POST auth/token/revoke-self": {},
    });
    const settings: HashicorpSettings = {
      address: server.address,
      auth: { method: "approle", role_id: "env:R" },
    };
    for await (const outcome of hashicorp.collect(settings, contextOf({ "env:R": "role" }), plainIo())) {
      if (outcome.operation === "token.self") break;
    }
    expect(server.seen.at(-1)).toMatchObject({ url: "auth/token/revoke-self", token: "hvs.minted" });
  });
});
