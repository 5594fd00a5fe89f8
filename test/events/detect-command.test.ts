import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countersign } from "../cli/process.ts";

// Each starts the command line several times, in processes of their own.
vi.setConfig({ testTimeout: 120_000 });

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-detect-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Refused reads of a principal a minute apart, as Vault logs them. */
function refusals(count: number, entity: string, day = "2026-10-01"): string {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      type: "response",
      time: `${day}T08:${String(index).padStart(2, "0")}:00Z`,
      auth: { entity_id: entity, metadata: { role_name: `role-${entity}` } },
      error: "1 error occurred:\n\t* permission denied\n\n",
      request: {
        id: `${entity}-${day}-${index}`,
        operation: "read",
        path: "kv/data/payments/db",
        mount_point: "kv/",
        mount_type: "kv",
        remote_address: "10.20.30.40",
      },
    }),
  ).join("\n");
}

async function configured(events: string, more = ""): Promise<void> {
  await writeFile(
    join(directory, "countersign.yaml"),
    `version: 1\nsources:\n  vault-prod: { connector: hashicorp, address: "https://127.0.0.1:8200" }\n${more}${events}`,
  );
}

async function ingested(log: string): Promise<void> {
  await writeFile(join(directory, "audit.log"), `${log}\n`);
  await countersign(["events", "ingest", "--store", "vault-prod", "audit.log"], { cwd: directory });
}

const detect = async (...args: readonly string[]) =>
  await countersign(["events", "detect", ...args], { cwd: directory });

const UNTIL = ["--until", "2026-10-02"];

test("nothing that was ingested is not clean", async () => {
  const { exit, out } = await detect(...UNTIL);
  expect(exit).toBe(3);
  expect(out).toContain(
    "not seen: no event before 2026-10-02T00:00:00.000Z was ingested: nothing can be said",
  );
});

test("a configuration that cannot be looked at is not taken for none", async () => {
  await ingested(refusals(9, "a"));
  await symlink("countersign.yaml", join(directory, "countersign.yaml"));
  const { exit, out } = await detect(...UNTIL);
  expect(exit).not.toBe(0);
  expect(out).toBe("");
});

test("ends with 0 where all was seen and nothing is odd, with 3 where a part could not be read", async () => {
  await ingested(refusals(9, "a"));
  expect(await detect(...UNTIL)).toEqual({
    exit: 0,
    out: "12 detections: 0 findings, 0 suppressed\n",
    err: "",
  });
  await ingested(`${refusals(9, "a")}\n{"type":"response"}`);
  const { exit, out } = await detect(...UNTIL);
  expect({ exit, out }).toMatchObject({
    exit: 3,
    out: expect.stringContaining("not seen: vault-prod: 1 record") as string,
  });
});

test("a source without a log, and a log that ends before the period, are not clean", async () => {
  await ingested(refusals(9, "a"));
  await configured("", '  vault-stage: { connector: hashicorp, address: "https://127.0.0.1:8201" }\n');
  const { exit, out } = await detect("--since", "2026-10-01T09", "--until", "2026-10-02");
  expect(exit).toBe(3);
  expect(out).toContain("not seen: vault-stage: no log was ingested");
  expect(out).toContain("not seen: vault-prod: its log ends at 2026-10-01T08:08:00.000Z, before the period");
});

test("a log that begins long behind --since is not clean, one that begins on its day is", async () => {
  await ingested(refusals(9, "a"));
  const { exit, out } = await detect("--since", "2026-09-01", ...UNTIL);
  expect(exit).toBe(3);
  expect(out).toContain(
    "not seen: vault-prod: its log begins at 2026-10-01T08:00:00.000Z, behind the beginning of the period",
  );
  expect((await detect("--since", "2026-10-01", ...UNTIL)).exit).toBe(0);
});

test("finds, ends with 1, and takes parameters from the configuration and from the command", async () => {
  await ingested(refusals(10, "a"));
  const first = await detect("--json", ...UNTIL);
  expect(first.exit).toBe(1);
  expect(JSON.parse(first.out)).toMatchObject({
    findings: [
      {
        detection: "denied_burst",
        severity: "high",
        store_id: "vault-prod",
        detected_at: "2026-10-01T08:09:00.000Z",
        principal_key: "entity:a",
        event_id: "a-2026-10-01-9",
        event_count: 10,
      },
    ],
    holes: [],
    exit: 1,
  });
  await configured("events: { detections: { denied_burst: { threshold: 11 } } }\n");
  expect((await detect(...UNTIL)).exit).toBe(0);
  expect((await detect("--set", "denied_burst.threshold=5", ...UNTIL)).exit).toBe(1);
  expect((await detect("denied_burst", "--set", "threshold=5", ...UNTIL)).exit).toBe(1);
  expect(await detect("--set", "threshold=5", ...UNTIL)).toMatchObject({ exit: 2 });
  expect(await detect("--set", "denied_burst.treshold=5", ...UNTIL)).toMatchObject({ exit: 2 });
  await configured("events: { off: [denied_burst] }\n");
  expect(await detect(...UNTIL)).toMatchObject({
    exit: 0,
    out: expect.stringContaining("off by configuration: denied_burst") as string,
  });
});

