import { describe, expect, it } from "vitest";
import { SOURCE, WRITTEN, hr, listed } from "./files.ts";

const HEADER = "Employee ID,Name,Work Email,Status";

describe("a roster in CSV", () => {
  it("tells of each person what it has a column for, and of nothing else", async () => {
    const { of, gaps } = await hr(
      "Employee ID,First Name,Last Name,Work Email,Username,Job Title,Department,Manager Email,Employment Status," +
        "Hire Date,Termination Date,Last Job Change,Worker Type,Salary\n" +
        "E-1,Ada,Lindqvist,Ada.Lindqvist@Example.com,ada;alind,Engineer,Payments,kim@example.com,Terminated," +
        "2020-01-07,2026-09-20,2025-03-01,Contractor,90000\n",
    );
    expect(gaps).toEqual([]);
    const [person] = of("person");
    expect(person).toEqual({
      kind: "person",
      id: `${SOURCE}:hr.csv/E-1`,
      store_id: SOURCE,
      scope: SOURCE,
      record: person?.record,
      roster_kind: "hr",
      file: "hr.csv",
      person_id: "E-1",
      employee_number: true,
      name: "Ada Lindqvist",
      email: "Ada.Lindqvist@Example.com",
      usernames: ["ada", "alind"],
      title: "Engineer",
      department: "Payments",
      manager_email: "kim@example.com",
      status: "terminated",
      starts_at: "2020-01-06T10:00:00.000Z",
      terminated_at: "2026-09-21T12:00:00.000Z",
      moved_at: "2025-03-02T12:00:00.000Z",
      third_party: true,
    });
    expect(of("roster")).toMatchObject([
      { file: "hr.csv", roster_kind: "hr", person_count: 1, as_of: WRITTEN.toISOString() },
    ]);
  });

  it.each([
    ["a byte order mark and CRLF", `\uFEFF${HEADER}\r\n1,"Lind, ""Ada""",a@x.io,active\r\n`],
    ["semicolons", 'Employee ID;Name;Work Email;Status\n1;"Lind, ""Ada""";a@x.io;active\n'],
    ["tabs", 'Employee ID\tName\tWork Email\tStatus\n1\t"Lind, ""Ada"""\ta@x.io\tactive\n'],
  ])("is read with %s", async (_, text) => {
    const { of, gaps } = await hr(text);
    expect(gaps).toEqual([]);
    expect(of("person")).toMatchObject([{ person_id: "1", name: 'Lind, "Ada"', email: "a@x.io" }]);
  });

  it("is read by the headers and words that the configuration names", async () => {
    const { of, gaps } = await hr("Nr,Wer,Lage\n1,Ada,Beurlaubt\n", {
      columns: { person_id: "Nr", name: "Wer", status: "Lage" },
      statuses: { beurlaubt: "leave" },
      as_of: "2026-09-01",
    });
    expect(gaps).toEqual([]);
    expect(of("person")).toMatchObject([{ person_id: "1", name: "Ada", status: "leave" }]);
    expect(of("roster")).toMatchObject([{ as_of: "2026-08-31T10:00:00.000Z" }]);
  });

  it("takes no username that nobody can type, and names its line", async () => {
    const { of, told } = await hr("Person ID,Name,Username,Status\n1,Ada,ada,active\n2,Bo,b\u0000o,active\n");
    expect(of("person").map(({ person_id }) => person_id)).toEqual(["1"]);
    expect(told).toEqual([
      "malformed: hr.csv, line 3: expected usernames without control characters, got some",
    ]);
  });

  it("drops nobody: each row that cannot be read is a gap with its line", async () => {
    const { of, gaps, told } = await hr(
      `${HEADER},Termination Date\n` +
        "1,Ada,a@x.io,active,\n" +
        '2,"Two\nlines",b@x.io,leaving,\n' +
        "\n" +
        "3,Cy,c@x.io,active\n" +
        ",Dee,d@x.io,active,\n" +
        "5,Eve,not an address,active,\n" +
        "6,Fay,f@x.io,terminated,03/04/2026\n" +
        "7,Gus,g@x.io,terminated,2026-02-30\n" +
        "8,Hal,h@x.io,terminated,2026-02-03T10:00:00\n" +
        "9,Ida,\u212Aim@x.io,active,\n",
    );
    expect(of("person").map(({ person_id }) => person_id)).toEqual(["1"]);
    expect(of("roster")).toMatchObject([{ person_count: 9 }]);
    expect(told.map((one) => /^malformed: hr\.csv, line (\d+): (.*)$/.exec(one)?.slice(1))).toEqual([
      ["3", expect.stringContaining("known word in status")],
      ["6", "expected 5 cells, got 4"],
      ["7", "expected a value in person_id, got none"],
      ["8", expect.stringContaining("expected an email address")],
      ["9", expect.stringContaining("in terminated_at")],
      ["10", expect.stringContaining("in terminated_at")],
      ["11", expect.stringContaining("in terminated_at")],
      ["12", "expected an email address of ASCII letters in email, got something else"],
    ]);
    for (const gap of gaps) {
      expect(gap).toMatchObject({ hides: ["person"], resource: `${SOURCE}:hr.csv/`, reason: "malformed" });
      expect(gap.detail).not.toMatch(/leaving|not an address|03\/04/);
    }
  });

  it("uses none of several rows that say different things of one person", async () => {
    const { of, told } = await hr(
      `${HEADER}\n1,Ada,a@x.io,active\n1,Ada,a@x.io,terminated\n2,Bo,b@x.io,active\n2,Bo,b@x.io,active\n`,
    );
    expect(of("person").map(({ person_id }) => person_id)).toEqual(["2"]);
    expect(told).toEqual([
      "malformed: hr.csv, line 2: expected each person_id once, got another row with it in line 3",
      "malformed: hr.csv, line 3: expected each person_id once, got another row with it in line 2",
    ]);
  });

  it("with many bad rows has as many gaps as can be read, and loses no count", async () => {
    const rows = Array.from({ length: 70 }, (_, index) => `${index},N,a@x.io,gone`).join("\n");
    const { told } = await hr(`${HEADER}\n${rows}\n`);
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toMatch(/^malformed: hr\.csv, lines 22, 23, .*, …: 50 more that cannot be read$/);
  });

  it("without anybody is a gap, and says of nobody that they left", async () => {
    const { of, gaps } = await hr(`${HEADER}\n`);
    expect(of("roster")).toMatchObject([{ person_count: 0 }]);
    expect(gaps).toMatchObject([
      { hides: ["person", "roster"], detail: expect.stringContaining("got none") as string },
    ]);
  });

  it.each([
    ["a missing column", "Name,Status\nAda,active\n", "malformed: expected a column for person_id, got none"],
    [
      "two columns of one header",
      `${HEADER},status\n1,A,a@x.io,active,active\n`,
      /several of the same header for status/,
    ],
    ["no header", "", "malformed: expected a line of headers, got an empty file"],
    ["an open quote", `${HEADER}\n1,"Ada,a@x.io,active\n`, /^malformed: expected CSV, got what is none/],
    [
      "other bytes than UTF-8",
      Buffer.from([0x4e, 0xe9, 0x0a]),
      /^malformed: expected UTF-8, got the byte 0xe9 \(line 1\)/,
    ],
  ])("with %s is a gap over the file", async (_, text, told) => {
    const list = await hr(text);
    expect(list.facts).toEqual([]);
    expect(list.told).toEqual([typeof told === "string" ? told : expect.stringMatching(told)]);
    expect(list.gaps).toMatchObject([{ hides: ["person", "roster"] }]);
  });

  it("that is not there is a gap that names no place on this machine", async () => {
    const { facts, gaps, told } = await listed({}, { rosters: [{ file: "away.csv", kind: "hr" }] });
    expect(facts).toEqual([]);
    expect(told).toEqual(["unavailable: expected a file at away.csv, got none"]);
    expect(gaps).toMatchObject([{ hides: ["person", "roster"] }]);
  });

  it("of more rows than are read is a gap", async () => {
    const { told } = await hr(`${HEADER}\n${"1,A,a@x.io,active\n".repeat(100_001)}`);
    expect(told).toEqual(["limit: expected at most 100000 rows, got 100001"]);
  });

  it("of many pages loses nobody", async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => `${index},N ${index},n${index}@x.io,active`);
    const { of, gaps } = await hr(`${HEADER}\n${rows.join("\n")}\n`);
    expect(gaps).toEqual([]);
    expect(new Set(of("person").map(({ id }) => id)).size).toBe(12_000);
    expect(of("roster")).toHaveLength(1);
  });
});

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const USER = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
  id: "2819c223",
  userName: "ada",
  displayName: "Ada Lindqvist",
  active: true,
  title: "Engineer",
  emails: [{ value: "home@x.io" }, { value: "ada@example.com", primary: true }],
  [ENTERPRISE]: { employeeNumber: "E-1", department: "Payments", manager: { value: "26118915" } },
};

