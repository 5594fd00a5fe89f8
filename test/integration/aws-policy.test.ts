import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsCollectorPolicy } from "../../src/connectors/index.ts";
import { readFacts, readManifest, type FactSet } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensureMoto, setMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { BUCKETS, fillAround } from "../estate/aws/around.ts";
import { fillAws } from "../estate/aws/fill.ts";
import { HOME, OWN_ACCOUNT } from "../estate/aws/terms.ts";
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
const NAMED_OTHERWISE = [
  "cloudwatch.alarms",
  "s3.encryption",
  "s3.lock",
  "s3.public_access",
  "s3-control.public_access",
];

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

  /** What a collector with this policy finds. */
  async function collected(name: string, document: string, more: object = {}): Promise<FactSet> {
    const env = await userWith(name, document);
    const home = join(dir, name);
    mkdirSync(home);
    writeFileSync(
      join(home, "countersign.yaml"),
      JSON.stringify({
        version: 1,
        sources: { "company-aws": { connector: "aws", endpoint: server.endpoint, regions: [HOME], ...more } },
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
    return facts;
  }

  /** Operations of which it had no answer. */
  async function unread(name: string, document: string): Promise<string[]> {
    const facts = await collected(name, document);
    const operations = facts.gaps
      .filter(({ reason }) => reason !== "excluded")
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

  describe("with the records of CloudTrail", () => {
    const [BUCKET] = BUCKETS;
    const TRAIL = { from: "s3", days: 1, trail: `arn:aws:cloudtrail:${HOME}:${OWN_ACCOUNT}:trail/all` };
    type Policy = { Statement: { Sid: string; Resource: unknown }[] };
    const policy = (): Policy =>
      JSON.parse(awsCollectorPolicy({ auditLog: { from: "s3", buckets: [BUCKET] } })) as Policy;

    beforeAll(async () => {
      const at = new Date(Date.now() - 3_600_000).toISOString();
      const [day, minute] = [at.slice(0, 10), at.slice(0, 16).replace(/[-:]/g, "")];
      const folder = `AWSLogs/${OWN_ACCOUNT}/CloudTrail/${HOME}/${day.replaceAll("-", "/")}`;
      const Records = [{ eventVersion: "1.11", eventID: "event-1", eventTime: `${at.slice(0, 19)}Z` }];
      const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPL0", secretAccessKey: "not-checked" };
      const s3 = new S3Client({ endpoint: server.endpoint, region: HOME, credentials, forcePathStyle: true });
      await s3.send(
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: `${folder}/${OWN_ACCOUNT}_CloudTrail_${HOME}_${minute}Z_AbCdEfGhIjKlMnOp.json.gz`,
          Body: gzipSync(JSON.stringify({ Records })),
        }),
      );
    });

    const refused = (facts: FactSet): string[] =>
      facts.gaps
        .filter(({ operation, reason }) => operation.startsWith("s3.log_") && reason === "denied")
        .map(({ operation }) => operation);

    it("is enough to read a trail's files", async () => {
      const facts = await collected("log-whole", JSON.stringify(policy()), { audit_log: TRAIL });
      expect(refused(facts)).toEqual([]);
      expect(facts.of("audit_log_coverage")).toMatchObject([{ event_count: 1, hole_count: 0 }]);
    });

    it.each([
      ["ListTheTrailsFiles", "s3.log_files"],
      ["ReadTheTrailsFiles", "s3.log_file"],
    ])("shows what is missing without %s", async (sid, operation) => {
      const { Statement, ...rest } = policy();
      const less = { ...rest, Statement: Statement.filter(({ Sid }) => Sid !== sid) };
      expect(less.Statement).toHaveLength(Statement.length - 1);
      const facts = await collected(`log-without-${sid}`, JSON.stringify(less), { audit_log: TRAIL });
      expect(refused(facts)).toContain(operation);
      expect(facts.of("audit_log_coverage").flatMap(({ event_count }) => event_count)).not.toContain(1);
    });
  });
});
