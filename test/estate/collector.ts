import { setTimeout as delay } from "node:timers/promises";
import { canonicalJson } from "../../src/base/index.ts";
import { collect, type Collected, type CollectPorts, type CollectRequest } from "../../src/collect/index.ts";
import { collectorPolicy, connectors } from "../../src/connectors/index.ts";
import type { Fact } from "../../src/facts/index.ts";
import { at, textAt } from "../counterparties/json.ts";
import { waitUntil } from "../counterparties/server-process.ts";
import type { VaultApi, VaultApiSettings } from "../counterparties/vault-api.ts";

/** The name of the source in every test, and in the example. */
export const SOURCE = "vault-production";

/** The policy that `countersign init` prints for this very server. */
export async function policyFor(api: VaultApi): Promise<string> {
  const mounts = Object.entries(at(await api.ok("GET", "sys/mounts"), "data") as object);
  const methods = Object.entries(at(await api.ok("GET", "sys/auth"), "data") as object);
  return collectorPolicy({
    dialect: "vault",
    enterprise: false,
    mounts: mounts.map(([path, mount]) => {
      const version = at(mount, "options", "version");
      return { path, type: textAt(mount, "type"), ...(typeof version === "string" ? { version } : {}) };
    }),
    authMethods: methods.map(([path, method]) => ({ path, type: textAt(method, "type") })),
  });
}

/** A token that has exactly this policy, under this name, and nothing else. */
export async function collectorToken(
  api: VaultApi,
  policy: string,
  name = "countersign-collector",
): Promise<string> {
  await api.ok("PUT", `sys/policies/acl/${name}`, { policy });
  const answer = await api.ok("POST", "auth/token/create-orphan", {
    display_name: "countersign",
    policies: [name],
    no_default_policy: true,
    ttl: "1h",
    meta: { owner: "d.farrell@harbourpine.example" },
  });
  return textAt(answer, "auth", "client_token");
}

/** The server shows gauges of whole intervals only; a minute after its start they are all there. */
const METRICS_LIMIT_MS = 60_000;

/** Waits until a server that has just been started shows everything that one which runs for long does. */
export async function untilSettled(api: VaultApi): Promise<void> {
  const shows = async () => {
    const gauges = at(await api.ok("GET", "sys/metrics"), "Gauges");
    return Array.isArray(gauges) && gauges.some((gauge) => at(gauge, "Name") === "vault.expire.num_leases");
  };
  await waitUntil(shows, {
    what: "the number of leases among the gauges",
    limitMs: METRICS_LIMIT_MS,
    everyMs: 500,
  });
}

/** The real clock, chance and waiting. */
export const SYSTEM_PORTS: CollectPorts = {
  clock: { now: () => new Date() },
  random: Math.random,
  sleep: async (ms, signal) => delay(ms, undefined, { signal }),
};

/** Collects from one server, as the command does. */
export async function collectFrom(
  connection: VaultApiSettings,
  token: string,
  stateDirectory: string,
  more: Partial<CollectRequest> = {},
): Promise<Collected> {
  const { address, caCertPath } = connection;
  return collect({
    sources: [
      {
        name: SOURCE,
        connector: "hashicorp",
        address,
        settings: {
          address,
          auth: { method: "token", token: "env:VAULT_TOKEN" },
          ...(caCertPath === undefined ? {} : { ca_cert_file: caCertPath }),
        },
      },
    ],
    stateDirectory,
    connectors: [...connectors.values()],
    credentials: { read: () => Promise.resolve(token) },
    ports: SYSTEM_PORTS,
    signal: new AbortController().signal,
    productVersion: "0.0.0-test",
    ...more,
  });
}

/**
 * What a fact says, whichever record it comes from: two readings of the same thing say the same. The server lists the
 * groups of an identity in another order each time.
 */
export function contentOf(fact: Fact): string {
  const sorted = Object.entries(fact).map(
    ([name, value]) => [name, isTexts(value) ? value.toSorted() : value] as const,
  );
  return canonicalJson({ ...Object.fromEntries(sorted), record: "" });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
