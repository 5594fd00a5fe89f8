import { afterEach, beforeEach, expect, test } from "vitest";
import { referenceOf } from "../../src/cli/event-settings.ts";
import { bound, questions, type SeenPrincipal } from "../../src/events/index.ts";
import { place, type Place } from "./harness.ts";
import { AUTH, entry } from "./vault-entry.ts";

let at: Place;

beforeEach(async () => {
  at = await place("vault-prod");
});

afterEach(async () => {
  await at.remove();
});

const token = (accessor: string, rest: object = {}) => ({
  auth: { accessor: `hmac-sha256:${accessor}`, display_name: "token", token_type: "service", ...rest },
});
const callers = async (entries: Readonly<Record<string, object>>): Promise<Record<string, unknown>> => {
  const lines = Object.entries(entries).map(([id, rest]) => entry("response", id, { ...rest }));
  await at.ingest({ "audit.log": lines.join("") });
  const rows = await at.rows("SELECT event_id, principal_key FROM events");
  return Object.fromEntries(
    rows.map(({ event_id, principal_key }): [string, unknown] => [String(event_id), principal_key]),
  );
};

test("tokens that nobody named are strangers, one token is itself", async () => {
  const batch = { auth: { client_token: "hmac-sha256:cc", display_name: "token", token_type: "batch" } };
  const unhashed = { auth: { client_token: "hvb.secret", display_name: "token", token_type: "batch" } };
  const keys = await callers({ a: token("aa"), b: token("bb"), again: token("aa"), batch, unhashed });
  expect(keys).toEqual({
    a: "token:hmac-sha256:aa",
    b: "token:hmac-sha256:bb",
    again: "token:hmac-sha256:aa",
    batch: "token:hmac-sha256:cc",
    unhashed: expect.stringMatching(/^token:[0-9a-f]{64}$/) as string,
  });
  const [reads] = await at.rows(
    bound(
      questions().find(({ id }) => id === "last_reads")!,
      {},
    ),
  );
  expect(reads).toMatchObject({ read_count: 5, reader_count: 4 });
  expect(JSON.stringify(await at.rows("SELECT * FROM events"))).not.toContain("hvb.secret");
});

test("readers whom the log does not name are counted by their source", async () => {
  const from = (remote_address: string) => ({ auth: {}, request: { remote_address } });
  await callers({ a: from("10.0.0.1"), b: from("10.0.0.2") });
  const [reads] = await at.rows(
    bound(
      questions().find(({ id }) => id === "last_reads")!,
      {},
    ),
  );
  expect(reads).toMatchObject({ read_count: 2, reader_count: 2 });
});

test("a name that somebody gave stays one, and roles of AppRole without entities are told apart", async () => {
  const role = (role_name: string) => ({ auth: { display_name: "approle", metadata: { role_name } } });
  expect(
    await callers({
      ci: token("aa", { display_name: "token-ci" }),
      renewed: token("bb", { display_name: "token-ci" }),
      entity: token("cc", { entity_id: "e1" }),
      root: token("dd", { display_name: "root" }),
      api: role("api"),
      web: role("web"),
    }),
  ).toEqual({
    ci: "name:token-ci",
    renewed: "name:token-ci",
    entity: "entity:e1",
    root: "name:root",
    api: "name:approle/api",
    web: "name:approle/web",
  });
});

test("a token with the policy root is a root token, whatever it is called", async () => {
  const policies = ["root"];
  const named = token("bb", { display_name: "token-ci", policies });
  const keys = await callers({
    dev: token("aa", { policies }),
    named,
    ci: token("cc", { display_name: "token-ci" }),
  });
  expect(keys).toEqual({ dev: "token:hmac-sha256:aa", named: "token:hmac-sha256:bb", ci: "name:token-ci" });
  const seen = await at.rows(
    `SELECT store_id, principal_key, coalesce(principal_name, '') AS name, principal_type AS type FROM events ORDER BY 2`,
  );
  const { principals } = referenceOf(undefined, seen as unknown as SeenPrincipal[]);
  expect(principals.map(({ principal_key }) => principal_key)).toEqual([keys["dev"], keys["named"]]);
});

test("who makes a token is not the one that it is made for", async () => {
  const request = { path: "auth/token/create/ci", operation: "update", mount_type: "token" };
  expect(await callers({ made: { ...token("aa"), request, response: { auth: AUTH } } })).toEqual({
    made: "token:hmac-sha256:aa",
  });
});
