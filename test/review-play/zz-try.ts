import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { found } from "/work/wt/quarter/test/counterparties/availability.ts";
import { startVaultCluster } from "/work/wt/quarter/test/counterparties/vault-cluster.ts";
import { ensureVault } from "/work/wt/quarter/test/counterparties/vault.ts";
import { command } from "/work/wt/quarter/test/estate/command.ts";
import { fillVault } from "/work/wt/quarter/test/review-play/estate.ts";
import { writePlace } from "/work/wt/quarter/test/review-play/place.ts";
const dir = mkdtempSync("/tmp/play-");
console.time("start");
const cluster = await startVaultCluster({ binary: found(await ensureVault()), dir: join(dir, "vault"), auditDevices: 1, shares: 1, threshold: 1 });
console.timeEnd("start"); console.time("fill");
const estate = await fillVault(cluster);
console.timeEnd("fill");
writePlace(dir, { cluster, provider: { issuer: "https://127.0.0.1:1", client_id: "x", ca_file: cluster.caCertPath! } as never, port: 0 });
const env = { VAULT_TOKEN: estate.collectorToken, OIDC_SECRET: "x" };
for (const args of [["events", "ingest"], ["collect"], ["people", "check"]]) {
  console.time(args.join(" "));
  const e = await command(args, env, dir);
  console.timeEnd(args.join(" "));
  console.log(e.code, e.stdout.slice(-3500), e.stderr.slice(-1500));
}
console.log(dir);
await cluster.stop();