test("suppressed is shown and counted, ends on its day, and covers nothing else", async () => {
  await ingested(`${refusals(10, "a")}\n${refusals(10, "b")}`);
  const suppression = (until: string): string =>
    `events:\n  suppressions:\n    - { detection: denied_burst, principal: "entity:*a", reason: Known scanner, until: ${until} }\n`;
  await configured(suppression("2999-01-01"));
  const { exit, out } = await detect("--csv", "denied_burst", ...UNTIL);
  expect(exit).toBe(1);
  expect(out.split("\r\n").filter((line) => line.includes("until 2999-01-01: Known scanner"))).toHaveLength(
    1,
  );
  expect(out).toContain("entity:b");
  await configured(suppression("2026-10-01"));
  const ended = await detect("denied_burst", ...UNTIL);
  expect(ended.out).toContain("1 detection: 3 findings, 0 suppressed");
  expect(ended.out).toContain("suppression ended on 2026-10-01: denied_burst: Known scanner");
});

test("what was acknowledged is shown and counted, and covers nothing that came after the review", async () => {
  await ingested(`${refusals(10, "a")}\n${refusals(10, "a", "2026-10-03")}`);
  const acknowledged = async (on: string): Promise<string> => {
    await configured(
      `events:\n  acknowledgements:\n    - { detection: denied_burst, principal: "entity:a", by: Ada, on: "${on}", reason: Lost a role }\n`,
    );
    return (await detect("denied_burst", "--until", "2026-10-05")).out;
  };
  expect(await acknowledged("2026-10-04")).toContain("0 findings, 0 suppressed, 2 acknowledged");
  // A day is its beginning: nobody says that what happened on it happened before somebody looked.
  expect(await acknowledged("2026-10-03")).toContain("1 finding, 0 suppressed, 1 acknowledged");
  expect(await acknowledged("2026-10-01T08:09:00Z")).toContain("2 findings, 0 suppressed\n");
  const one = await acknowledged("2026-10-01T09:00:00Z");
  expect(one).toContain("1 finding, 0 suppressed, 1 acknowledged");
  expect(one).toContain("acknowledged by Ada on 2026-10-01T09:00:00.000Z: Lost a role");
  expect(await acknowledged("2026-10-01T08:05:00Z")).toContain("2 findings, 0 suppressed\n");
  expect(await acknowledged("2999-01-01")).toContain("2 findings, 0 suppressed\n");
});

test("all suppressed ends with 0", async () => {
  await ingested(refusals(10, "a"));
  await configured(
    `events:\n  suppressions:\n    - { detection: denied_burst, reason: Test, until: 2999-01-01 }\n`,
  );
  expect(await detect("denied_burst", ...UNTIL)).toMatchObject({
    exit: 0,
    out: expect.stringContaining("1 detection: 0 findings, 1 suppressed") as string,
  });
});

test("a break-glass identity of the configuration; one that only a label could mark is not decided", async () => {
  await ingested(refusals(1, "glass"));
  await configured(`break_glass: [{ kind: principal, name: "role-gl*" }]\n`);
  expect(await detect("break_glass_used", ...UNTIL)).toMatchObject({ exit: 1 });
  await configured(`break_glass: [{ kind: principal, label: { emergency: "yes" } }]\n`);
  const { exit, out } = await detect("break_glass_used", ...UNTIL);
  expect(exit).toBe(3);
  expect(out).toContain("1 principal of the log may be break-glass");
});

test("an acknowledgement of what a store has is taken where its detection may be without a principal", async () => {
  await ingested(refusals(10, "a"));
  await configured(`${acknowledgement("denied_burst", "store: vault-prod")}\n`);
  expect((await detect("denied_burst", ...UNTIL)).out).toContain("0 findings, 0 suppressed, 1 acknowledged");
});

/** One as of 2 October 2026; `own`: what it names, or has otherwise. */
function acknowledgement(detection: string, own: string): string {
  const usual = { by: "Ada", on: '"2026-10-02"', reason: "Known" };
  const rest = Object.entries(usual).filter(([key]) => !new RegExp(`\\b${key}:`).test(own));
  const all = [`detection: ${detection}`, own, ...rest.map(([key, value]) => `${key}: ${value}`)];
  return `events: { acknowledgements: [{ ${all.join(", ")} }] }`;
}

test.each([
  ["events: { off: [denied_bursts] }", "expected a detection"],
  [
    `events: { suppressions: [{ detection: denied_burst, reason: r, until: "2026-02-30" }] }`,
    "a day of the calendar",
  ],
  [
    acknowledgement("denied_burst", `principal: "*"`),
    "store, principal, secret or source of an ack.*fits all",
  ],
  [acknowledgement("denied_burst", `secret: "**", source: "?*"`), "store, principal, secret or source"],
  [
    acknowledgement("break_glass_used", "store: vault-prod"),
    "principal, secret or source of an ack.*got none",
  ],
  [acknowledgement("break_glass_used", `store: vault-prod, principal: "*"`), "principal, secret or source"],
  [acknowledgement("denied_burst", `store: vault-prod, reason: " "`), "reason"],
  [acknowledgement("denied_burst", `store: vault-prod, by: " "`), "by"],
  ["events: { detections: { new_readr: { warm_up_days: 1 } } }", "expected a detection"],
])("refuses %s", async (events, message) => {
  await configured(`${events}\n`);
  const { exit, err } = await detect(...UNTIL);
  expect({ exit, err }).toEqual({
    exit: 2,
    err: expect.stringMatching(new RegExp(`countersign.yaml:.*${message}`)) as string,
  });
});
