/**
 * Collecting many secrets of AWS, from a moto on this machine: `countersign collect` of one Region, Secrets Manager alone, against
 * the AWS command line (`list-secrets`, and `describe-secret`, a process each, of a part of them, scaled to all) and against a
 * program on boto3 with as many threads as we have calls in flight. Moto is one process of Python and does most of the work, so its
 * own processor time stands beside each.
 *
 * `npm run bench -- collect-aws [secrets] [described by the command line]`, 5,000 and 50 unless told.
 */
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXCLUDABLE } from "../../src/connectors/aws/settings.ts";
import { found } from "../counterparties/availability.ts";
import { ensureAwsCli } from "../counterparties/aws-cli.ts";
import { ensureMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import type { Cost } from "./run-cost.ts";

const REGION = "eu-central-1";
const CALLS_IN_FLIGHT = 8;
/** Those that we ask of every secret besides listing it. */
const OURS = "describe_secret,list_secret_version_ids,get_resource_policy";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const COLLECT = [process.execPath, "--disable-warning=ExperimentalWarning", MAIN, "collect"];
/** Exit code: nobody who may read the secrets is asked for. */
const INCOMPLETE = 3;
const PEERS = fileURLToPath(new URL("aws-peers.py", import.meta.url));

const secrets = Number(process.argv[2] ?? 5000);
const described = Math.min(secrets, Number(process.argv[3] ?? 50));
const dir = mkdtempSync(join(tmpdir(), "countersign-bench-aws-"));
const server = found(await ensureMoto());
const aws = found(await ensureAwsCli());
const python = join(dirname(server), "python");
const env = {
  PATH: process.env["PATH"],
  HOME: dir,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0",
  AWS_SECRET_ACCESS_KEY: "not-checked",
  AWS_DEFAULT_REGION: REGION,
};

/** A run of a program, with what moto had to do for it. */
interface Run extends Cost {
  readonly requests: number;
  readonly requests_per_s: number;
  readonly moto_cpu_s: number;
}

try {
  const moto = await startMoto({ server, dir });
  try {
    writeFileSync(join(dir, "countersign.yaml"), configuration(moto.endpoint));
    // Moto loads each service at its first call: not at the expense of whoever is measured first.
    run(moto, COLLECT, INCOMPLETE);
    await fill(moto.endpoint);
    console.log(JSON.stringify(measuredAll(moto)));
  } finally {
    await moto.stop();
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}

function measuredAll(moto: MotoServer): unknown {
  const ours = run(moto, COLLECT, INCOMPLETE);
  const threads = (operations: string): Run =>
    run(moto, [python, PEERS, "describe", moto.endpoint, String(CALLS_IN_FLIGHT), operations]);
  const same = threads(OURS);
  const less = threads("describe_secret");
  const cli = [aws, "secretsmanager", "--endpoint-url", moto.endpoint, "--output", "json"];
  const listing = run(moto, [...cli, "list-secrets"]);
  const each = Array.from({ length: described }, (_, n) =>
    run(moto, [...cli, "describe-secret", "--secret-id", nameOf(n)]),
  );
  const mean = (of: (one: Run) => number): number => each.reduce((sum, one) => sum + of(one), 0) / described;
  const scaled = (of: (one: Run) => number): number => of(listing) + mean(of) * secrets;
  const whole = {
    wall_s: scaled((one) => one.wall_s),
    cpu_s: scaled((one) => one.cpu_s),
    moto_cpu_s: scaled((one) => one.moto_cpu_s),
    requests: scaled((one) => one.requests),
  };
  return {
    secrets,
    countersign: ours,
    boto3_same_questions: same,
    boto3_describe_alone: less,
    aws_cli: {
      list: listing,
      describe_one: { wall_s: mean((one) => one.wall_s), cpu_s: mean((one) => one.cpu_s), of: described },
      scaled_to_all: { ...whole, requests_per_s: whole.requests / whole.wall_s },
    },
    ratios: {
      boto3_same_over_countersign: over(same, ours),
      boto3_describe_over_countersign: over(less, ours),
      aws_cli_over_countersign: over(whole, ours),
      moto_share_of_our_wall: ours.moto_cpu_s / ours.wall_s,
    },
  };
}

function over(
  peer: Pick<Run, "wall_s" | "cpu_s">,
  ours: Run,
): { readonly wall: number; readonly cpu: number } {
  return { wall: peer.wall_s / ours.wall_s, cpu: peer.cpu_s / ours.cpu_s };
}

function run(moto: MotoServer, command: readonly string[], expected = 0): Run {
  const [requests, cpu] = [requestsSeen(), cpuSeconds(moto.pid)];
  const printed = execFileSync(python, [PEERS, "measure", ...command], { cwd: dir, env, encoding: "utf8" });
  const { code, stderr, cost } = JSON.parse(printed) as {
    code: number;
    stderr: string;
    cost: Required<Cost>;
  };
  if (code !== expected)
    throw new Error(`expected ${command.join(" ")} to end with ${expected}, got ${code}: ${stderr}`);
  const asked = requestsSeen() - requests;
  return {
    ...cost,
    requests: asked,
    requests_per_s: asked / cost.wall_s,
    moto_cpu_s: cpuSeconds(moto.pid) - cpu,
  };
}

/** By moto's log, a line each. */
function requestsSeen(): number {
  return readFileSync(join(dir, "moto.log"), "utf8").split(' HTTP/1.1" ').length - 1;
}

/** Of all threads of a process so far: fields 14 and 15 of its `stat`, in hundredths of a second. Source: proc(5). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user = "0", system = "0"] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

function nameOf(n: number): string {
  return `team-${n % 50}/credential-${n}`;
}

async function fill(endpoint: string): Promise<void> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const client = new SecretsManagerClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
  });
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLS_IN_FLIGHT }, async () => {
      while (next < secrets) {
        const n = next++;
        await client.send(
          new CreateSecretCommand({
            Name: nameOf(n),
            SecretString: `value ${n}`,
            Tags: [{ Key: "owner", Value: `team-${n % 50}` }],
          }),
        );
      }
    }),
  );
  client.destroy();
}

function configuration(endpoint: string): string {
  const exclude = EXCLUDABLE.filter((service) => service !== "secretsmanager");
  const source = { connector: "aws", endpoint, regions: [REGION], exclude };
  return JSON.stringify({
    version: 1,
    limits: { concurrency: CALLS_IN_FLIGHT },
    sources: { "company-aws": source },
  });
}
