import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { place, ran } from "./places.ts";

const LIMIT_MS = 120_000;

const SOURCE = `  staff:
    connector: people
    rosters: [{ file: lists/hr.csv, kind: hr }, { file: lists/idp.json, kind: idp }]
    requests: [{ file: lists/requests.csv }]
owners: [{ owner: platform, when: { kind: principal, path: "auth/approle/*" } }]
`;

const HR = `Employee ID,Name,Work Email,Username,Status,Termination Date,Last Job Change
E-1,Ada Lindqvist,a.lindqvist@harbourpine.example,a.lindqvist,terminated,2020-01-31,
E-2,Kim Berg,kim@example.com,,active,,
`;

const IDP = JSON.stringify([
  {
    id: "n1",
    userName: "a.lindqvist",
    displayName: "Ada Lindqvist",
    active: true,
    emails: [{ value: "a.lindqvist@harbourpine.example" }],
  },
]);

const REQUESTS = `Ticket,Requested for,Secrets,Actions,Justification,Requested by,Requested at,Valid until,Approved by,Approved at,State
R-1,a.lindqvist@harbourpine.example,kv/*,"read,write,delete",Migration,a.lindqvist@harbourpine.example,2020-01-02,2020-01-10,kim@example.com,2020-01-03,approved
`;

interface Checked {
  readonly exits: readonly number[];
  readonly counts: Readonly<Record<string, number>>;
  readonly links: readonly Record<string, unknown>[];
  readonly leavers_with_access: readonly Record<string, unknown>[];
  readonly contradictions: readonly Record<string, unknown>[];
  readonly unmatched_principals: readonly Record<string, unknown>[];
  readonly people_without_principal: readonly Record<string, unknown>[];
  readonly blindness: readonly Record<string, unknown>[];
}

async function withLists(hr = HR): Promise<string> {
  const directory = await place({ more: SOURCE });
  await mkdir(join(directory, "lists"));
  await writeFile(join(directory, "lists/hr.csv"), hr);
  await writeFile(join(directory, "lists/idp.json"), IDP);
  await writeFile(join(directory, "lists/requests.csv"), REQUESTS);
  return directory;
}

describe("people of rosters beside a store", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await withLists();
    expect((await ran(directory)).exit).toBe(3);
  }, LIMIT_MS);

  it("are read from places relative to the configuration, as no store", { timeout: LIMIT_MS }, async () => {
    // What was read is judged again without the files.
    await rm(join(directory, "lists"), { recursive: true });
    const { exit, out } = await ran(directory, { command: ["people", "check", "--json"] });
    const told = JSON.parse(out) as Checked;
    expect(exit).toBe(1);
    expect(told.leavers_with_access.length).toBeGreaterThan(0);
    for (const leaver of told.leavers_with_access) {
      expect(leaver).toMatchObject({
        person_id: "E-1",
        status: "terminated",
        status_from: "hr",
        rule: "username",
      });
    }
    expect(told.contradictions).toMatchObject([
      {
        person_id: "E-1",
        contradictions: ["HR says that they left, and the identity provider that they may sign in"],
      },
    ]);
    expect(told.people_without_principal).toMatchObject([{ person_id: "E-2" }]);
    const { counts } = told;
    expect(counts).toMatchObject({ person_count: 2, persons_with_principal: 1, ambiguous: 0 });
    expect(counts["principals_with_owner_alone"]).toBeGreaterThan(0);
    expect(told.unmatched_principals.length).toBe(
      (counts["principals_with_owner_alone"] ?? 0) + (counts["principals_with_neither"] ?? 0),
    );
  });

  it("are told to a person, too", { timeout: LIMIT_MS }, async () => {
    const { out } = await ran(directory, { command: ["people", "check"] });
    expect(out).toMatch(/hr\.csv {4,}hr {3,}2 /);
    expect(out).toContain("Left, and still with access:\n");
    expect(out).toContain("People without a principal:\n  Kim Berg <kim@example.com>\n");
  });

  it("are judged: who left, and what is past the end of its request", { timeout: LIMIT_MS }, async () => {
    const { exit } = await ran(directory, { command: ["report", "--out", "out"] });
    expect(exit).toBe(1);
    const findings = await readFile(join(directory, "out/findings.csv"), "utf8");
    const of = (policy: string) => findings.split("\n").filter((line) => line.includes(policy));
    expect(of("leaver_access_late").some((line) => /a\.lindqvist/.test(line))).toBe(true);
    expect(of("grant_unrequested").length).toBeGreaterThan(0);
    expect(of("request_approval_faulty")).toEqual([]);
    expect(findings).not.toContain("staff could");
    const cover = JSON.parse(await readFile(join(directory, "out/evidence-package.json"), "utf8")) as object;
    expect(JSON.stringify(cover)).toContain('"store_id":"staff"');
  });
});

it(
  "a row that cannot be read is told, and leaves who is behind anything open",
  { timeout: LIMIT_MS },
  async () => {
    const directory = await withLists(`${HR}E-3,Cy,not an address,,active,,\n`);
    const collected = await ran(directory);
    expect(collected.exit).toBe(3);
    expect(collected.out).toContain(
      "hr.csv, line 4: expected an email address of ASCII letters in email, got something else",
    );
    const { exit, out } = await ran(directory, { command: ["people", "check", "--json"] });
    expect(exit).toBe(1);
    const told = JSON.parse(out) as Checked;
    expect(told.exits).toEqual([1, 3]);
    expect(told.blindness).toMatchObject([{ store_id: "staff", fact_kind: "person" }]);
  },
);

it("a snapshot without a roster has nobody to check, and says so", { timeout: LIMIT_MS }, async () => {
  const directory = await place();
  expect((await ran(directory)).exit).toBe(3);
  const { exit, err } = await ran(directory, { command: ["people", "check"] });
  expect(exit).toBe(2);
  expect(err).toContain("E_NOT_FOUND: expected a roster of people in the snapshot, got none");
});

it.each([
  ["rosters: []", /sources\.staff\.rosters/],
  ["rosters: [{ file: hr.csv }]", /sources\.staff\.rosters\.0/],
  ["requests: [{ file: a/x.csv }, { file: b/x.csv }]", /expected files of different names, got x\.csv twice/],
  ["{}", /expected rosters or requests, got neither/],
])("settings such as %s are refused", { timeout: LIMIT_MS }, async (settings, message) => {
  const directory = await place({
    more:
      settings === "{}"
        ? "  staff: { connector: people }\n"
        : `  staff: { connector: people, ${settings} }\n`,
  });
  const { exit, err } = await ran(directory);
  expect(exit).toBe(2);
  expect(err).toMatch(message);
});
