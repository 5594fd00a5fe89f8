import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { examine } from "../../src/cli/examination.ts";
import { refusalsOf } from "../../src/cli/refusals.ts";
import { FactSet, writeSnapshot, type Gap } from "../../src/facts/index.ts";
import { estate } from "../connectors/aws/collecting.ts";
import { openExample } from "../evidence/example.ts";
import { fakeAws, type AwsAnswer, type AwsQuestion, type FakeAws } from "../fakes/aws.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-doctor-test-"));
afterAll(() => rm(root, { recursive: true, force: true }));

let server: FakeAws | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

/** What doctor says of the configuration, with the state directory `state`. */
async function checks(configuration: string, state: string, now?: string): Promise<readonly Check[]> {
  const config = join(state, "countersign.yaml");
  await mkdir(state, { recursive: true });
  await writeFile(config, configuration);
  const said: string[] = [];
  const process = processEnvironment(new AbortController().signal);
  const environment: Environment = {
    ...process,
    env: { COUNTERSIGN_STATE: state, KEY_ID: "AKIA0000EXAMPLE0ABCD", SECRET: "not-checked-by-anyone" },
    terminal: { out: (text) => said.push(String(text)), err: () => undefined, interactive: false },
    ports: now === undefined ? process.ports : { ...process.ports, clock: { now: () => new Date(now) } },
  };
  await examine(environment, { json: true, config });
  return (JSON.parse(said.join("")) as { checks: Check[] }).checks;
}

const GAP: Gap = {
  store_id: "payments-aws",
  scope: "payments-aws/111122223333",
  operation: "kms.keys",
  reason: "denied",
  hides: ["key"],
  detail: "the collector may not call kms ListKeys (AccessDenied)",
  fix: "Allow kms:ListKeys to the collector's identity, and see that no boundary denies it; `countersign init` prints the policy.",
};

const refused = (permission: string, places: number): Gap[] =>
  Array.from({ length: places }, (_, index) => ({
    ...GAP,
    scope: `${GAP.scope}/place-${index}`,
    fix: GAP.fix?.replace("kms:ListKeys", permission) ?? "",
  }));

