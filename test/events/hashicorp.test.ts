import { afterEach, beforeEach, expect, test } from "vitest";
import { place, type Place } from "./harness.ts";
import { AUTH, entry } from "./vault-entry.ts";

let at: Place;

beforeEach(async () => {
  at = await place("vault-prod");
});

afterEach(async () => {
  await at.remove();
});

test("a response repeats its request: the two are one event", async () => {
  const answer = entry("response", "r1", { response: { data: { metadata: { version: 3 } } } });
  const report = await at.ingest({ "audit.log": entry("request", "r1") + answer });
  expect(report).toMatchObject({ records: 2, events: 1, aside: 0 });
  expect(await at.rows("SELECT * EXCLUDE (record_digest) FROM events")).toEqual([
    {
      event_id: "r1",
      item: 0,
      time: "2026-10-01T08:15:00.300Z",
      provider: "hashicorp",
      service: "kv",
      operation: "read",
      operation_name: "read",
      resource: "kv/data/payments/db",
      secret_key: "kv/data/payments/db",
      secret_version: "3",
      principal_key: "entity:5a6f3c1e-0000-4000-8000-000000000001",
      principal_type: "service",
      principal_name: "payments-api",
      session: "hmac-sha256:aa",
      source_ip: "10.20.30.40",
      source_network: "10.20.30.0/24",
      outcome: "success",
      request_id: "r1",
      store_id: "vault-prod",
      day: "2026-10-01",
    },
  ]);
});

test("a request without a response stands as unanswered until the response comes", async () => {
  const late = entry("response", "r2", {}).replace("2026-10-01T08:15:00.3", "2026-10-02T00:00:01.3");
  const early = entry("request", "r2").replace("2026-10-01T08:15", "2026-10-01T23:59");
  expect(await at.ingest({ "first.log": early })).toMatchObject({ events: 0, unanswered: 1 });
  expect(await at.rows("SELECT event_id, outcome, day FROM events")).toEqual([
    { event_id: "r2", outcome: "unanswered", day: "unanswered" },
  ]);
  expect(await at.ingest({ "second.log": late })).toMatchObject({ events: 1, unanswered: 0 });
  expect(await at.rows("SELECT event_id, outcome, day FROM events")).toEqual([
    { event_id: "r2", outcome: "success", day: "2026-10-02" },
  ]);
  await at.ingest({ "third.log": ` ${early}` });
  expect(await at.rows("SELECT event_id, outcome FROM events")).toEqual([
    { event_id: "r2", outcome: "success" },
  ]);
});

/** As Vault 1.21 writes it into the log of an audit device that is enabled. */
const DEVICE_TEST = `${JSON.stringify({
  request: {
    id: "67048ca0-522d-26b2-ebc4-d3f234e70b99",
    namespace: { id: "root" },
    operation: "update",
    path: "sys/audit/test",
  },
  time: "2026-10-01T08:14:59.408426161Z",
  type: "request",
})}\n`;

test("the server's own test of an audit device is no operation of anybody, a call of its path is one", async () => {
  const byHand = {
    request: { operation: "update", path: "sys/audit/test", mount_point: "sys/", mount_type: "system" },
  };
  const nameless = entry("request", "n1", { ...byHand, auth: undefined });
  await at.ingest({
    "audit.log": `${DEVICE_TEST}${entry("response", "h1", byHand)}${nameless}`,
  });
  expect(await at.rows("SELECT event_id, operation FROM events ORDER BY time DESC, event_id")).toEqual([
    { event_id: "h1", operation: "administer" },
    { event_id: "n1", operation: "administer" },
    { event_id: "67048ca0-522d-26b2-ebc4-d3f234e70b99", operation: "other" },
  ]);
});

