import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { found } from "../counterparties/availability.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { startAgingProxy } from "./aging-proxy.ts";
import { collectFrom, collectorToken, policyFor, untilSettled } from "./collector.ts";
import { fillEstate } from "./fill.ts";

/** `npm run record-example`: fills a real server, collects from it, and replaces `examples/snapshots/`. */

const SNAPSHOTS = fileURLToPath(new URL("../../examples/snapshots/", import.meta.url));

const NOTICE =
  "Demonstration. The answers are a real HashiCorp Vault server's, which a script filled with the estate of a " +
  "company that does not exist; the instants in some of them were moved back so that things have an age " +
  "(examples/README.md).";

/** Fixed, so that two recordings name the same addresses: the collector's, the server's and the cluster's. */
const PORTS = { proxy: 8200, server: [8210, 8211] };

async function record(dir: string): Promise<string> {
  const cluster = await startVaultCluster({
    binary: found(await ensureVault()),
    dir: join(dir, "cluster"),
    ports: PORTS.server,
    // A fault of the estate: one device, and the store stops when it does.
    auditDevices: 1,
  });
  try {
    await fillEstate(cluster, dir);
    await untilSettled(cluster.api());
    return await collected(cluster, join(dir, "state"));
  } finally {
    await cluster.stop();
  }
}

async function collected(cluster: VaultCluster, stateDirectory: string): Promise<string> {
  const api = cluster.api();
  const token = await collectorToken(api, await policyFor(api));
  const proxy = await startAgingProxy(cluster.address, cluster.authority, PORTS.proxy);
  try {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    const connection = { ...cluster.connection, address: proxy.address };
    const more = { notice: NOTICE, productVersion: version };
    const { directory, manifest, errors } = await collectFrom(connection, token, stateDirectory, more);
    if (errors[0] !== undefined) throw errors[0];
    console.log(JSON.stringify({ ...manifest.fact_counts, gaps: manifest.gaps.count }));
    return directory;
  } finally {
    await proxy.stop();
  }
}

const dir = mkdtempSync(join(tmpdir(), "countersign-record-"));
try {
  const snapshot = await record(dir);
  rmSync(SNAPSHOTS, { recursive: true, force: true });
  cpSync(snapshot, join(SNAPSHOTS, basename(snapshot)), { recursive: true });
  console.log(`recorded ${readdirSync(SNAPSHOTS).join()} into ${SNAPSHOTS}`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