describe("doctor", { timeout: 60_000 }, () => {
  it.each([
    [
      "a login",
      "",
      "    auth: { metod: token, token: env:T }",
      "sources.main.auth.metod",
      "Did you mean method?",
    ],
    ["a source", "", "    adress: https://127.0.0.1:9", "sources.main.adress", "Did you mean address?"],
    [
      "limits",
      "parameters: { too_many_readers: { limt: 9 } }",
      "",
      "too_many_readers",
      "Did you mean limit?",
    ],
  ])("says not that a configuration is ok which names no key of %s", async (name, above, below, key, fix) => {
    const found = await checks(
      `version: 1\n${above}\nsources:\n  main:\n    connector: hashicorp\n    address: http://127.0.0.1:9\n${below}\n`,
      join(root, `misspelt-${name.replace(" ", "-")}`),
    );
    expect(found.find((one) => one.name === "configuration")).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(new RegExp(`countersign\\.yaml:\\d+:\\d+: .*${key}`)) as string,
      fix: expect.stringContaining(fix) as string,
    });
  });

  const ofSource = async (
    regions = "",
    answer: (question: AwsQuestion) => AwsAnswer = estate,
  ): Promise<Check | undefined> => {
    await server?.close();
    server = await fakeAws(answer);
    const found = await checks(
      `version: 1
sources:
  payments-aws:
    connector: aws
    endpoint: ${server.endpoint}
    credentials: { access_key_id: env:KEY_ID, secret_access_key: env:SECRET }
${regions}`,
      join(root, "aws"),
    );
    return found.find(({ name }) => name === "source payments-aws");
  };

  it("names the product of a cloud, which has no version, and how much of it is on", async () => {
    expect(await ofSource()).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(
        /^aws, 1 Region of 1 account enabled, tried 1, of which 1 answered$/,
      ) as string,
    });
  });

  it("warns of a Region of the settings that AWS does not name, and says where a misspelt one stands", async () => {
    expect(await ofSource("    regions: [eu-central-7]\n")).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(
        /; 1 Region of account \d{12} \(eu-central-7\): .*AWS names none/,
      ) as string,
      fix: expect.stringContaining("Did you mean eu-central-1?") as string,
    });
    expect(await ofSource("    regions: [eu-centrl-1]\n")).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(/countersign\.yaml:7:15: .*got eu-centrl-1/) as string,
    });
  });

  const enabled =
    (...names: string[]) =>
    (question: AwsQuestion): AwsAnswer =>
      question.action === "DescribeRegions"
        ? { output: { Regions: names.map((name) => ({ RegionName: name, OptInStatus: "opted-in" })) } }
        : estate(question);

  it("tries each Region that is read, once, and says which refuses, does not answer or is off, with the fix", async () => {
    const regions = enabled("ap-south-1", "eu-central-1", "eu-west-1", "us-west-2");
    const found = await ofSource(
      "    regions: [ap-south-1, eu-central-1, eu-west-1, sa-east-1]\n",
      (question) => {
        const { region, service } = question;
        if (service !== "secretsmanager") return regions(question);
        if (region === "ap-south-1")
          return { error: "AccessDeniedException", status: 400, message: "by an SCP" };
        if (region === "eu-west-1") return { text: "", status: 503 };
        return regions(question);
      },
    );
    expect(found).toMatchObject({ status: "warning" });
    for (const part of [
      "4 Regions of 1 account enabled, 1 left out by the settings, tried 3, of which 1 answered",
      "payments-aws:arn:aws:secretsmanager:ap-south-1:111122223333:secret: denied: ",
      "payments-aws:arn:aws:secretsmanager:eu-west-1:111122223333:secret: unavailable: ",
      "1 Region of account 111122223333 (sa-east-1): unsupported: ",
    ])
      expect(found?.detail).toContain(part);
    expect(found?.fix).toContain("Allow secretsmanager:ListSecrets");
    const asked = (server?.seen ?? []).filter(
      ({ service }) => !["ec2", "iam", "organizations", "sts"].includes(service),
    );
    expect(new Set(asked.map(({ action }) => action))).toEqual(new Set(["ListSecrets"]));
    expect(new Set(asked.map(({ region }) => region))).toEqual(
      new Set(["ap-south-1", "eu-central-1", "eu-west-1"]),
    );
  });

  it("says of a cloud in which no Region answers that it cannot be read, and tries another service where one is excluded", async () => {
    const deny = ({ service }: AwsQuestion): boolean => service === "ssm";
    const found = await ofSource("    exclude: [secretsmanager]\n", (question) =>
      deny(question) ? { error: "AccessDeniedException", status: 400 } : estate(question),
    );
    expect(found).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("may not call ssm DescribeParameters") as string,
      fix: expect.stringContaining("Allow ssm:DescribeParameters") as string,
    });
  });

  it("asks once for the identities of each account, and warns of a refusal", async () => {
    const found = await ofSource("", (question) =>
      question.action === "GetAccountAuthorizationDetails"
        ? { error: "AccessDenied", status: 403 }
        : estate(question),
    );
    expect(found).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("may not call iam GetAccountAuthorizationDetails") as string,
      fix: expect.stringContaining("Allow iam:GetAccountAuthorizationDetails") as string,
    });
    expect(await ofSource()).toMatchObject({ status: "ok" });
    const asked = (server?.seen ?? []).filter(({ service }) => service === "iam");
    expect(asked.map(({ action }) => action)).toEqual(["GetAccountAuthorizationDetails"]);
  });

  it("tries the Regions of each account, and names the one that lets nobody in", async () => {
    const accounts = "    accounts: { role_name: countersign }\n";
    const found = await ofSource(accounts, (question) =>
      question.action === "AssumeRole" ? { error: "AccessDenied", status: 403 } : estate(question),
    );
    expect(found).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("444455556666") as string,
      fix: expect.stringContaining("sts:AssumeRole") as string,
    });
  });

  it("tells what the last snapshot was refused, and what would let it", async () => {
    const { manifest, facts } = await openExample();
    const state = join(root, "refused");
    const { directory } = await writeSnapshot(
      join(state, "snapshots"),
      manifest,
      [],
      new FactSet(facts.of("mount"), [...refused("kms:ListKeys", 2), { ...GAP, reason: "limit" }]),
    );
    const found = await checks("version: 1\nsources: {}\n", state, manifest.taken_at);
    expect(found.find(({ name }) => name === `last snapshot ${directory.split("/").at(-1) ?? ""}`)).toEqual({
      name: `last snapshot ${directory.split("/").at(-1) ?? ""}`,
      status: "warning",
      exit: 0,
      detail: "3 gaps, of which 2 refusals",
      fix: "Allow kms:ListKeys to the collector's identity (2 gaps)",
    });
  });
});