test("what is told of a log adds up to its records, in one run or in several", async () => {
  const log = [
    ...["a1", "a2", "a3"].flatMap((id) => [entry("request", id), entry("response", id)]),
    entry("request", "open"),
    entry("request", "open"),
    entry("response", "a1"),
    "not json\n",
    '{"type":"response"}\n',
    entry("request", "late"),
  ];
  const runs = [log.join(""), entry("response", "late") + entry("request", "a2"), entry("request", "open")];
  const sum = { records: 0, events: 0, joined: 0, repeated: 0, aside: 0 };
  let unanswered = 0;
  for (const [index, content] of runs.entries()) {
    const report = await at.ingest({ [`${index}.log`]: content });
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report[name];
    unanswered = report.unanswered;
    expect(sum.records).toBe(sum.events + sum.joined + sum.repeated + sum.aside + unanswered);
  }
  expect({ ...sum, unanswered }).toEqual({
    records: 15,
    events: 4,
    joined: 5,
    repeated: 3,
    aside: 2,
    unanswered: 1,
  });
});

test("a log that grows is read from where it was left, and a line that is not whole yet waits", async () => {
  const one = entry("response", "g1");
  const two = entry("response", "g2");
  expect(await at.ingest({ "a.log": one + two.slice(0, 40) })).toMatchObject({
    events: 1,
    unfinished_bytes: 40,
    aside: 0,
  });
  expect(await at.ingest({ "a.log.1": one + two })).toMatchObject({
    records: 1,
    events: 1,
    unfinished_bytes: 0,
  });
  expect(await at.rows("SELECT event_id FROM events ORDER BY 1")).toEqual([
    { event_id: "g1" },
    { event_id: "g2" },
  ]);
});

test("the end of a log that nobody writes any more is aside where it is no whole line, once, and read should it grow", async () => {
  const one = entry("response", "g1");
  const two = entry("response", "g2");
  const written = new Date(Date.now() - 25 * 3600 * 1000);
  const half = { "a.log": one + two.slice(0, 40) };
  expect(await at.ingest(half, undefined, { written: new Date(Date.now() - 3600 * 1000) })).toMatchObject({
    events: 1,
    unfinished_bytes: 40,
    aside: 0,
  });
  expect(await at.ingest(half, undefined, { written })).toMatchObject({ unfinished_bytes: 0, aside: 1 });
  expect(await at.ingest(half, undefined, { written })).toMatchObject({ known_files: 1, aside: 0 });
  expect(await at.rows("SELECT problem, content, from_byte, to_byte FROM aside")).toEqual([
    {
      problem: "the last line is not whole",
      content: two.slice(0, 40),
      from_byte: one.length,
      to_byte: one.length + 40,
    },
  ]);
  // When it was written is known by what stands before it, so that no more of the log is a hole than that.
  expect(
    await at.rows("SELECT count(DISTINCT last_at) AS instants, count(last_at) AS inputs FROM inputs"),
  ).toEqual([{ instants: 1, inputs: 2 }]);
  expect(await at.ingest({ "a.log": one + two }, undefined, { written })).toMatchObject({
    events: 1,
    aside: 0,
  });
  // Where all of it is read at once, too.
  const other = entry("response", "o1");
  expect(await at.ingest({ "o.log": `${other}{"ty` }, undefined, { written })).toMatchObject({ aside: 1 });
  expect(await at.rows("SELECT count(*) AS n FROM inputs WHERE last_at IS NULL")).toEqual([{ n: 0 }]);
});

test("a log that is but half a line is told, and one whose lines end with CR alone at once", async () => {
  const half = entry("response", "h1").slice(0, 90);
  const written = new Date("2026-01-01T00:00:00Z");
  expect(await at.ingest({ "half.log": half }, "hashicorp", { written })).toMatchObject({
    events: 0,
    aside: 1,
  });
  const lines = ["c1", "c2"].map((id) => entry("response", id).trimEnd());
  const cr = { "cr.log": `${lines.join("\r")}\r` };
  expect(await at.ingest(cr)).toMatchObject({ events: 0, unfinished_bytes: 0, aside: 1 });
  expect(await at.ingest(cr)).toMatchObject({ known_files: 1, aside: 0 });
  expect(await at.rows("SELECT problem FROM aside ORDER BY 1")).toEqual([
    { problem: "lines that end with CR alone: write the log anew with LF" },
    { problem: "the last line is not whole" },
  ]);
});

