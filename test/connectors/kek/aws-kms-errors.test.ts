import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsKmsKey, awsKmsProvider } from "../../../src/connectors/index.ts";
import { compileSchema } from "../../../src/schema/index.ts";
import { expectQuiet, outcome, reasonOf, unwrapped, wrapped } from "../../vault/kek-subject.ts";
import { secretsOf } from "../../vault/secrets.ts";

const ARN = "arn:aws:kms:eu-central-1:123456789012:key/9f1c2d3e-0000-4000-8000-000000000001";
const KEY = Buffer.alloc(32, 3);
const SECRET = "made-up-secret-access-key";

interface Reply {
  readonly status: number;
  readonly body: string;
  /** Media type of what is not AWS's. */
  readonly type?: string;
}

/** As the JSON protocol of AWS writes an error: `__type` and a message. */
const failure = (name: string, status = 400): Reply => ({
  status,
  body: JSON.stringify({ __type: name, message: `${name} for testing` }),
});
const answer = (fields: Readonly<Record<string, string>>): Reply => ({
  status: 200,
  body: JSON.stringify(fields),
});
const base64 = (length: number): string => Buffer.alloc(length, 4).toString("base64");

/** What AWS KMS answers in its errors and oddities; shapes as in the AWS KMS API Reference, "Encrypt" and "Decrypt". */
describe("AWS KMS", () => {
  let server: Server;
  let reply: Reply;
  let endpoint: string;
  const asked: Record<string, unknown>[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        asked.push(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>);
        response.writeHead(
          reply.status,
          reply.type === undefined
            ? { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "9f1c2d3e-0001" }
            : { "content-type": reply.type },
        );
        response.end(reply.body);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    endpoint = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const provider = (key_id = ARN) =>
    awsKmsProvider(
      {
        type: "aws-kms",
        key_id,
        region: "eu-central-1",
        endpoint,
        credentials: { access_key_id: "env:ID", secret_access_key: "env:SECRET" },
      },
      secretsOf({ "env:ID": "AKIDEXAMPLE", "env:SECRET": SECRET }),
    );
  const unwrap = async (given: Reply) => {
    reply = given;
    return await unwrapped(provider(), Buffer.from("ciphertext"));
  };
  const wrap = async (given: Reply) => {
    reply = given;
    return await outcome(() => wrapped(provider(), KEY));
  };

  it.each([
    ["wrong_key", failure("IncorrectKeyException")],
    ["corrupt", failure("InvalidCiphertextException")],
    ["denied", failure("AccessDeniedException")],
    ["denied", failure("NotFoundException")],
    ["denied", failure("DisabledException")],
    ["denied", failure("KMSInvalidStateException")],
    ["denied", failure("InvalidKeyUsageException")],
    ["denied", failure("UnrecognizedClientException")],
    ["denied", failure("InvalidSignatureException", 403)],
    ["denied", failure("ExpiredTokenException")],
    ["unavailable", failure("ThrottlingException")],
    ["unavailable", failure("LimitExceededException")],
    ["unavailable", failure("DependencyTimeoutException", 500)],
    ["unavailable", failure("KMSInternalException", 500)],
    ["unavailable", failure("KeyUnavailableException", 500)],
    ["unavailable", failure("ServiceUnavailable", 503)],
    ["unavailable", { status: 502, body: "<html>Bad gateway</html>", type: "text/html" }],
    ["unavailable", { status: 200, body: "<html>Please log in</html>", type: "text/html" }],
    ["unavailable", { status: 403, body: "<html>Blocked</html>", type: "text/html" }],
    ["corrupt", answer({ KeyId: ARN })],
    ["corrupt", answer({ KeyId: ARN, Plaintext: base64(31) })],
    ["corrupt", answer({ KeyId: ARN, Plaintext: base64(33) })],
    ["wrong_key", answer({ KeyId: ARN.replace("0001", "0002"), Plaintext: base64(32) })],
    ["wrong_key", answer({ Plaintext: base64(32) })],
    ["none", answer({ KeyId: ARN, Plaintext: base64(32) })],
  ])("%s: what Decrypt answers reads so (%j)", async (reason, given) => {
    const result = await unwrap(given);
    expect(reasonOf(result)).toBe(reason);
    expectQuiet(result, KEY, [SECRET]);
  });

  it.each([
    ["denied", failure("AccessDeniedException")],
    ["unavailable", failure("KMSInternalException", 500)],
    ["corrupt", answer({ KeyId: ARN })],
    ["wrong_key", answer({ KeyId: ARN.replace("0001", "0002"), CiphertextBlob: base64(64) })],
    ["none", answer({ KeyId: ARN, CiphertextBlob: base64(64) })],
  ])("%s: what Encrypt answers reads so (%j)", async (reason, given) => {
    const result = await wrap(given);
    expect(reasonOf(result)).toBe(reason);
    expectQuiet(result, KEY, [SECRET]);
  });

  it("names the key in each question", async () => {
    asked.length = 0;
    await wrap(answer({ KeyId: ARN, CiphertextBlob: base64(64) }));
    await unwrap(answer({ KeyId: ARN, Plaintext: base64(32) }));
    expect(asked.map(({ KeyId }) => KeyId)).toEqual([ARN, ARN]);
    const contexts = asked.map(({ EncryptionContext }) => EncryptionContext);
    expect(contexts[0]).toEqual({ "countersign:evlt": expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(contexts[1]).toEqual(contexts[0]);
  });

  it("takes key ids and references, no alias, no secret, no clear text beyond this machine", () => {
    const { fits } = compileSchema(AwsKmsKey);
    const key = { type: "aws-kms", key_id: ARN, region: "eu-central-1" };
    const credentials = { access_key_id: "env:ID", secret_access_key: "file:aws.secret" };
    expect(
      fits({ ...key, credentials, endpoint: "https://vpce-1.kms.eu-central-1.vpce.amazonaws.com" }),
    ).toBe(true);
    expect(fits({ ...key, key_id: "alias/countersign" })).toBe(false);
    expect(fits({ ...key, credentials: { ...credentials, secret_access_key: SECRET } })).toBe(false);
    expect(fits({ ...key, credentials: { ...credentials, secret_access_key: "vault:aws" } })).toBe(false);
    expect(fits({ ...key, endpoint: "http://kms.example.com" })).toBe(false);
  });
});
