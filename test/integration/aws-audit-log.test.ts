import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogStore } from "../../src/collect/index.ts";
import { readFacts, readManifest, type FactSet } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensureMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { HOME, OWN_ACCOUNT } from "../estate/aws/terms.ts";
import { command } from "../estate/command.ts";

/** A trail's files in a bucket of moto's, which writes none by itself and has no LookupEvents: see the last test. */
const moto = await ensureMoto();

const BUCKET = "shop-trail-files";
const FOLDER = `AWSLogs/${OWN_ACCOUNT}/CloudTrail/${HOME}/`;
const SOURCE = "company-aws";
const FILES = 60;
const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0", AWS_SECRET_ACCESS_KEY: "not-checked" };
const CLI = new URL("../../src/cli/main.ts", import.meta.url).pathname;

const USER = `arn:aws:iam::${OWN_ACCOUNT}:user/ada`;
const ROLE = `arn:aws:iam::${OWN_ACCOUNT}:role/shop-api`;
const SECRETS = ["shop/db", "shop/mail", "shop/pay"].map(
  (name) => `arn:aws:secretsmanager:${HOME}:${OWN_ACCOUNT}:secret:${name}-AbCdEf`,
);

const second = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
const secretOf = (index: number): string => SECRETS[index % SECRETS.length] ?? "";
const isRole = (index: number): boolean => index % 2 === 0;
const isDenied = (index: number): boolean => index % 5 === 0;

/** A read of a secret by the one or the other, of which every fifth is refused. */
function read(index: number, at: Date): object {
  const session = {
    type: "AssumedRole",
    arn: `arn:aws:sts::${OWN_ACCOUNT}:assumed-role/shop-api/i-${index}`,
    accountId: OWN_ACCOUNT,
    sessionContext: { sessionIssuer: { type: "Role", arn: ROLE, userName: "shop-api" } },
  };
  const user = { type: "IAMUser", arn: USER, accountId: OWN_ACCOUNT, userName: "ada" };
  return {
    eventVersion: "1.11",
    eventID: `event-${index}`,
    eventTime: second(at),
    eventSource: "secretsmanager.amazonaws.com",
    eventName: "GetSecretValue",
    awsRegion: HOME,
    recipientAccountId: OWN_ACCOUNT,
    sourceIPAddress: "192.0.2.7",
    userIdentity: isRole(index) ? session : user,
    requestParameters: { secretId: secretOf(index) },
    responseElements: null,
    ...(isDenied(index) ? { errorCode: "AccessDenied", errorMessage: "not told" } : {}),
  };
}

