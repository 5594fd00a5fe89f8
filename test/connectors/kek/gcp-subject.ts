import { generateKeyPairSync } from "node:crypto";
import { credentials, status } from "@grpc/grpc-js";
import { gcpKmsProvider, type GcpKmsKey } from "../../../src/connectors/index.ts";
import { startGoogleKms, type FakeGoogleKms } from "../../fakes/google-kms.ts";
import { startSilentServer } from "../../fakes/silent-server.ts";
import { freePorts } from "../../counterparties/server-process.ts";
import type { KekSubject } from "../../vault/kek-subject.ts";
import { secretsOf } from "../../vault/secrets.ts";

const RING = "projects/harbour-pine/locations/europe-west3/keyRings/compliance/cryptoKeys";
export const NAME = `${RING}/countersign`;

// Without one, the SDK would ask the network for a machine's own.
const ACCOUNT = JSON.stringify({
  client_email: "countersign@harbour-pine.iam.gserviceaccount.com",
  private_key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  }),
});
process.env["METADATA_SERVER_DETECTION"] = "none";

export interface GcpSubject extends KekSubject {
  readonly fake: FakeGoogleKms;
  readonly providerWith: (changes: Partial<GcpKmsKey>) => ReturnType<KekSubject["provider"]>;
  readonly stop: () => Promise<void>;
}

/** Google Cloud KMS's provider before the fake, over the real SDK. */
export async function gcpSubject(): Promise<GcpSubject> {
  const fake = await startGoogleKms();
  const silent = await startSilentServer();
  const [refusing] = await freePorts(1);
  for (const key of ["countersign", "other", "denied", "disabled", "anonymous", "overloaded", "broken"]) {
    fake.addKey(`${RING}/${key}`);
  }
  fake.refusals.set(`${RING}/denied`, status.PERMISSION_DENIED);
  fake.refusals.set(`${RING}/anonymous`, status.UNAUTHENTICATED);
  fake.refusals.set(`${RING}/disabled`, status.FAILED_PRECONDITION);
  fake.refusals.set(`${RING}/overloaded`, status.RESOURCE_EXHAUSTED);
  fake.refusals.set(`${RING}/broken`, status.INTERNAL);
  const providerWith = (changes: Partial<GcpKmsKey>) =>
    gcpKmsProvider(
      { type: "gcp-kms", key: NAME, endpoint: fake.endpoint, credentials: "env:ACCOUNT", ...changes },
      secretsOf({ "env:ACCOUNT": ACCOUNT, "env:NOT_A_KEY": "hunter2" }),
      { sslCreds: credentials.createInsecure() },
    );
  const keyed = (key: string) => () => providerWith({ key: `${RING}/${key}` });
  return {
    fake,
    providerWith,
    type: "gcp-kms",
    identity: NAME,
    provider: () => providerWith({}),
    other: keyed("other"),
    refused: {
      "no permission": keyed("denied"),
      "no login": keyed("anonymous"),
      "a disabled version": keyed("disabled"),
      "no such key": keyed("absent"),
      "no credentials at all": () =>
        gcpKmsProvider({ type: "gcp-kms", key: NAME, endpoint: fake.endpoint }, secretsOf({})),
      "credentials that are none": () => providerWith({ credentials: "env:NOT_A_KEY" }),
    },
    unreachable: {
      "nobody listens": () => providerWith({ endpoint: `127.0.0.1:${refusing}` }),
      "its quota is used up": keyed("overloaded"),
      "it fails": keyed("broken"),
      "no credentials to read": () => providerWith({ credentials: "env:UNSET" }),
    },
    silent: () => providerWith({ endpoint: `127.0.0.1:${silent.port}` }),
    hidden: ["hunter2"],
    flipEvery: 5,
    stop: async () => {
      await Promise.all([fake.stop(), silent.stop()]);
    },
  };
}
