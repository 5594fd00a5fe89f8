import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { aws, awsCollectorPolicy, type AuditLogScope } from "../../src/connectors/index.ts";
import { readConfig, sourceSettings } from "../../src/cli/config.ts";
import { countersign } from "./process.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-init-aws-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";
const STORE =
  "arn:aws:cloudtrail:eu-central-1:111122223333:eventdatastore/0a1b2c3d-0000-4000-8000-000000000002";

/** `init` of an AWS source, in a directory of its own. */
async function init(...args: readonly string[]) {
  const cwd = mkdtempSync(join(root, "home-"));
  const ended = await countersign(["init", "--connector", "aws", ...args], { cwd });
  return { ...ended, config: join(cwd, "countersign.yaml") };
}

describe("init of an AWS source whose records of CloudTrail are read", () => {
  it.each<[readonly string[], AuditLogScope, object]>([
    [
      ["--audit-log", "s3", "--log-bucket", "example-org-trail", "example-shop-trail", "--log-key", KEY],
      { from: "s3", buckets: ["example-org-trail", "example-shop-trail"], keys: [KEY] },
      { from: "s3", days: 90 },
    ],
    [
      ["--audit-log", "auto", "--log-bucket", "example-org-trail"],
      { from: "auto", buckets: ["example-org-trail"] },
      { from: "auto", days: 90 },
    ],
    [["--audit-log", "lookup_events"], { from: "lookup_events" }, { from: "lookup_events", days: 90 }],
    [
      ["--audit-log", "lake", "--log-store", STORE],
      { from: "lake", dataStore: STORE },
      { from: "lake", data_store: STORE },
    ],
  ])("%j prints the permissions of that way, and sets it", async (args, auditLog, setting) => {
    const { exit, out, config } = await init(...args);
    expect(exit).toBe(0);
    expect(out).toBe(awsCollectorPolicy({ auditLog }));
    expect(out).not.toBe(awsCollectorPolicy());
    const settings = sourceSettings(await readConfig(config, {}), "main-aws", aws.settings, {
      address: "aws",
    });
    expect(settings["audit_log"]).toEqual(setting);
  });

  it("reads none unless it is told to, and allows nothing for it", async () => {
    const { out, config } = await init();
    expect(out).toBe(awsCollectorPolicy());
    expect((await readConfig(config, {})).value.sources["main-aws"]).toEqual({ connector: "aws" });
  });

  it("prints the commands that make the role and attach the policy, with places for what it cannot know", async () => {
    const { err } = await init();
    expect(err).toContain("aws iam create-policy --policy-name countersign --policy-document file://<file>");
    expect(err).toContain("aws iam create-role --role-name countersign --assume-role-policy-document '{");
    expect(err).toContain("--role-name countersign --policy-arn arn:aws:iam::<ACCOUNT>:policy/countersign");
    expect(err).toContain('assume_role: { role_arn: "arn:aws:iam::<ACCOUNT>:role/countersign" }');
    const [, trust = ""] = /--assume-role-policy-document '([^']*)'/.exec(err) ?? [];
    expect(JSON.parse(trust)).toMatchObject({ Statement: [{ Action: "sts:AssumeRole" }] });
  });

  it("prints those of the accounts' own roles for an organisation", async () => {
    const hub = await init("--organization-role", "audit/countersign", "--partition", "aws-us-gov");
    expect(hub.err).toContain("--role-name countersign-collector --policy-arn arn:aws-us-gov:iam::");
    expect(hub.err).toContain(
      "countersign init --connector aws --organization-role audit/countersign --member",
    );
    const member = await init("--organization-role", "audit/countersign", "--member");
    expect(member.err).toContain("aws iam create-role --role-name countersign --path /audit/ --assume");
    expect(member.err).not.toContain("assume_role:");
  });

  it.each([
    [["--audit-log", "s3"], "expected --log-bucket with --audit-log s3"],
    [["--audit-log", "auto"], "expected --log-bucket with --audit-log auto"],
    [["--audit-log", "lake"], "expected --log-store with --audit-log lake"],
    [["--log-bucket", "example-org-trail"], "expected --audit-log beside"],
    [["--audit-log", "s3", "--log-bucket", "example-*"], "expected the name of a bucket"],
    [
      ["--audit-log", "s3", "--log-bucket", "example-org-trail", "--log-key", "alias/trail"],
      "expected the ARN of a key",
    ],
    [["--audit-log", "lake", "--log-store", "lake"], "expected the ARN of an event data store"],
    [["--audit-log", "files"], "--audit-log"],
  ])("refuses %j, and writes nothing", async (args, complaint) => {
    const { exit, out, err, config } = await init(...args);
    expect(exit).toBe(2);
    expect(err).toContain(complaint);
    expect(out).toBe("");
    await expect(readConfig(config, {})).rejects.toMatchObject({ code: "E_CONFIG" });
  });
});
