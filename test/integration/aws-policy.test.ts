import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsCollectorPolicy } from "../../src/connectors/index.ts";
import { readFacts, readManifest } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensureMoto, setMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { fillAround } from "../estate/aws/around.ts";
import { fillAws } from "../estate/aws/fill.ts";
import { HOME } from "../estate/aws/terms.ts";
import { command } from "../estate/command.ts";

/**
 * The policy that `init` prints, in force: moto refuses whatever it does not allow, though most services not in their own words
 * (XML for JSON), so that a refusal may show as `malformed`.
 */
const moto = await ensureMoto();

/** What this version of moto does not tell whoever asks. */
const NOT_IN_MOTO = ["cloudtrail.data_stores", "iam.report", "iam.use_job"];

/**
 * moto asks for `s3:GetBucketEncryption` and the like, by the operation's name, where AWS has `s3:GetEncryptionConfiguration`,
 * and for `monitoring:DescribeAlarms`, by the name that signs. Source: Service Authorization Reference, Amazon S3, CloudWatch.
 */
const NAMED_OTHERWISE = ["cloudwatch.alarms", "s3.encryption", "s3.lock", "s3.public_access"];

const ALWAYS_UNREAD = [...NOT_IN_MOTO, ...NAMED_OTHERWISE].sort();

describe.skipIf("missing" in moto)("the policy of an AWS collector", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-aws-policy-"));
  let server: MotoServer;
  let iam: IAMClient;

  beforeAll(async () => {
    server = await startMoto({ server: found(moto), dir });
    await fillAws(server.endpoint);
    await fillAround(server.endpoint);
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPL0", secretAccessKey: "not-checked" };
    iam = new IAMClient({ endpoint: server.endpoint, region: HOME, credentials });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Credentials of a user who may do what the policy says, and nothing else. */
  async function userWith(name: string, document: string): Promise<Record<string, string>> {
    await iam.send(new CreateUserCommand({ UserName: name }));
    const policy = await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document }));
    await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: policy.Policy!.Arn }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
    return {
      AWS_ACCESS_KEY_ID: AccessKey!.AccessKeyId!,
      AWS_SECRET_ACCESS_KEY: AccessKey!.SecretAccessKey!,
    };
  }

  /** Operations of which a collector with this policy had no answer. */
  async function unread(name: string, document: string): Promise<string[]> {
    const env = await userWith(name, document);
    const home = join(dir, name);
    mkdirSync(home);
    writeFileSync(
      join(home, "countersign.yaml"),
      JSON.stringify({
        version: 1,
        sources: { "company-aws": { connector: "aws", endpoint: server.endpoint, regions: [HOME] } },
      }),
    );
    await setMoto(server.endpoint, "reset-auth", "0");
    const ended = await command(["collect"], env, home);
    await setMoto(server.endpoint, "reset-auth", "1000000");
    expect(ended.code, ended.stderr).toBe(3);
    const snapshots = join(home, ".countersign", "snapshots");
    const snapshot = join(snapshots, readdirSync(snapshots)[0]!);
    const facts = await readFacts(snapshot, await readManifest(snapshot));
    expect(facts.of("secret").length).toBeGreaterThan(0);
    const operations = facts.gaps
      .filter(({ reason }) => reason !== "limit")
      .map(({ operation }) => operation);
    return [...new Set(operations)].sort();
  }

  it("is enough to read everything, but where moto asks for actions that AWS does not have", async () => {
    expect(await unread("whole", awsCollectorPolicy({}))).toEqual(ALWAYS_UNREAD);
  });

  it.each([
    ["kms:ListGrants", "kms.grants"],
    ["secretsmanager:DescribeSecret", "secretsmanager.secret"],
    ["ssm:DescribeParameters", "ssm.parameters"],
  ])("shows what is missing without %s", async (action, operation) => {
    const document = JSON.parse(awsCollectorPolicy({})) as { Statement: { Action: string[] }[] };
    for (const statement of document.Statement)
      statement.Action = statement.Action.filter((one) => one !== action);
    expect(JSON.stringify(document)).not.toContain(`"${action}"`);
    expect(await unread(operation.replace(".", "-"), JSON.stringify(document))).toEqual(
      [...ALWAYS_UNREAD, operation].sort(),
    );
  });
});