describe.skipIf("missing" in moto)("CloudTrail's files in moto's S3", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-aws-log-"));
  let server: MotoServer;
  // Files of today and yesterday: the clock of the command is the machine's.
  const begin = Date.now() - 12 * 3_600_000;
  const minute = (index: number): Date => new Date(begin + index * 600_000);

  beforeAll(async () => {
    server = await startMoto({ server: found(moto), dir });
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: "not-checked" };
    const terms = { endpoint: server.endpoint, region: HOME, credentials };
    const s3 = new S3Client({ ...terms, forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: HOME } }),
    );
    for (let index = 0; index < FILES; index += 1) {
      const at = minute(index);
      const compact = at.toISOString().slice(0, 16).replace(/[-:]/g, "");
      const Records = [read(index, at)];
      await s3.send(
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: `${FOLDER}${at.toISOString().slice(0, 10).replaceAll("-", "/")}/${OWN_ACCOUNT}_CloudTrail_${HOME}_${compact}Z_AbCdEfGhIjKlMnOp.json.gz`,
          Body: gzipSync(JSON.stringify({ Records })),
        }),
      );
    }
    const trails = new CloudTrailClient(terms);
    await trails.send(
      new CreateTrailCommand({ Name: "shop", S3BucketName: BUCKET, IsMultiRegionTrail: true }),
    );
    await trails.send(new StartLoggingCommand({ Name: "shop" }));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function home(name: string, audit_log: object): string {
    const path = join(dir, name);
    mkdirSync(path);
    const source = {
      connector: "aws",
      endpoint: server.endpoint,
      regions: [HOME],
      exclude: ["iam", "kms", "organizations", "secretsmanager", "ssm"],
      audit_log,
    };
    writeFileSync(
      join(path, "countersign.yaml"),
      JSON.stringify({ version: 1, sources: { [SOURCE]: source } }),
    );
    return path;
  }

  async function factsOf(path: string): Promise<FactSet> {
    const snapshots = join(path, ".countersign", "snapshots");
    const snapshot = join(snapshots, readdirSync(snapshots).sort().at(-1)!);
    return await readFacts(snapshot, await readManifest(snapshot));
  }

  async function kept(path: string): Promise<string[]> {
    const store = new LogStore(join(path, ".countersign"), SOURCE, () => Promise.resolve());
    const ids: string[] = [];
    for await (const { sha256 } of store.list(`${OWN_ACCOUNT}/${HOME}/s3`)) {
      const { Records } = JSON.parse((await store.open(sha256)).toString()) as {
        Records: { eventID: string }[];
      };
      ids.push(...Records.map(({ eventID }) => eventID));
    }
    return ids.sort();
  }

  const ALL = Array.from({ length: FILES }, (_, index) => `event-${index}`).sort();

  it("are read, and nothing of them again in the next run", async () => {
    const path = home("whole", { from: "s3", days: 2 });
    expect((await command(["collect"], env, path)).code).toBe(3);
    const [fact] = (await factsOf(path)).of("audit_log_coverage");
    expect(fact).toMatchObject({ event_count: FILES, hole_count: 0 });
    expect(fact!.observed_from!.slice(0, 16)).toBe(minute(0).toISOString().slice(0, 16));
    expect(await kept(path)).toEqual(ALL);
    expect((await command(["collect"], env, path)).code).toBe(3);
    expect(await kept(path)).toEqual(ALL);
    expect((await command(["assess"], env, path)).code).not.toBe(4);
  });

  it("become events of who read which secret when, and whether it was given", async () => {
    const path = home("events-of-files", { from: "s3", days: 2 });
    expect((await command(["collect"], env, path)).code).toBe(3);
    await command(["events", "ingest", "--store", SOURCE], env, path);
    const columns = "event_id, operation, principal_key, secret_key, outcome, error_code";
    const when = "strftime(time, '%Y-%m-%dT%H:%M:%SZ') AS time";
    const sql = `SELECT ${columns}, ${when} FROM events WHERE store_id = '${SOURCE}'`;
    const { stdout } = await command(["events", "query", "--csv", sql], env, path);
    const rows: Record<string, string>[] = parse(stdout, { bom: true, columns: true });
    expect(rows.sort((a, b) => (a["time"]! < b["time"]! ? -1 : 1))).toEqual(
      Array.from({ length: FILES }, (_, index) => ({
        event_id: `event-${index}`,
        operation: "read",
        principal_key: isRole(index) ? ROLE : USER,
        secret_key: secretOf(index),
        outcome: isDenied(index) ? "denied" : "success",
        error_code: isDenied(index) ? "AccessDenied" : "",
        time: second(minute(index)),
      })),
    );
  });

  it("are read once each, whenever the process is killed", async () => {
    const path = home("killed", { from: "s3", days: 2 });
    let kills = 0;
    for (const files of [1, 7, 20, 45]) {
      const child = spawn(process.execPath, [CLI, "collect"], {
        cwd: path,
        env: { ...process.env, ...env },
        stdio: "ignore",
      });
      const ended = new Promise<string | null>((resolve) =>
        child.on("exit", (_code, signal) => resolve(signal)),
      );
      const enough = setInterval(() => {
        if (bodies(path) >= files) child.kill("SIGKILL");
      }, 5);
      if ((await ended) === "SIGKILL") kills += 1;
      clearInterval(enough);
    }
    expect(kills).toBeGreaterThan(1);
    expect((await command(["collect"], env, path)).code).toBe(3);
    expect(await kept(path)).toEqual(ALL);
    expect((await factsOf(path)).of("audit_log_coverage")).toMatchObject([
      { event_count: FILES, hole_count: 0 },
    ]);
  });

  it("have no other way in moto, which answers LookupEvents with a page: a gap", async () => {
    const path = home("events", { from: "lookup_events", days: 1 });
    expect((await command(["collect"], env, path)).code).toBe(3);
    const facts = await factsOf(path);
    expect(facts.gaps.filter(({ operation }) => operation === "cloudtrail.events")).toMatchObject([
      { hides: ["audit_log_coverage"] },
    ]);
    expect(facts.of("audit_log_coverage")).toMatchObject([{ observed: [], event_count: 0 }]);
  });
});

/** Bodies that are kept so far. */
function bodies(path: string): number {
  const cas = join(path, ".countersign", "cas");
  try {
    return readdirSync(cas, { recursive: true }).filter((name) => String(name).endsWith(".zst")).length;
  } catch {
    return 0;
  }
}
