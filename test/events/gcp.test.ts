import { afterEach, beforeEach, expect, test } from "vitest";
import { place, sample, type Place } from "./harness.ts";

let at: Place;

beforeEach(async () => {
  at = await place("google-prod");
});

afterEach(async () => {
  await at.remove();
});

const PROJECT = "projects/418273645091";
const API = "email:payments-api@acme-prod.iam.gserviceaccount.com";

test("a read has every column", async () => {
  await at.ingest({ "sink.json": sample("gcp-sink.ndjson") });
  expect(await at.rows("SELECT * EXCLUDE (record_digest) FROM events WHERE event_id LIKE 'g2@%'")).toEqual([
    {
      event_id: "g2@2026-10-01T08:15:00.123456Z",
      item: 0,
      time: "2026-10-01T08:15:00.123Z",
      provider: "gcp",
      account: "acme-prod",
      region: "europe-west3",
      service: "secretmanager.googleapis.com",
      operation: "read",
      operation_name: "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
      resource: `${PROJECT}/locations/europe-west3/secrets/eu-key/versions/4`,
      secret_key: `${PROJECT}/locations/europe-west3/secrets/eu-key`,
      secret_version: "4",
      principal_key: "email:ada.berg@example.org",
      principal_type: "user",
      principal_name: "Ada.Berg@example.org",
      source_ip: "203.0.113.88",
      source_network: "203.0.113.0/24",
      user_agent: "grpc-node-js/1.13.0",
      outcome: "success",
      request_id: "g2",
      store_id: "google-prod",
      day: "2026-10-01",
    },
  ]);
});

test("kinds of entries", async () => {
  expect(await at.ingest({ "sink.json": sample("gcp-sink.ndjson") })).toMatchObject({
    records: 9,
    events: 9,
    aside: 0,
  });
  const rows = await at.rows(
    "SELECT operation, outcome, error_code, secret_key, secret_version, principal_key, region FROM events ORDER BY event_id",
  );
  expect(rows).toEqual([
    {
      operation: "read",
      outcome: "success",
      secret_key: `${PROJECT}/secrets/db-password`,
      secret_version: "latest",
      principal_key: API,
    },
    {
      operation: "read",
      outcome: "success",
      secret_key: `${PROJECT}/locations/europe-west3/secrets/eu-key`,
      secret_version: "4",
      principal_key: "email:ada.berg@example.org",
      region: "europe-west3",
    },
    {
      operation: "read",
      outcome: "denied",
      error_code: "7",
      secret_key: `${PROJECT}/secrets/db-password`,
      secret_version: "2",
      principal_key: API,
    },
    {
      operation: "read",
      outcome: "failed",
      error_code: "5",
      secret_key: `${PROJECT}/secrets/none`,
      secret_version: "1",
      principal_key: API,
    },
    {
      operation: "administer",
      outcome: "success",
      secret_key: `${PROJECT}/secrets/db-password`,
      principal_key: "email:ada.berg@example.org",
    },
    { operation: "list", outcome: "success", principal_key: API },
    { operation: "write", outcome: "success", secret_key: `${PROJECT}/secrets/new-key`, principal_key: API },
    {
      operation: "read",
      outcome: "success",
      secret_key: `${PROJECT}/secrets/db-password`,
      secret_version: "2",
      principal_key:
        "subject:principal://iam.googleapis.com/projects/418273645091/locations/global/workloadIdentityPools/ci/subject/repo:acme/shop",
    },
    { operation: "decrypt", outcome: "success", principal_key: API, region: "europe-west3" },
  ]);
});

test("an answer of entries.list tells the same calls as a sink's file", async () => {
  expect(await at.ingest({ "list.json": sample("gcp-entries-list.json") })).toMatchObject({
    events: 5,
    aside: 0,
  });
  expect(await at.ingest({ "sink.json": sample("gcp-sink.ndjson") })).toMatchObject({
    events: 4,
    repeated: 5,
  });
});
