import { expect, test, vi } from "vitest";
import { classificationRules } from "../../src/cli/config.ts";
import type { Environment } from "../../src/cli/environment.ts";
import { showUsage } from "../../src/cli/event-usage.ts";
import { FactSet, type FactOf } from "../../src/facts/index.ts";
import { AWAY, AwsFacts, HOME, SECRET, allow, arn, document, idOf } from "../access/aws-facts.ts";
import { logSpan, usage } from "../access/aws-log-facts.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { TAKEN_AT, daysAgo, fact } from "../subjects/facts.ts";

let facts: FactSet;

vi.mock("../../src/cli/snapshots.ts", async (original) => ({
  ...(await original<object>()),
  openSnapshot: async () => await Promise.resolve({ facts, manifest: { taken_at: TAKEN_AT } }),
}));
vi.mock("../../src/cli/environment.ts", async (original) => ({
  ...(await original<object>()),
  loadConfig: async () => await Promise.resolve({ rules: classificationRules({}) }),
}));

interface Told {
  readonly list: string;
  readonly secret: string;
  readonly principal: string;
  readonly granted: string;
  readonly detail: string;
}

/** The pairs that `--unused` tells, and how it ends. */
async function unused(set: FactSet): Promise<{ exit: number; pairs: Told[]; rows: Told[]; notes: string[] }> {
  facts = set;
  let out = "";
  const terminal = { out: (text: string) => (out += text), err: () => undefined };
  const exit = await showUsage({ terminal } as unknown as Environment, { json: true, unused: true });
  const { rows, notes } = JSON.parse(out) as { rows: Told[]; notes: string[] };
  return { exit, rows, notes, pairs: rows.filter(({ list }) => list === "granted_unused") };
}

const OTHER = arn.secret("other-AbCdEf");
const READS = { r: document(allow("secretsmanager:GetSecretValue")) };

/** Two secrets, a role that may read both and reads one. */
function home(own: Partial<FactOf<"log_span">> = {}): AwsFacts {
  const aws = new AwsFacts(HOME, AWAY);
  aws.secret(SECRET);
  aws.secret(OTHER);
  aws.role("app", { inline: READS });
  logSpan(aws, HOME, own);
  usage(aws, arn.role("app"), SECRET);
  return aws;
}

test("what a whole, current log with names shows nobody to use is told for certain", async () => {
  const { exit, rows } = await unused(home().set());
  expect(exit).toBe(0);
  expect(rows).toMatchObject([
    { list: "granted_unused", secret: idOf(OTHER), principal: idOf(arn.role("app")), granted: "yes" },
    {
      list: "no_reader",
      secret: idOf(OTHER),
      detail: expect.stringMatching(/^no read in the 200 days/) as string,
    },
  ]);
});

test.each<[string, Partial<FactOf<"log_span">>, RegExp]>([
  ["ended", { to_at: daysAgo(150) }, /ends 150 days ago/],
  ["has reads without a name", { unattributed_read_count: 1 }, /may have been its own/],
  ["has reads of no secret's name", { unnamed_read_count: 1 }, /may have been of it/],
  ["shows no read since its last hole", { hole_count: 1, whole_read_count: 0 }, /reads may not be logged/],
  ["is whole for some days alone", { whole_from_at: daysAgo(20) }, /whole for 30 days/],
])("a log that %s proves nothing", async (_, own, reason) => {
  const { exit, pairs } = await unused(home(own).set());
  expect(exit).toBe(3);
  expect(pairs).toMatchObject([{ granted: "perhaps", detail: expect.stringMatching(reason) as string }]);
});

test("a log that names principals, and nobody of the inventory, proves nothing", async () => {
  const aws = home();
  const actor = {
    principal_key: "arn:aws:iam::444455556666:role/of-another-store",
    first_at: daysAgo(90),
    last_at: daysAgo(1),
    event_count: 40,
    read_day_count: 12,
    hours_declared: false,
  };
  const [span] = aws.set().of("log_span");
  const facts = [...aws.set().all()].filter(({ kind }) => kind !== "usage");
  const stranger = fact("log_actor", "actor#1", actor);
  const { store_id, scope } = span!;
  const { exit, rows, notes } = await unused(
    new FactSet([...facts, { ...stranger, id: `${store_id}:actor#1`, store_id, scope }], []),
  );
  expect(exit).toBe(3);
  expect(notes).toContainEqual(
    expect.stringMatching(/none of the principals.* perhaps the log of another store/),
  );
  expect(rows.map(({ detail }) => detail)).toEqual(
    rows.map(() => expect.stringMatching(/^perhaps: /) as string),
  );
  expect(rows.length).toBeGreaterThan(2);
});

test("of an account without a log nothing is known, whatever that of another tells", async () => {
  const aws = home();
  const away = arn.secret("away-AbCdEf", AWAY);
  aws.secret(away);
  aws.role(arn.role("far", AWAY), { inline: READS });
  const { exit, pairs } = await unused(aws.set());
  expect(exit).toBe(3);
  expect(pairs.filter(({ secret }) => secret === idOf(away))).toMatchObject([
    { granted: "perhaps", detail: expect.stringContaining("no log of its account") as string },
  ]);
});

test("parameters that may have been read with their whole path are not told as unused for certain", async () => {
  const aws = new AwsFacts(HOME);
  for (const path of ["pay/db", "pay/mail"]) aws.secret(arn.parameter(path), { encrypted: false });
  aws.role("app", { inline: { r: document(allow("ssm:*")) } });
  logSpan(aws, HOME);
  usage(aws, arn.role("app"), arn.parameter("pay/*"));
  const { exit, pairs } = await unused(aws.set());
  expect(exit).toBe(3);
  expect(pairs.map(({ granted }) => granted)).toEqual(["perhaps", "perhaps"]);
});

test("a login is not accused of what the identity behind it reads", async () => {
  const store = "vault";
  const own: typeof fact = (kind, path, told) => ({
    ...fact(kind, path, told),
    id: `${store}:${path}`,
    store_id: store,
    scope: store,
  });
  const estate = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "app/db")
    .policy("app", 'path "kv/data/app/*" { capabilities = ["read"] }')
    .method("auth/userpass/", "userpass", "auth_userpass_1")
    .role("auth/userpass/", "ada", { method: "userpass", policies: ["app"] })
    .entity("ada", { policies: ["app"] })
    .set();
  const span = own("log_span", "#log", {
    from_at: daysAgo(200),
    to_at: daysAgo(1),
    event_count: 9,
    read_count: 3,
    unattributed_read_count: 0,
    unnamed_read_count: 0,
    holes: [],
    hole_count: 0,
    whole_from_at: daysAgo(200),
    whole_read_count: 3,
  });
  const read = own("usage", "usage#1", {
    principal_key: "entity:ada-id",
    secret_key: "kv/data/app/db",
    read_count: 3,
    denied_count: 0,
    last_read_at: daysAgo(2),
    versions: [],
    unlisted_version_count: 0,
    unversioned_read_count: 3,
    days: {},
  });
  const { exit, pairs, notes } = await unused(new FactSet([...estate.all(), span, read], []));
  expect(exit).toBe(3);
  expect(pairs).toEqual([]);
  expect(notes).toContainEqual(expect.stringMatching(/^use not known: 1 pair of principals/));
});
