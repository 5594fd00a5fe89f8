import { afterEach } from "vitest";
import { hashicorp, type HashicorpSettings } from "../../../src/connectors/index.ts";
import type { Gap } from "../../../src/facts/index.ts";
import { fakeServer, type FakeServer, type Route, type Seen } from "./fake-server.ts";
import { collectAll, contextOf, plainIo, type Collected, type PlainIoSettings } from "./plain-io.ts";

/** Collects from a fake server, which lasts until the next one or the end of the test. */
export function collecting() {
  let server: FakeServer | undefined;
  const close = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  afterEach(close);
  const seen = (): readonly Seen[] => server?.seen ?? [];
  const collect = async (
    routes: Readonly<Record<string, Route>>,
    more: Partial<HashicorpSettings> = {},
    io: PlainIoSettings = {},
  ): Promise<Collected> => {
    await close();
    server = await fakeServer(routes);
    const settings = { address: server.address, ...more };
    return await collectAll(hashicorp, settings, contextOf({ "env:VAULT_TOKEN": "hvs.secret" }), plainIo(io));
  };
  return {
    collect,
    seen,
    urls: (prefix: string) => seen().flatMap(({ url }) => (url.startsWith(prefix) ? [url] : [])),
    tokensSent: () => seen().filter(({ token }) => token !== undefined).length,
  };
}

/** The first gap of an operation. */
export function gapOf({ gaps }: Collected, operation: string): Gap | undefined {
  return gaps.find((gap) => gap.operation === operation);
}
