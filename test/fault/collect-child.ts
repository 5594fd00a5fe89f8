/**
 * A collection as a process of its own, to be killed. Arguments: state directory, address of the fake store, delay of
 * each retry in milliseconds. Prints the manifest; exits as the command line would.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { CountersignError } from "../../src/base/index.ts";
import { collect } from "../../src/collect/index.ts";
import { CallFailure } from "../../src/facts/index.ts";
import { fakeConnector, usable, type Wire } from "../collect/fake-store.ts";

const [stateDirectory = "", address = ""] = process.argv.slice(2);

const overHttp: Wire = async (path, { signal }) => {
  try {
    const { statusCode, headers, body } = await request(`${address}${path}`, { signal });
    return usable({
      status: statusCode,
      media_type: String(headers["content-type"]),
      body: new Uint8Array(await body.arrayBuffer()),
    });
  } catch (thrown) {
    if (thrown instanceof CallFailure) throw thrown;
    throw new CallFailure("unavailable", "expected an answer, got a broken connection", { cause: thrown });
  }
};

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());

try {
  const { manifest, resumed } = await collect({
    sources: [
      { name: "vault-eu", connector: "fake", address, settings: { address: "https://vault.example.org" } },
    ],
    stateDirectory,
    connectors: [fakeConnector(overHttp)],
    credentials: { read: () => Promise.reject(new Error("none here")) },
    ports: {
      // Stands still, so that two runs give the same bytes.
      clock: { now: () => new Date("2026-09-30T06:00:00.000Z") },
      random: () => 0.5,
      sleep: async (ms, signal) => await sleep(ms, undefined, { signal }),
    },
    limits: { backoffMs: 1, syncRecords: 4 },
    signal: interruption.signal,
    productVersion: "0.0.0-test",
  });
  process.stdout.write(JSON.stringify({ manifest, answerCount: resumed?.answerCount ?? 0 }));
} catch (thrown) {
  if (!(thrown instanceof CountersignError)) throw thrown;
  process.stderr.write(`${thrown.code} ${thrown.message} ${thrown.fix ?? ""}`);
  process.exitCode = thrown.exit;
}
