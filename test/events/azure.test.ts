import { afterEach, beforeEach, expect, test } from "vitest";
import { place, sample, type Place } from "./harness.ts";

let at: Place;

beforeEach(async () => {
  at = await place("azure-prod");
});

afterEach(async () => {
  await at.remove();
});

const VAULT = "https://payments-kv.vault.azure.net";
const OBJECT = "object:7d0f11aa-0000-4000-8000-0000000000b1";
const VERSION = "0123456789abcdef0123456789abcdef";

test("a read has every column", async () => {
  await at.ingest({ "audit.json": sample("azure-records.json") });
  expect(
    await at.rows(
      `SELECT * EXCLUDE (record_digest, event_id) FROM events WHERE operation_name = 'SecretGet' AND secret_version IS NOT NULL`,
    ),
  ).toEqual([
    {
      item: 0,
      time: "2026-10-01T08:15:00.123Z",
      provider: "azure",
      account: "payments-kv",
      service: "keyvault",
      operation: "read",
      operation_name: "SecretGet",
      resource: `${VAULT}/secrets/db-password/${VERSION}`,
      secret_key: `${VAULT}/secrets/db-password`,
      secret_version: VERSION,
      principal_key: OBJECT,
      principal_type: "user",
      principal_name: "Ada.Berg@example.org",
      source_ip: "198.51.100.7",
      source_network: "198.51.100.0/24",
      user_agent: "azsdk-js-keyvault-secrets/4.9.0",
      outcome: "success",
      request_id: "c0ffee00-0000-4000-8000-000000000029",
      store_id: "azure-prod",
      day: "2026-10-01",
    },
  ]);
});

test("kinds of records", async () => {
  expect(await at.ingest({ "audit.json": sample("azure-records.json") })).toMatchObject({
    records: 9,
    events: 9,
    aside: 0,
  });
  const rows = await at.rows(
    "SELECT operation_name, operation, outcome, error_code, secret_key, principal_key, session FROM events ORDER BY request_id",
  );
  expect(rows).toEqual([
    {
      operation_name: "SecretGet",
      operation: "read",
      outcome: "success",
      secret_key: `${VAULT}/secrets/db-password`,
      principal_key: OBJECT,
    },
    {
      operation_name: "SecretGet",
      operation: "read",
      outcome: "success",
      secret_key: `${VAULT}/secrets/api-key`,
      principal_key: "object:e1e1e1e1-0000-4000-8000-0000000000e1",
      session: "tok-77",
    },
    {
      operation_name: "SecretGet",
      operation: "read",
      outcome: "denied",
      error_code: "Forbidden",
      secret_key: `${VAULT}/secrets/db-password`,
      principal_key: OBJECT,
    },
    {
      operation_name: "SecretGet",
      operation: "read",
      outcome: "failed",
      error_code: "Not Found",
      secret_key: `${VAULT}/secrets/none`,
      principal_key: OBJECT,
    },
    { operation_name: "SecretList", operation: "list", outcome: "success", principal_key: OBJECT },
    {
      operation_name: "SecretBackup",
      operation: "read",
      outcome: "success",
      secret_key: `${VAULT}/secrets/db-password`,
      principal_key: OBJECT,
    },
    {
      operation_name: "KeyDecrypt",
      operation: "decrypt",
      outcome: "success",
      secret_key: `${VAULT}/keys/cards`,
      principal_key: OBJECT,
    },
    { operation_name: "VaultPut", operation: "administer", outcome: "success", principal_key: OBJECT },
    {
      operation_name: "Authentication",
      operation: "login",
      outcome: "denied",
      error_code: "Unauthorized",
      secret_key: `${VAULT}/secrets/db-password`,
    },
  ]);
});

test("both envelopes tell the same calls", async () => {
  await at.ingest({ "lines.json": sample("azure-lines.ndjson") });
  expect(await at.ingest({ "records.json": sample("azure-records.json") })).toMatchObject({
    events: 5,
    repeated: 4,
  });
});

test("a deleted secret is the same secret", async () => {
  const [record] = sample("azure-lines.ndjson").split("\n");
  const purge = (record ?? "")
    .replaceAll("SecretGet", "SecretPurge")
    .replaceAll("/secrets/db-password", "/deletedsecrets/db-password");
  await at.ingest({ "purge.json": purge });
  expect(await at.rows("SELECT operation, secret_key FROM events")).toEqual([
    { operation: "delete", secret_key: `${VAULT}/secrets/db-password` },
  ]);
});

test.each([
  [
    "azure-azkvauditlogs.json",
    [
      {
        operation: "read",
        outcome: "success",
        secret_key: `${VAULT}/secrets/db-password`,
        secret_version: VERSION,
        principal_key: OBJECT,
        principal_name: "5c2e9a10-0000-4000-8000-0000000000c1",
        region: "westeurope",
        user_agent: "curl/8.9",
        source_ip: "198.51.100.7",
      },
      {
        operation: "write",
        outcome: "success",
        secret_key: `${VAULT}/secrets/db-password`,
        principal_key: OBJECT,
        principal_name: "ada.berg@example.org",
      },
    ],
  ],
  [
    "azure-azurediagnostics.ndjson",
    [
      {
        operation: "read",
        outcome: "success",
        secret_key: `${VAULT}/secrets/db-password`,
        secret_version: VERSION,
        principal_key: OBJECT,
        principal_name: "ada.berg@example.org",
        source_ip: "198.51.100.7",
      },
      {
        operation: "read",
        outcome: "denied",
        error_code: "Forbidden",
        secret_key: `${VAULT}/secrets/db-password`,
        principal_key: OBJECT,
        source_ip: "198.51.100.8",
      },
    ],
  ],
])("an export of Log Analytics: %s", async (name, expected) => {
  expect(await at.ingest({ [name]: sample(name) })).toMatchObject({ records: 2, events: 2, aside: 0 });
  const rows = await at.rows("SELECT * FROM events ORDER BY time");
  expect(rows).toMatchObject(expected);
  expect(rows).toMatchObject([{ account: "payments-kv" }, { account: "payments-kv" }]);
});
