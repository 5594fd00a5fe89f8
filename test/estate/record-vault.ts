import { join } from "node:path";
import type { Collected } from "../../src/collect/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { startAgingProxy } from "./aging-proxy.ts";
import { collectFrom, collectorToken, policyFor, untilSettled } from "./collector.ts";
import { fillEstate } from "./fill.ts";

const NOTICE =
  "Demonstration. The answers are a real HashiCorp Vault server's, which a script filled with the estate of a " +
  "company that does not exist; the instants in some of them were moved back so that things have an age " +
  "(examples/README.md).";

/** Fixed, so that two recordings name the same addresses: the collector's, the server's and the cluster's. */
const PORTS = { proxy: 8200, server: [8210, 8211] };

/** Collects from a Vault server that was filled with the estate; everything stays below `dir`. */
export async function recordVault(dir: string, productVersion: string): Promise<Collected> {
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
    return await collected(cluster, join(dir, "state"), productVersion);
  } finally {
    await cluster.stop();
  }
}

async function collected(
  cluster: VaultCluster,
  stateDirectory: string,
  productVersion: string,
): Promise<Collected> {
  const api = cluster.api();
  const token = await collectorToken(api, await policyFor(api));
  const proxy = await startAgingProxy(cluster.address, cluster.authority, PORTS.proxy);
  try {
    const connection = { ...cluster.connection, address: proxy.address };
    return await collectFrom(connection, token, stateDirectory, { notice: NOTICE, productVersion });
  } finally {
    await proxy.stop();
  }
}
