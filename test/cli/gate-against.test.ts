import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { AccessReport, Verdict } from "../../src/gate/index.ts";
import { place, ran, snapshots } from "./places.ts";

const LIMIT_MS = 120_000;
const POLICY = "critical_access_unrequested";

/** A secret of the recorded store whose tier is high. */
const SECRET = "apps/data/feature-store/production/database";

const REGISTER = `  staff:
    connector: people
    requests: [{ file: requests.csv }]
`;
const HEAD =
  "Ticket,Requested for,Secrets,Actions,Justification,Requested by,Requested at,Approved by,Approved at,State\n";
const approved = (who: string): string =>
  `R-1,${who},${SECRET},"read,list",Rollout,kim@example.com,2026-01-02,bo@example.com,2026-01-03,approved\n`;

/** A new role of AppRole that a new policy lets read one secret. */
const PLAN = JSON.stringify({
  format_version: "1.2",
  resource_changes: [
    created("vault_policy", {
      name: "nightly",
      policy: `path "apps/data/data/feature-store/production/database" {\n  capabilities = ["read"]\n}\n`,
    }),
    created("vault_approle_auth_backend_role", {
      backend: "approle",
      role_name: "nightly-job",
      token_policies: ["nightly"],
    }),
  ],
  configuration: {
    provider_config: { vault: { name: "vault", expressions: {} } },
    root_module: {
      resources: ["vault_policy", "vault_approle_auth_backend_role"].map((type) => ({
        address: `${type}.one`,
        mode: "managed",
        type,
        name: "one",
        provider_config_key: "vault",
        expressions: {},
      })),
    },
  },
});

function created(type: string, after: Record<string, unknown>): unknown {
  return {
    address: `${type}.one`,
    mode: "managed",
    type,
    name: "one",
    change: { actions: ["create"], before: null, after, after_unknown: {} },
  };
}

/** A place with what was collected of the store, and with a register; `requests` stands under its head. */
async function collected(requests: string, register = REGISTER): Promise<string> {
  const directory = await place({ more: register });
  await writeFile(join(directory, "requests.csv"), HEAD + requests);
  await ran(directory);
  expect(await snapshots(directory)).toHaveLength(1);
  await writeFile(join(directory, "plan.json"), PLAN);
  return directory;
}

async function judged(directory: string): Promise<Verdict> {
  const { out, err } = await ran(directory, {
    command: ["gate", "plan.json", "--against", "latest", "--json"],
  });
  expect(err).toBe("");
  return JSON.parse(out) as Verdict;
}

const asked = ({ findings }: Verdict): string[] =>
  findings
    .filter(({ policy_id }) => policy_id === POLICY)
    .map(({ outcome, message, subject }) => `${outcome} ${subject.name}: ${message}`);

describe("a plan of Vault that gives a new role a secret, on what was collected", () => {
  it("is a violation without a request", { timeout: LIMIT_MS }, async () => {
    const verdict = await judged(await collected(approved("auth/approle/role/other")));
    expect(asked(verdict)).toEqual([
      `violation auth/approle/nightly-job on data/feature-store/production/database: auth/approle/nightly-job gains access to data/feature-store/production/database without an approved request: read`,
    ]);
    expect(verdict.exits).toContain(1);
    expect(verdict.out_of_reach).not.toContain(POLICY);
  });

  it("passes with an approved request in force", { timeout: LIMIT_MS }, async () => {
    const directory = await collected(approved("auth/approle/role/nightly-job"));
    const verdict = await judged(directory);
    expect(asked(verdict)).toEqual([]);
    expect(verdict.out_of_reach).not.toContain(POLICY);
  });

  it("is undetermined where a row of the register could not be read", { timeout: LIMIT_MS }, async () => {
    const directory = await collected(`R-2,auth/approle/role/x,${SECRET},conquer,?,a,b,c,d,e\n`);
    const verdict = await judged(directory);
    expect(asked(verdict)).toEqual([
      expect.stringMatching(/^undetermined auth\/approle\/nightly-job .*requests\.csv/),
    ]);
    expect(verdict.exits).toContain(3);
  });

  it(
    "is out of reach where no register was collected, or no snapshot is named",
    { timeout: LIMIT_MS },
    async () => {
      const directory = await collected("", "");
      expect((await judged(directory)).unasked).toEqual([POLICY]);
      const { out } = await ran(directory, { command: ["gate", "plan.json", "--against", "none", "--json"] });
      expect((JSON.parse(out) as Verdict).against).toBeUndefined();
    },
  );
});

describe("what `access diff` holds a change against", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await collected(approved("auth/approle/role/nightly-job"));
  }, LIMIT_MS);

  const compare = async (...more: readonly string[]): Promise<AccessReport> => {
    const { out } = await ran(directory, { command: ["access", "diff", ...more, "--json"] });
    return JSON.parse(out) as AccessReport;
  };

  it("is the newest snapshot where one is kept, and said", { timeout: LIMIT_MS }, async () => {
    const [newest] = await snapshots(directory);
    const report = await compare("plan.json");
    expect(report.snapshot).toEqual({
      id: newest?.snapshot_id,
      taken_at: newest?.taken_at,
      is_default: true,
    });
    expect(report.compared.map(({ against }) => against)).toEqual([`snapshot ${newest?.snapshot_id}`]);
    expect(report.differences.map(({ principal, requested }) => [principal.name, requested])).toEqual([
      ["auth/approle/nightly-job", "yes"],
    ]);
    const { out } = await ran(directory, { command: ["access", "diff", "plan.json"] });
    expect(out).toContain("it is the newest here: --against none leaves it out.");
  });

  it("is what a plan found itself where none is asked for", { timeout: LIMIT_MS }, async () => {
    const report = await compare("plan.json", "--against", "none");
    expect(report.snapshot).toBeUndefined();
    expect(report.compared.map(({ against }) => against)).toEqual(["what the plan found"]);
  });

  it(
    "is what a plan found itself where the newest does not have its source",
    { timeout: LIMIT_MS },
    async () => {
      const aws = PLAN.replaceAll("vault_policy", "aws_iam_policy").replaceAll(
        "vault_approle_auth_backend_role",
        "aws_iam_role",
      );
      await writeFile(join(directory, "aws.json"), aws);
      const report = await compare("aws.json");
      expect(report.compared.map(({ against }) => against)).toEqual(["what the plan found"]);
      expect((await compare("aws.json", "--against", "latest")).not_compared).toMatchObject([
        { detail: "the snapshot has no source of the kind aws" },
      ]);
      await rm(join(directory, "aws.json"));
    },
  );
});