test("what is no entry is kept aside and counted", async () => {
  const log = `${entry("response", "ok")}not json\n{"type":"response"}\n\n["an", "array"]\n${entry("response", "ok2")}`;
  expect(await at.ingest({ "audit.log": log })).toMatchObject({ records: 5, events: 2, aside: 3 });
  expect(await at.rows("SELECT problem, content FROM aside ORDER BY content")).toEqual([
    { problem: "a line that is no JSON object", content: '"not json"' },
    { problem: "a line that is no JSON object", content: '["an", "array"]' },
    { problem: "no request.id", content: '{"type":"response"}' },
  ]);
});

test.each([
  ["kv/metadata/payments/db", "read", "kv", "describe", "kv/data/payments/db"],
  ["kv/metadata/payments", "list", "kv", "list", "kv/data/payments"],
  ["kv/data/payments/db", "update", "kv", "write", "kv/data/payments/db"],
  ["kv/destroy/payments/db", "update", "kv", "delete", "kv/data/payments/db"],
  ["kv/undelete/payments/db", "update", "kv", "write", "kv/data/payments/db"],
  ["legacy/app/key", "read", "kv", "read", "legacy/app/key"],
  ["sys/policies/acl/admins", "update", "system", "administer", undefined],
  ["sys/audit/file", "delete", "system", "administer", undefined],
  ["auth/approle/role/payments-api", "update", "approle", "administer", undefined],
  ["auth/approle/role/payments-api/secret-id-accessor/lookup", "update", "approle", "describe", undefined],
  ["auth/approle/role/payments-api/secret-id/lookup", "update", "approle", "describe", undefined],
  ["auth/approle/role/payments-api/secret-id-accessor/destroy", "update", "approle", "administer", undefined],
  ["auth/approle/role/payments-api/secret-id", "update", "approle", "administer", undefined],
  ["auth/token/lookup-self", "read", "token", "describe", undefined],
  ["database/creds/reporting", "read", "database", "read", "database/creds/reporting"],
  ["transit/decrypt/cards", "update", "transit", "decrypt", "transit/keys/cards"],
  ["transit/keys/cards/rotate", "update", "transit", "rotate", "transit/keys/cards"],
  ["pki/issue/web", "update", "pki", "read", "pki/issue/web"],
])("%s by %s is %s", async (path, operation, mount_type, expected, secretKey) => {
  const mount = path.startsWith("auth/") ? path.split("/").slice(0, 2).join("/") : path.split("/")[0];
  const request = { path, operation, mount_type, mount_point: `${mount}/` };
  await at.ingest({ "audit.log": entry("response", "x", { request }) });
  const [row] = await at.rows("SELECT operation, secret_key FROM events");
  expect(row).toEqual({ operation: expected, ...(secretKey === undefined ? {} : { secret_key: secretKey }) });
});

test("logins and refusals", async () => {
  const login = {
    path: "auth/userpass/login/ada",
    operation: "update",
    mount_type: "userpass",
    mount_point: "auth/userpass/",
  };
  await at.ingest({
    "audit.log":
      entry("response", "l1", { auth: {}, request: login, response: { auth: AUTH } }) +
      entry("response", "l2", { auth: {}, request: login, error: "invalid username or password" }) +
      entry("response", "l3", { error: "1 error occurred:\n\t* permission denied\n\n" }) +
      entry("response", "l4", { error: "unsupported path" }),
  });
  expect(
    await at.rows(
      "SELECT event_id, operation, outcome, error_code, principal_name FROM events ORDER BY event_id",
    ),
  ).toEqual([
    { event_id: "l1", operation: "login", outcome: "success", principal_name: "payments-api" },
    { event_id: "l2", operation: "login", outcome: "denied", error_code: "error" },
    {
      event_id: "l3",
      operation: "read",
      outcome: "denied",
      error_code: "permission denied",
      principal_name: "payments-api",
    },
    {
      event_id: "l4",
      operation: "read",
      outcome: "failed",
      error_code: "unsupported path",
      principal_name: "payments-api",
    },
  ]);
});

