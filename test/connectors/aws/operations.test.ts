import { readFileSync } from "node:fs";
import prettier from "prettier";
import { describe, expect, it } from "vitest";
import {
  FORBIDDEN_ACTIONS,
  aws,
  awsCollectorPolicy,
  awsLogOperationsTable,
  awsOperationsTable,
  type AuditLogScope,
} from "../../../src/connectors/index.ts";
import { LOG_OPERATIONS } from "../../../src/connectors/aws/audit-log/operations.ts";
import { FAMILIES, OPERATIONS } from "../../../src/connectors/aws/operations/index.ts";

const README = new URL("../../../src/connectors/aws/README.md", import.meta.url);
const GOLDEN = new URL("../../golden/aws-collector-policy.json", import.meta.url);

/** Actions that answer with what a secret, a parameter or a key holds, or that use a key, or that change something. */
const NEVER =
  /^(secretsmanager:(BatchGetSecretValue|GetSecretValue|GetRandomPassword)|ssm:GetParameter.*|kms:(Decrypt|Encrypt|ReEncrypt.*|GenerateData.*|GenerateMac|Sign|DeriveSharedSecret)|acm:(ExportCertificate|GetCertificate)|iam:GetServerCertificate|.*:(Put|Create|Update|Delete|Attach|Set|Tag|Untag|Enable|Disable|Modify|Start|Stop|Restore|Cancel|Rotate|Add|Remove|Revoke|Schedule).*)$/;

/** Where the IAM action is not called as the API's. Source: Service Authorization Reference, Amazon S3. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
  "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
  "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
  "s3-control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
}

function statements(text: string): Statement[] {
  return (JSON.parse(text) as { Statement: Statement[] }).Statement;
}

describe("the table of operations", () => {
  it("is the table of the README", async () => {
    const text = readFileSync(README, "utf8");
    const tables = { operations: awsOperationsTable(), "log operations": awsLogOperationsTable() };
    let expected = text;
    for (const [name, table] of Object.entries(tables)) {
      const [head, rest] = expected.split(`<!-- ${name} -->`);
      const tail = rest?.split(`<!-- /${name} -->`)[1];
      expected = `${head}<!-- ${name} -->\n${table}\n<!-- /${name} -->${tail}`;
    }
    const options = await prettier.resolveConfig(README.pathname);
    expect(text).toBe(await prettier.format(expected, { ...options, filepath: README.pathname }));
  });

  it("has each operation once, named after its service, and leads to no other", () => {
    const ids = FAMILIES.flatMap(({ operations }) => operations.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, service } of OPERATIONS.values())
      expect(id).toMatch(new RegExp(`^${service}\\.[a-z_]+$`));
    for (const { roots, operations } of FAMILIES) {
      for (const root of roots) expect(operations.map(({ id }) => id)).toContain(root);
    }
  });

  it.each([...OPERATIONS.values()].map((operation) => [operation.id, operation] as const))(
    "asks with %s for no value, and says what it needs and hides",
    (_id, { action, service, needs, hides }) => {
      expect(`${service}:${action}`).not.toMatch(NEVER);
      for (const need of needs) expect(need).not.toMatch(NEVER);
      const called = `${service}:${action}`;
      if (service !== "sts") expect(needs).toEqual([OTHERWISE[called] ?? called]);
      expect(hides.length).toBeGreaterThan(0);
      for (const kind of hides) expect(aws.yields).toContain(kind);
    },
  );
});

describe("the operations about logs", () => {
  it.each([...LOG_OPERATIONS.values()].map((operation) => [operation.id, operation] as const))(
    "ask with %s for no value, and need what AWS says",
    (_id, { action, service, needs, hides }) => {
      // A query changes nothing; the Service Authorization Reference counts it as a write.
      if (action !== "StartQuery") expect(`${service}:${action}`).not.toMatch(NEVER);
      const called = `${service}:${action}`;
      expect(needs).toEqual(
        action === "none" ? [] : [called === "s3:ListObjectsV2" ? "s3:ListBucket" : called],
      );
      expect(hides).toEqual(["audit_log_coverage"]);
      expect(aws.yields).toContain("audit_log_coverage");
      for (const need of needs) expect(aws.permissions).toContain(need);
    },
  );
});

describe("the policy that init prints for logs", () => {
  const KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const STORE =
    "arn:aws:cloudtrail:eu-central-1:111122223333:eventdatastore/6a6eb2c0-0a5a-4a8d-9a4f-000000000001";
  const added = (auditLog: AuditLogScope) => {
    const before = new Set(statements(awsCollectorPolicy()).map((one) => JSON.stringify(one)));
    return statements(awsCollectorPolicy({ auditLog })).filter((one) => !before.has(JSON.stringify(one)));
  };

  it("grows by what looking up takes", () => {
    expect(added({ from: "lookup_events" })).toMatchObject([
      { Effect: "Allow", Action: ["cloudtrail:LookupEvents"], Resource: "*" },
    ]);
  });

  it("grows by queries to the one event data store", () => {
    expect(added({ from: "lake", dataStore: STORE })).toMatchObject([
      { Effect: "Allow", Action: ["cloudtrail:GetQueryResults", "cloudtrail:StartQuery"], Resource: STORE },
    ]);
  });

  it("grows by reading the files of trails in the named buckets, and nothing else in them", () => {
    expect(added({ from: "s3", buckets: ["example-trail"] })).toMatchObject([
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: ["arn:aws:s3:::example-trail"],
        Condition: { StringLike: { "s3:prefix": "*AWSLogs/*/CloudTrail*" } },
      },
      {
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: ["arn:aws:s3:::example-trail/*AWSLogs/*/CloudTrail/*"],
      },
    ]);
  });

  it("opens what CloudTrail encrypted under the named keys, through S3, and denies all else", () => {
    const found = added({ from: "auto", buckets: ["example-trail"], keys: [KEY] });
    expect(found.filter(({ Action }) => Action.includes("kms:Decrypt"))).toEqual([
      {
        Sid: "OpenTheTrailsFiles",
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [KEY],
        Condition: {
          StringLike: { "kms:ViaService": "s3.*.amazonaws.com*" },
          Null: { "kms:EncryptionContext:aws:cloudtrail:arn": "false" },
        },
      },
      { Sid: "NeverOpenOtherThings", Effect: "Deny", Action: "kms:Decrypt", NotResource: [KEY] },
      {
        Sid: "NeverOpenInOtherWays",
        Effect: "Deny",
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { StringNotLike: { "kms:ViaService": "s3.*.amazonaws.com*" } },
      },
    ]);
    expect(
      awsCollectorPolicy({
        roleName: "countersign",
        auditLog: { from: "auto", buckets: ["example-trail"], keys: [KEY] },
      }).replace(/\s/g, "").length,
    ).toBeLessThan(6144);
  });
});