async function scim(body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return await listed({ "idp.json": text }, { rosters: [{ file: "idp.json", kind: "idp" }] });
}

describe("a roster in SCIM's shape", () => {
  it.each([
    ["a list response", { totalResults: 1, Resources: [USER] }],
    ["a plain array", [USER]],
  ])("as %s tells of each user", async (_, body) => {
    const { of, gaps } = await scim(body);
    expect(gaps).toEqual([]);
    expect(of("person")).toMatchObject([
      {
        roster_kind: "idp",
        person_id: "E-1",
        employee_number: true,
        native_id: "2819c223",
        name: "Ada Lindqvist",
        email: "ada@example.com",
        other_emails: ["home@x.io"],
        usernames: ["ada"],
        title: "Engineer",
        department: "Payments",
        manager_id: "26118915",
        status: "active",
        third_party: false,
      },
    ]);
  });

  it("counts a user of whom no number is told by its own id", async () => {
    const { of } = await scim([{ id: "x", userName: "svc", active: false }]);
    expect(of("person")).toMatchObject([
      { person_id: "x", employee_number: false, name: "svc", status: "terminated" },
    ]);
  });

  it("says that it is a part where the list says so", async () => {
    const { told } = await scim({ totalResults: 3, Resources: [USER] });
    expect(told).toEqual(["malformed: idp.json: expected all that the list says it has, got 2 fewer"]);
  });

  it("names the entries that cannot be used", async () => {
    const { told } = await scim([USER, "text", { userName: "no-status" }]);
    expect(told).toEqual([
      "malformed: idp.json, entry 2: expected an object, got something else",
      "malformed: idp.json, entry 3: expected a value in status or active, got none",
    ]);
  });

  it.each([["{"], ['{"Resources": {}}'], ["[]"]])("of %s is a gap", async (text) => {
    const { of, gaps } = await scim(text);
    expect(of("person")).toEqual([]);
    expect(gaps).toMatchObject([{ hides: ["person", "roster"] }]);
  });
});