test("an answer that is `error` alone is a refusal, but for a secret of KV version 1 with such a field", async () => {
  const refusal = { response: { data: { error: "hmac-sha256:aa" } } };
  const login = { path: "auth/userpass/login/nobody", operation: "update", mount_type: "userpass" };
  const config = {
    path: "database/config/a",
    operation: "update",
    mount_type: "database",
    mount_point: "database/",
  };
  const legacy = { path: "legacy/app", mount_type: "kv", mount_point: "legacy/" };
  const two = { response: { data: { error: "hmac-sha256:aa", more: "hmac-sha256:bb" } } };
  await at.ingest({
    "audit.log":
      entry("response", "a", { auth: { token_type: "default" }, request: login, ...refusal }) +
      entry("response", "b", { request: config, ...refusal }) +
      entry("response", "c", { request: legacy, ...refusal }) +
      entry("response", "d", { request: config, ...two }),
  });
  expect(
    await at.rows("SELECT event_id, operation, outcome, error_code FROM events ORDER BY event_id"),
  ).toEqual([
    { event_id: "a", operation: "login", outcome: "denied", error_code: "error" },
    { event_id: "b", operation: "administer", outcome: "failed", error_code: "error" },
    { event_id: "c", operation: "read", outcome: "success" },
    { event_id: "d", operation: "administer", outcome: "success" },
  ]);
});

test("a write's version is that of the answer; of versions that are deleted it is said that they are not all", async () => {
  const written = { response: { data: { version: 4 } } };
  const destroy = (versions: unknown) => ({
    request: { path: "kv/destroy/payments/db", operation: "update", data: { versions } },
  });
  await at.ingest({
    "audit.log":
      entry("response", "a", { request: { operation: "update" }, ...written }) +
      entry("response", "b", destroy(["hmac-sha256:aa"])) +
      entry("response", "c", destroy([1, 2])) +
      entry("response", "c1", destroy("hmac-sha256:aa")) +
      entry("response", "c2", destroy(undefined)) +
      entry("response", "c3", { request: { operation: "delete" } }) +
      entry("response", "c4", { request: { path: "kv/metadata/payments/db", operation: "delete" } }) +
      entry("response", "d", {
        request: { path: "legacy/app", mount_point: "legacy/", operation: "read" },
        response: { data: { version: "hmac-sha256:aa" } },
      }),
  });
  expect(await at.rows("SELECT event_id, operation, secret_version FROM events ORDER BY event_id")).toEqual([
    { event_id: "a", operation: "write", secret_version: "4" },
    { event_id: "b", operation: "delete", secret_version: "hmac-sha256:aa" },
    { event_id: "c", operation: "delete", secret_version: "[1,2]" },
    { event_id: "c1", operation: "delete", secret_version: "hmac-sha256:aa" },
    { event_id: "c2", operation: "delete", secret_version: "some" },
    { event_id: "c3", operation: "delete", secret_version: "latest" },
    { event_id: "c4", operation: "delete" },
    { event_id: "d", operation: "read" },
  ]);
});

