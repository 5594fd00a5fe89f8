import { join } from "node:path";
import { collect, type Collected } from "../../../src/collect/index.ts";
import { connectors } from "../../../src/connectors/index.ts";
import { found } from "../../counterparties/availability.ts";
import { ensureMoto, startMoto } from "../../counterparties/moto.ts";
import { findFaketime, movedClock } from "../../counterparties/moved-clock.ts";
import { SYSTEM_PORTS } from "../collector.ts";
import { fillAround } from "./around.ts";
import { fillAws } from "./fill.ts";
import { OWN_CREDENTIALS } from "./terms.ts";

const NOTICE =
  "Demonstration. The answers are moto's, a program that answers as AWS does, which a script filled with the accounts of a " +
  "company that does not exist; while it was filled its clock was moved, so that things have an age (examples/README.md).";

/** Fixed, so that two recordings name the same address. */
const PORT = 8230;

export const SOURCE = "harbourpine-aws";

/** Collects from a moto server that was filled with the company's accounts; everything stays below `dir`. */
export async function recordAws(dir: string, productVersion: string): Promise<Collected> {
  const clock = movedClock(found(findFaketime()), dir);
  const server = await startMoto({ server: found(await ensureMoto()), dir, port: PORT, clock });
  try {
    await fillAws(server.endpoint, clock);
    await fillAround(server.endpoint);
    const settings = {
      address: "aws",
      endpoint: server.endpoint,
      accounts: { role_name: "countersign" },
      credentials: { access_key_id: "env:ID", secret_access_key: "env:SECRET" },
    };
    return await collect({
      sources: [{ name: SOURCE, connector: "aws", address: "aws", settings }],
      stateDirectory: join(dir, "state"),
      connectors: [...connectors.values()],
      credentials: { read: () => Promise.resolve(OWN_CREDENTIALS.accessKeyId) },
      ports: SYSTEM_PORTS,
      signal: new AbortController().signal,
      productVersion,
      notice: NOTICE,
    });
  } finally {
    await server.stop();
  }
}
