import { afterAll, beforeAll, expect, test } from "vitest";
import { place, sample, type Place } from "./harness.ts";

let at: Place;

beforeAll(async () => {
  at = await place("aws-prod");
  const report = await at.ingest({ "trail.json": sample("cloudtrail.json") });
  expect(report).toMatchObject({ records: 27, events: 31, aside: 0, files: 1 });
});

afterAll(async () => {
  await at.remove();
});

const ACCOUNT = "210987654321";
const SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:payments/db`;
const PARAMETER = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter`;
const ADA = `arn:aws:iam::${ACCOUNT}:user/ada.berg`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/payments-api`;

test("a read has every column", async () => {
  expect(
    await at.rows("SELECT * EXCLUDE (record_digest) FROM events WHERE event_id = 'GetSecretValue-arn'"),
  ).toEqual([
    {
      event_id: "GetSecretValue-arn",
      item: 0,
      time: "2026-10-01T08:15:00.000Z",
      provider: "aws",
      account: ACCOUNT,
      region: "eu-central-1",
      service: "secretsmanager.amazonaws.com",
      operation: "read",
      operation_name: "GetSecretValue",
      resource: `${SECRET}-Ab12Cd`,
      secret_key: `${SECRET}-Ab12Cd`,
      secret_version: "AWSPREVIOUS",
      principal_key: ROLE,
      principal_type: "AssumedRole",
      principal_name: "payments-api",
      session: "i-0a1b2c3d4e5f60718",
      source_ip: "203.0.113.24",
      source_network: "203.0.113.0/24",
      user_agent: "aws-sdk-java/2.29.1",
      outcome: "success",
      request_id: "8c1f0a6e-0000-4000-8000-000000000001",
      store_id: "aws-prod",
      day: "2026-10-01",
    },
  ]);
});

/** Event, then operation, outcome, secret, version, principal, session; what is NULL is left out. */
const CASES: readonly (readonly [string, readonly Record<string, string>[]])[] = [
  [
    "GetSecretValue-name",
    [{ operation: "read", outcome: "success", secret_key: SECRET, principal_key: ADA }],
  ],
  ["GetSecretValue-denied", [{ operation: "read", outcome: "denied", error_code: "AccessDenied" }]],
  [
    "GetSecretValue-gone",
    [{ operation: "read", outcome: "failed", error_code: "ResourceNotFoundException" }],
  ],
  [
    "GetSecretValue-partner",
    [
      {
        account: ACCOUNT,
        principal_key: "account:345678901234",
        principal_type: "AWSAccount",
        session: "batch",
      },
    ],
  ],
  [
    "GetSecretValue-china",
    [
      {
        secret_key: `arn:aws-cn:secretsmanager:cn-north-1:${ACCOUNT}:secret:reports/key`,
        principal_key: `arn:aws-cn:iam::${ACCOUNT}:role/reports`,
      },
    ],
  ],
  [
    "GetSecretValue-gov",
    [
      {
        secret_key: `arn:aws-us-gov:secretsmanager:us-gov-west-1:${ACCOUNT}:secret:reports/key`,
        principal_key: `arn:aws-us-gov:iam::${ACCOUNT}:root`,
        principal_type: "Root",
      },
    ],
  ],
  [
    "GetSecretValue-new-region",
    [{ region: "xq-outer-7", secret_key: `arn:aws:secretsmanager:xq-outer-7:${ACCOUNT}:secret:payments/db` }],
  ],
  [
    "BatchGetSecretValue-1",
    [
      { operation: "read", secret_key: SECRET },
      { operation: "read", secret_key: `${SECRET}-Ab12Cd` },
      { operation: "read", secret_key: SECRET.replace("/db", "/tls") },
    ],
  ],
  ["BatchGetSecretValue-filters", [{ operation: "read", principal_key: ROLE }]],
  [
    "CreateSecret-1",
    [{ operation: "write", secret_key: `${SECRET.replace("/db", "/tls")}-Zz98Yy`, secret_version: "f1" }],
  ],
  ["PutResourcePolicy-1", [{ operation: "administer", secret_key: `${SECRET}-Ab12Cd` }]],
  ["RotateSecret-1", [{ operation: "rotate", secret_key: `${SECRET}-Ab12Cd`, secret_version: "v9" }]],
  [
    "RotationSucceeded-1",
    [
      {
        operation: "rotate",
        secret_key: `${SECRET}-Ab12Cd`,
        principal_key: "service:secretsmanager.amazonaws.com",
        source_ip: "secretsmanager.amazonaws.com",
      },
    ],
  ],
  [
    "GetParameter-1",
    [{ operation: "read", secret_key: `${PARAMETER}/payments/api/key`, secret_version: "3" }],
  ],
  ["GetParameter-arn", [{ secret_key: `${PARAMETER}/payments/api/key`, secret_version: "live" }]],
  [
    "GetParameters-1",
    [
      { operation: "read", secret_key: `${PARAMETER}/flat` },
      { operation: "read", secret_key: `${PARAMETER}/payments/a`, secret_version: "2" },
      { operation: "read", secret_key: `${PARAMETER}/payments/b` },
    ],
  ],
  ["GetParametersByPath-1", [{ operation: "read", secret_key: `${PARAMETER}/payments/*` }]],
  ["GetParameterHistory-1", [{ operation: "read", secret_key: `${PARAMETER}/payments/api/key` }]],
  [
    "Decrypt-1",
    [
      {
        operation: "decrypt",
        resource: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/11112222-3333-4444-5555-666677778888`,
        principal_key: ROLE,
      },
    ],
  ],
  [
    "AssumeRole-1",
    [
      {
        operation: "login",
        resource: `arn:aws:iam::${ACCOUNT}:role/break-glass`,
        principal_key: ADA,
        session: "AKIAEXAMPLE000000001",
      },
    ],
  ],
  [
    "AssumeRole-service",
    [{ operation: "login", principal_key: "service:lambda.amazonaws.com", principal_type: "AWSService" }],
  ],
  [
    "AssumeRoleWithWebIdentity-1",
    [
      {
        operation: "login",
        principal_key: "webidentityuser:repo:acme/shop:ref:refs/heads/main",
        principal_type: "WebIdentityUser",
      },
    ],
  ],
  ["ConsoleLogin-1", [{ operation: "login", outcome: "denied", principal_type: "IAMUser" }]],
  [
    "ConsoleLogin-root",
    [{ operation: "login", outcome: "success", principal_key: `arn:aws:iam::${ACCOUNT}:root` }],
  ],
  [
    "GetRoleCredentials-1",
    [
      {
        principal_key: "identity-center:63a5e8d2-0000-7000-8000-00000000000a",
        principal_type: "IdentityCenterUser",
      },
    ],
  ],
  ["AttachRolePolicy-1", [{ operation: "administer", resource: "payments-api", principal_key: ADA }]],
];

test.each(CASES)("%s", async (id, expected) => {
  expect(await at.rows(`SELECT * FROM events WHERE event_id = '${id}' ORDER BY item`)).toMatchObject(
    expected,
  );
});

test("what the log hides or lacks is absent, and nothing else stands in its place", async () => {
  const absent = await at.rows(
    `SELECT event_id FROM events WHERE (event_id = 'ConsoleLogin-1' AND principal_key IS NULL AND session IS NULL)
       OR (event_id = 'AssumeRoleWithWebIdentity-1' AND session IS NULL)
       OR (event_id = 'BatchGetSecretValue-filters' AND secret_key IS NULL)
       OR (event_id = 'Decrypt-1' AND source_network IS NULL) ORDER BY 1`,
  );
  expect(absent.map(({ event_id: id }) => id)).toEqual([
    "AssumeRoleWithWebIdentity-1",
    "BatchGetSecretValue-filters",
    "ConsoleLogin-1",
    "Decrypt-1",
  ]);
});

test("each call that the sample holds is tested", async () => {
  const ids = await at.rows("SELECT DISTINCT event_id FROM events ORDER BY 1");
  const tested = [...CASES.map(([id]) => id), "GetSecretValue-arn"].sort();
  expect(ids.map(({ event_id: id }) => id)).toEqual(tested);
});
