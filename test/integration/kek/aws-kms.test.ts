import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateKeyCommand, DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsKmsProvider, type AwsKmsKey } from "../../../src/connectors/index.ts";
import { contextDigest } from "../../../src/vault/index.ts";
import { found } from "../../counterparties/availability.ts";
import { ensureMoto, setMoto, startMoto, type MotoServer } from "../../counterparties/moto.ts";
import { freePorts } from "../../counterparties/server-process.ts";
import { startSilentServer, type SilentServer } from "../../fakes/silent-server.ts";
import { kekContract } from "../../vault/kek-contract.ts";
import { kekLifecycle } from "../../vault/kek-lifecycle.ts";
import {
  CONTEXT,
  OTHER_CONTEXT,
  reasonOf,
  unwrapped,
  wrapped,
  type KekSubject,
} from "../../vault/kek-subject.ts";
import { secretsOf } from "../../vault/secrets.ts";

const moto = await ensureMoto();

const REGION = "eu-central-1";
const KEY = Buffer.alloc(32, 3);
// Made up: moto asks for no real ones.
const CREDENTIALS = { accessKeyId: "testing", secretAccessKey: "testing-secret-access-key" };
const SECRETS = secretsOf({ "env:ID": CREDENTIALS.accessKeyId, "env:SECRET": CREDENTIALS.secretAccessKey });

describe.skipIf("missing" in moto)("a key of AWS KMS", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-moto-"));
  let server: MotoServer;
  let silent: SilentServer;
  let refusing: number;
  let client: KMSClient;
  let arns: string[];

  beforeAll(async () => {
    server = await startMoto({ server: found(moto), dir });
    silent = await startSilentServer();
    refusing = (await freePorts(1))[0]!;
    client = new KMSClient({ region: REGION, endpoint: server.endpoint, credentials: CREDENTIALS });
    arns = await Promise.all([newKey(), newKey()]);
  });
  afterAll(async () => {
    client.destroy();
    await Promise.all([server.stop(), silent.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  const newKey = async () => (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  const settings = (): AwsKmsKey => ({
    type: "aws-kms",
    key_id: arns[0]!,
    region: REGION,
    endpoint: server.endpoint,
    credentials: { access_key_id: "env:ID", secret_access_key: "env:SECRET" },
  });
  const providerWith = (changes: Partial<AwsKmsKey>) =>
    awsKmsProvider({ ...settings(), ...changes }, SECRETS);

  const subject = (): KekSubject => ({
    type: "aws-kms",
    identity: arns[0]!,
    provider: () => providerWith({}),
    other: () => providerWith({ key_id: arns[1]! }),
    // AWS answers IncorrectKeyException; moto refuses as if there were no such key.
    otherReads: "denied",
    refused: {
      "no such key": () => providerWith({ key_id: arns[0]!.replace(/[0-9a-f]{12}$/, "0123456789ab") }),
    },
    unreachable: {
      "nobody listens": () => providerWith({ endpoint: `http://127.0.0.1:${refusing}` }),
      "no credentials to read": () =>
        providerWith({ credentials: { access_key_id: "env:UNSET", secret_access_key: "env:SECRET" } }),
    },
    silent: () => providerWith({ endpoint: `http://127.0.0.1:${silent.port}` }),
    hidden: [CREDENTIALS.secretAccessKey],
    flipEvery: 7,
  });

  kekContract(subject);
  kekLifecycle(subject, ["after"]);

  it("binds what it wraps to the digest of the context, as anybody with the key can check", async () => {
    const CiphertextBlob = await wrapped(providerWith({}), KEY);
    const open = (context: Uint8Array) =>
      client.send(
        new DecryptCommand({
          CiphertextBlob,
          EncryptionContext: { "countersign:evlt": contextDigest(context).toString("hex") },
        }),
      );
    expect(Buffer.from((await open(CONTEXT)).Plaintext!)).toEqual(KEY);
    await expect(open(OTHER_CONTEXT)).rejects.toMatchObject({ name: "InvalidCiphertextException" });
  });

  it("takes a key by its id as by its ARN", async () => {
    const byId = providerWith({ key_id: arns[0]!.split("/")[1]! });
    expect(await unwrapped(byId, await wrapped(byId, KEY))).toEqual(KEY);
  });

  it("reads unknown credentials as denied", async () => {
    const bytes = await wrapped(providerWith({}), KEY);
    const authenticateFrom = (calls: number) => setMoto(server.endpoint, "reset-auth", String(calls));
    await authenticateFrom(0);
    try {
      expect(reasonOf(await unwrapped(providerWith({}), bytes))).toBe("denied");
    } finally {
      await authenticateFrom(1_000_000);
    }
  });
});
