import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFacts, readManifest, type FactSet, type SnapshotManifest } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensureMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { PLAN, STAGES, type Stage } from "../estate/aws/company.ts";
import { fillAws } from "../estate/aws/fill.ts";
import { HOME, OWN_ACCOUNT, SECOND, VALUE } from "../estate/aws/terms.ts";
import { command } from "../estate/command.ts";

const moto = await ensureMoto();

/** What this version of moto does not tell: the root in the credential report, and who used which service. */
const NOT_IN_MOTO = ["cloudtrail.data_stores", "iam.report", "iam.use_job"];

const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0", AWS_SECRET_ACCESS_KEY: "not-checked" };

describe.skipIf("missing" in moto)("countersign against moto", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-aws-"));
  let server: MotoServer;
  let accounts: Readonly<Record<Stage, string>>;

  beforeAll(async () => {
    server = await startMoto({ server: found(moto), dir });
    accounts = await fillAws(server.endpoint);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** A working directory of its own, where `collect` was run with these settings. */
  async function collected(name: string, settings: string) {
    const home = join(dir, name);
    mkdirSync(home);
    const source = `  company-aws:\n    connector: aws\n    endpoint: ${server.endpoint}\n${settings}`;
    writeFileSync(join(home, "countersign.yaml"), `version: 1\nsources:\n${source}`);
    const ended = await command(["collect"], env, home);
    const snapshots = join(home, ".countersign", "snapshots");
    const snapshot = join(snapshots, readdirSync(snapshots)[0]!);
    const manifest = await readManifest(snapshot);
    return { home, ended, snapshot, manifest, facts: await readFacts(snapshot, manifest) };
  }

  const own = PLAN.tooling;

  const counts = (facts: FactSet, manifest: SnapshotManifest) => ({
    ...facts.counts(),
    caller: manifest.sources[0]?.caller,
  });

  it("reads an account whole but for what moto does not have, and no value", async () => {
    const { home, ended, snapshot, manifest, facts } = await collected("one", `    regions: [${HOME}]\n`);
    expect(ended.code, ended.stderr).toBe(3);
    const missing = facts.gaps
      .filter(({ reason }) => reason !== "excluded")
      .map(({ operation }) => operation);
    expect([...new Set(missing)].sort()).toEqual(NOT_IN_MOTO);
    // Every other gap is of a Region that the settings leave out.
    for (const { reason, scope } of facts.gaps) if (reason === "excluded") expect(scope).not.toContain(HOME);
    expect(counts(facts, manifest)).toMatchObject({
      secret: own.secrets + own.parameters,
      secret_metadata: own.secrets + own.parameters,
      secret_rotation: own.secrets,
      key_grant: 2,
      access_key: 2,
      principal: own.roles + own.users,
      group: 8,
      identity_provider: 2,
      organization: 1,
      organization_unit: 2,
      caller: `arn:aws:sts::${OWN_ACCOUNT}:user/moto`,
    });
    const parts = readdirSync(snapshot).filter((name) => name.endsWith(".zst"));
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) {
      expect(zstdDecompressSync(readFileSync(join(snapshot, part))).toString()).not.toContain(VALUE);
    }
    const assessed = await command(["assess", "--json"], env, home);
    expect(assessed.stderr).not.toMatch(/E_INTERNAL|E_INTEGRITY/);
    expect([0, 1, 3]).toContain(assessed.code);
  });

  it("reads every account of the organisation by its role, in both Regions", async () => {
    const settings = `    regions: [${HOME}, ${SECOND}]\n    accounts: { role_name: countersign }\n`;
    const { facts } = await collected("many", settings);
    const callers = facts.of("account").filter(({ collector }) => collector === true);
    expect(callers.map(({ account_id }) => account_id).sort()).toEqual(Object.values(accounts).sort());
    expect(facts.gaps.map(({ operation }) => operation)).not.toContain("sts.member");
    const principals = facts.of("principal");
    const secrets = facts.of("secret");
    expect({
      roles: principals.filter(({ principal_type }) => principal_type === "iam_role").length,
      users: principals.filter(({ principal_type }) => principal_type === "iam_user").length,
      parameters: secrets.filter(({ secret_type }) => secret_type === "aws_parameter").length,
      secrets: secrets.filter(({ secret_type }) => secret_type === "aws_secret").length,
    }).toEqual({
      // Organizations puts one of its own into each member account.
      roles: all("roles") + STAGES.length - 1,
      users: all("users"),
      parameters: all("parameters"),
      secrets: all("secrets"),
    });
  });
});

/** What the three accounts have together: 500 secrets, 400 parameters, 150 roles, 60 users. */
function all(what: "parameters" | "roles" | "secrets" | "users"): number {
  return STAGES.reduce((sum, stage) => sum + PLAN[stage][what], 0);
}