test("a version that is deleted or destroyed was not read, and Vault says so by an answer of its own", async () => {
  const body = {
    http_content_type: "hmac-sha256:aa",
    http_raw_body: "hmac-sha256:bb",
    http_status_code: 404,
  };
  const asked = { data: { version: "hmac-sha256:cc" } };
  await at.ingest({
    "audit.log":
      entry("response", "a", { request: asked, response: { data: body } }) +
      entry("response", "b", {
        request: { path: "legacy/app", mount_point: "legacy/" },
        response: { data: body },
      }),
  });
  expect(
    await at.rows("SELECT event_id, outcome, error_code, secret_version FROM events ORDER BY event_id"),
  ).toEqual([
    { event_id: "a", outcome: "failed", error_code: "404", secret_version: "hmac-sha256:cc" },
    { event_id: "b", outcome: "success" },
  ]);
});

test("settings of an engine of KV version 2 are no secret; one of version 1 that is called config is", async () => {
  const settings = { cas_required: false, delete_version_after: "hmac-sha256:aa", max_versions: 0 };
  const config = (id: string, operation: string, sent?: object, given?: object): string =>
    entry("response", id, {
      request: { path: "kv/config", operation, ...(sent === undefined ? {} : { data: sent }) },
      ...(given === undefined ? {} : { response: { data: given } }),
    });
  await at.ingest({
    "audit.log":
      config("a settings", "read", undefined, settings) +
      config("b changed", "update", { max_versions: "hmac-sha256:bb" }) +
      config("c secret", "read", undefined, { url: "hmac-sha256:aa" }) +
      config("d more", "read", undefined, { ...settings, url: "hmac-sha256:aa" }) +
      config("e text", "read", undefined, {
        cas_required: "hmac-sha256:aa",
        max_versions: "hmac-sha256:bb",
      }) +
      config("f written", "update", { max_versions: "hmac-sha256:bb", url: "hmac-sha256:aa" }) +
      config("g no answer", "read") +
      entry("response", "h below", { request: { path: "kv/app/config" }, response: { data: settings } }),
  });
  expect(await at.rows("SELECT event_id, operation, secret_key FROM events ORDER BY event_id")).toEqual([
    { event_id: "a settings", operation: "describe" },
    { event_id: "b changed", operation: "administer" },
    { event_id: "c secret", operation: "read", secret_key: "kv/config" },
    { event_id: "d more", operation: "read", secret_key: "kv/config" },
    { event_id: "e text", operation: "read", secret_key: "kv/config" },
    { event_id: "f written", operation: "write", secret_key: "kv/config" },
    { event_id: "g no answer", operation: "read", secret_key: "kv/config" },
    { event_id: "h below", operation: "read", secret_key: "kv/app/config" },
  ]);
});

test("what the server writes to try out a device is its own, what somebody does at that path is not", async () => {
  const trial = { id: "t", namespace: { id: "root" }, operation: "update", path: "sys/audit/test" };
  const line = JSON.stringify({ type: "request", time: "2026-10-01T08:15:00Z", request: trial });
  const named = { path: "sys/audit/test", operation: "update", mount_type: "system", mount_point: "sys/" };
  await at.ingest({ "audit.log": `${line}\n${entry("request", "u", { request: named })}` });
  expect(
    await at.rows(
      "SELECT event_id, operation, outcome, principal_key, principal_name FROM events ORDER BY event_id",
    ),
  ).toEqual([
    {
      event_id: "t",
      operation: "other",
      outcome: "unanswered",
      principal_key: "service:vault",
      principal_name: "vault",
    },
    {
      event_id: "u",
      operation: "administer",
      outcome: "unanswered",
      principal_key: `entity:${AUTH.entity_id}`,
      principal_name: "payments-api",
    },
  ]);
});

test.each(["digestStartTime", "digestSignatureAlgorithm"])(
  "a field of a secret called %s hides no log",
  async (name) => {
    const request = { operation: "update", data: { data: { [name]: "hmac-sha256:aa" } } };
    expect(await at.ingest({ "audit.log": entry("response", "x", { request }) })).toMatchObject({
      records: 1,
      events: 1,
      other_files: 0,
    });
  },
);
