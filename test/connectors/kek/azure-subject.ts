import { mkdtempSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { azureKeyVaultProvider, type AzureKeyVaultKey } from "../../../src/connectors/index.ts";
import { createAuthority } from "../../counterparties/certificates.ts";
import { findExecutable, missing, type Availability } from "../../counterparties/availability.ts";
import { freePorts } from "../../counterparties/server-process.ts";
import {
  CLIENT_ID,
  TENANT,
  startAzureKeyVault,
  type FakeAzureKeyVault,
} from "../../fakes/azure-key-vault.ts";
import { startSilentServer } from "../../fakes/silent-server.ts";
import type { KekSubject } from "../../vault/kek-subject.ts";
import { secretsOf } from "../../vault/secrets.ts";

const CLIENT_SECRET = "fir~" + "cone~4711";

export interface AzureSubjects {
  readonly fake: FakeAzureKeyVault;
  readonly rsa: KekSubject;
  readonly oct: KekSubject;
  readonly providerWith: (changes: Partial<AzureKeyVaultKey>) => ReturnType<KekSubject["provider"]>;
  readonly stop: () => Promise<void>;
}

export function ensureOpenssl(): Availability<string> {
  const binary = findExecutable("openssl");
  return binary === undefined ? missing("no openssl to make a server's certificate with") : { found: binary };
}

/** Azure Key Vault's provider before the fake, over the real SDKs, which this process lets trust the fake's authority. */
export async function azureSubjects(): Promise<AzureSubjects> {
  const dir = mkdtempSync(join(tmpdir(), "countersign-azure-"));
  const authority = createAuthority(dir, "Harbour & Pine Test CA");
  setDefaultCACertificates([...getCACertificates("default"), await readFile(authority.caCertPath, "utf8")]);
  const fake = await startAzureKeyVault({
    ...authority.issue("vault", "server"),
    clientSecret: CLIENT_SECRET,
  });
  const silent = await startSilentServer();
  const [refusing] = await freePorts(1);
  const [rsa, otherRsa, oct, otherOct] = [
    fake.addKey("countersign", "RSA"),
    fake.addKey("other", "RSA"),
    fake.addKey("countersign-hsm", "oct-HSM"),
    fake.addKey("other-hsm", "oct-HSM"),
  ];
  const refused = (name: string, status: number, code?: string): string => {
    fake.refusals.set(name, { status, ...(code === undefined ? {} : { code }) });
    return fake.addKey(name, "RSA");
  };
  const [denied, throttled, down, proxied] = [
    refused("denied", 403, "Forbidden"),
    refused("throttled", 429, "Throttled"),
    refused("down", 503, "ServiceUnavailable"),
    refused("proxied", 403),
  ];
  const expired = fake.addKey("expired", "RSA");
  fake.attributes.set("expired", { exp: 1_700_000_000 });
  const secrets = secretsOf({ "env:SECRET": CLIENT_SECRET, "env:WRONG": "wrong" });
  const login = {
    tenant_id: TENANT,
    client_id: CLIENT_ID,
    client_secret: "env:SECRET",
    authority: fake.origin,
  };
  const providerWith = (changes: Partial<AzureKeyVaultKey>) =>
    azureKeyVaultProvider({ type: "azure-key-vault", key_id: rsa, login, ...changes }, secrets, {
      // The fake's name is not below vault.azure.net; its answers to throttling need no waiting.
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 1, retryDelayInMs: 1, maxRetryDelayInMs: 5 },
    });
  const keyed = (key_id: string) => () => providerWith({ key_id });
  const at = (port: number | undefined) => rsa.replace(fake.origin, `https://127.0.0.1:${port}`);
  const shared = { type: "azure-key-vault", hidden: [CLIENT_SECRET] };
  return {
    fake,
    providerWith,
    rsa: {
      ...shared,
      identity: rsa,
      provider: keyed(rsa),
      other: keyed(otherRsa),
      refused: {
        "no permission": keyed(denied),
        "no such key": keyed(rsa.replace("countersign", "absent")),
        "an expired key": keyed(expired),
        "a wrong client secret": () => providerWith({ login: { ...login, client_secret: "env:WRONG" } }),
      },
      unreachable: {
        "nobody listens": keyed(at(refusing)),
        "it throttles": keyed(throttled),
        "it is down": keyed(down),
        "a proxy answers": keyed(proxied),
        "no secret to read": () => providerWith({ login: { ...login, client_secret: "env:UNSET" } }),
        "the login is down": () =>
          providerWith({ login: { ...login, authority: `https://127.0.0.1:${refusing}` } }),
      },
      silent: keyed(at(silent.port)),
      flipEvery: 13,
    },
    oct: {
      ...shared,
      identity: oct,
      provider: () => providerWith({ key_id: oct, algorithm: "A256KW" }),
      other: () => providerWith({ key_id: otherOct, algorithm: "A256KW" }),
      flipEvery: 3,
      wrapsAnyLength: false,
    },
    stop: async () => {
      await Promise.all([fake.stop(), silent.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