describe("doctor, of a cluster of several nodes", () => {
  const UNSEEN: Gap = {
    store_id: "main",
    scope: "main",
    resource: "main:sys/ha-status",
    operation: "server.ha_status",
    reason: "unsupported",
    hides: ["endpoint", "node_config"],
    detail: "the cluster has 3 nodes, and this API tells listeners and settings of one alone",
    fix: "Name it by raft node id in node_config_files of the source.",
  };
  const nodesOf = async (name: string, gap: Gap, setting = ""): Promise<Check | undefined> => {
    const { manifest } = await openExample();
    const state = join(root, name);
    await writeSnapshot(join(state, "snapshots"), manifest, [], new FactSet([], [gap]));
    const source = `sources:\n  main:\n    connector: hashicorp\n    address: http://127.0.0.1:9\n${setting}`;
    const found = await checks(`version: 1\n${source}`, state, manifest.taken_at);
    return found.find((check) => check.name === "nodes of main");
  };

  it("suggests the nodes' files where the configuration names none", async () => {
    expect(await nodesOf("nodes", UNSEEN)).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("3 nodes") as string,
      fix: expect.stringContaining("node_config_files") as string,
    });
  });

  it("says nothing where it names them, nor where nothing is unseen", async () => {
    expect(
      await nodesOf("nodes-named", UNSEEN, "    node_config_files: { node-1: a.hcl }\n"),
    ).toBeUndefined();
    expect(await nodesOf("nodes-read", { ...UNSEEN, reason: "denied" })).toBeUndefined();
  });
});

it("warns of a last snapshot that read nothing of a source", async () => {
  const { manifest } = await openExample();
  const state = join(root, "unread");
  const sources = manifest.sources.map((source) => ({ ...source, status: "failed" as const }));
  const { directory } = await writeSnapshot(
    join(state, "snapshots"),
    { ...manifest, sources },
    [],
    new FactSet([], [{ ...GAP, reason: "unavailable" }]),
  );
  const found = await checks("version: 1\nsources: {}\n", state, manifest.taken_at);
  expect(found.find(({ name }) => name === `last snapshot ${basename(directory)}`)).toMatchObject({
    status: "warning",
    detail: "reading vault-production failed; 1 gap, none of them a refusal",
    fix: expect.stringContaining("countersign run") as string,
  });
});

it("warns of a last snapshot in which a source told no more than its own state", async () => {
  const { manifest, facts } = await openExample();
  const state = join(root, "sealed");
  const own = [...facts.of("health"), ...facts.of("store")];
  const { directory } = await writeSnapshot(
    join(state, "snapshots"),
    { ...manifest, sources: manifest.sources.map((source) => ({ ...source, status: "partial" as const })) },
    [],
    new FactSet(own, [{ ...GAP, reason: "unavailable" }]),
  );
  const found = await checks("version: 1\nsources: {}\n", state, manifest.taken_at);
  expect(found.find(({ name }) => name === `last snapshot ${basename(directory)}`)).toMatchObject({
    status: "warning",
    detail: "nothing could be read of vault-production; 1 gap, none of them a refusal",
    fix: expect.stringContaining("countersign run") as string,
  });
});

describe("what a snapshot was refused", () => {
  it("is told by what would fill the most gaps, and how many more there are", () => {
    const gaps = [
      ...refused("ssm:DescribeParameters", 2),
      ...refused("kms:ListKeys", 7),
      ...refused("acm:ListCertificates", 2),
      ...refused("iam:ListPolicies", 1),
    ];
    expect(refusalsOf(gaps)).toEqual({
      detail: "12 gaps, of which 12 refusals",
      fix: [
        "Allow kms:ListKeys to the collector's identity (7 gaps)",
        "Allow acm:ListCertificates to the collector's identity (2 gaps)",
        "Allow ssm:DescribeParameters to the collector's identity (2 gaps)",
        "and 1 more, which gaps.csv of a report lists",
      ].join("; "),
    });
  });

  it("is nothing where no gap is a refusal, and what Vault's advice names where it is one", () => {
    expect(refusalsOf([{ ...GAP, reason: "limit" }])).toEqual({ detail: "1 gap, none of them a refusal" });
    const rule = 'Grant path "sys/audit" { capabilities = ["read", "sudo"] }';
    const advice = `${rule}; \`countersign init\` prints the whole policy.`;
    expect(refusalsOf([{ ...GAP, fix: advice }]).fix).toBe(`${rule} (1 gap)`);
  });
});