describe("the policy that init prints", () => {
  it("is the one that is kept", () => {
    expect(awsCollectorPolicy({ roleName: "countersign" })).toBe(readFileSync(GOLDEN, "utf8"));
  });

  it("allows what the table needs and nothing else, and denies what hands out values", () => {
    const found = statements(awsCollectorPolicy());
    const allowed = found.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
    const needed = [...OPERATIONS.values()].flatMap(({ needs }) => needs);
    expect(allowed.sort()).toEqual([...new Set(needed)].filter((need) => need !== "sts:AssumeRole").sort());
    expect(found.filter(({ Effect }) => Effect === "Deny").flatMap(({ Action }) => Action)).toEqual([
      ...FORBIDDEN_ACTIONS,
    ]);
    for (const action of FORBIDDEN_ACTIONS) expect(action).toMatch(NEVER);
  });

  it("of a member's role neither lists the organisation nor assumes another role", () => {
    const member = awsCollectorPolicy({ member: true, roleName: "countersign" });
    expect(member).not.toMatch(/organizations:|sts:/);
    expect(awsCollectorPolicy({ roleName: "countersign", partition: "aws-us-gov" })).toContain(
      "arn:aws-us-gov:iam::*:role/countersign",
    );
  });

  it("fits a managed policy: 6,144 characters without white space", () => {
    expect(awsCollectorPolicy({ roleName: "countersign" }).replace(/\s/g, "").length).toBeLessThan(6144);
  });
});
