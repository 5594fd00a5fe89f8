import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../src/base/index.ts";
import type { Finding } from "../../src/evidence/index.ts";
import {
  accessCsv,
  controlsCsv,
  findingsCsv,
  gapsCsv,
  grantsCsv,
  inventoryCsv,
  pastFindingsCsv,
} from "../../src/render/index.ts";
import { csv, csvChunks } from "../../src/render/csv/table.ts";
import type { Subject } from "../../src/subjects/index.ts";
import type { Gap } from "../../src/facts/index.ts";
import * as ofAws from "../subjects/aws-facts.ts";
import { role, subject } from "../subjects/facts.ts";
import { samplePackage } from "./package.ts";
import { HOSTILE_NAMES } from "./sample.ts";

type Row = Record<string, string>;

const source = samplePackage();

function read(text: string): Row[] {
  return parse(text, { bom: true, columns: true, record_delimiter: "\r\n" });
}

/** The full-width signs are formulas to a spreadsheet as well, and blanks and quotes before a sign may be stripped. */
const FORMULA = /^(?!-\d+$)(\t|[\s"']*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/** What a spreadsheet would see of a value: an apostrophe in front of a formula, escapes instead of what it would obey. */
const neutral = (text: string): string => {
  const shown = printable(text);
  return FORMULA.test(shown.replaceAll("`", '"')) ? `'${shown}` : shown;
};

describe("every list", () => {
  const lists = {
    findings: findingsCsv(source),
    controls: controlsCsv(source),
    inventory: inventoryCsv(source),
    access: [...accessCsv(source)].join(""),
    gaps: gapsCsv(source),
    grants: [...grantsCsv(source)].join(""),
    past: pastFindingsCsv(source),
  };

  it.each(Object.entries(lists))(
    "%s begins with a byte order mark and names its evidence in each row",
    (name, text) => {
      expect(text.codePointAt(0)).toBe(0xfeff);
      const rows = read(text);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row["package_id"]).toBe(source.head.package_id);
        if (name === "access") continue;
        expect(row["snapshot_id"]).toBe(source.head.snapshot.snapshot_id);
        expect(row["as_of"]).toBe(source.head.as_of);
        expect(row["entity"]).toBe(source.head.entity.name);
        expect(row["request_id"]).toBe(source.head.entity.request_id);
      }
    },
  );

  it.each(Object.entries(lists))("%s holds no cell that a spreadsheet would run", (_name, text) => {
    for (const row of read(text))
      for (const cell of Object.values(row))
        expect(cell).not.toMatch(/^[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
  });
});

describe("findings.csv", () => {
  it("has every finding, hostile names unchanged but for formulas", () => {
    const rows = read(findingsCsv(source));
    expect(rows.map((row) => row["finding_id"]).sort()).toEqual(
      source.findings.map(({ finding_id }) => finding_id).sort(),
    );
    const names = new Set(rows.map((row) => row["subject_name"]));
    for (const name of HOSTILE_NAMES) expect(names.has(neutral(name)), name).toBe(true);
  });

  it("never leaves the actual value of an unknown blank", () => {
    const unknown = read(findingsCsv(source)).filter((row) => row["status"] === "undetermined");
    expect(unknown.length).toBeGreaterThan(0);
    for (const row of unknown) expect(row["actual"]).toBe("unknown");
  });

  it("says what is not collected instead of leaving it blank", () => {
    for (const row of read(findingsCsv(source))) {
      expect([row["ticket"], row["waiver"], row["fixed_at"]]).toEqual([
        "not collected",
        "not collected",
        "not fixed",
      ]);
    }
  });
});

describe("inventory.csv", () => {
  it("says why a value is unknown where a gap hides it", () => {
    const rows = read(inventoryCsv(source));
    const hidden = source.subjects.filter((subject) => subject.gaps.length > 0);
    expect(hidden.length).toBeGreaterThan(0);
    for (const { id } of hidden) {
      const row = rows.find((candidate) => candidate["subject_id"] === neutral(id));
      expect(row?.["value_age_days"]).toBe("unknown: denied");
    }
  });

  it("calls a count of readers a lower bound where a gap hides grants", () => {
    const subjects = source.subjects.slice(0, 1).map((subject) => ({
      ...subject,
      gaps: [{ fact_kind: "grant", reason: "denied", gap: "0".repeat(64), gap_count: 1 }],
    }));
    const [row] = read(inventoryCsv({ ...source, subjects }));
    expect(row?.["reader_count"]).toBe("at least 4; more unknown: denied");
    expect(row?.["public_reader_count"]).toBe("at least 0; more unknown: denied");
    expect(row?.["writer_count"]).toBe("unknown: denied");
  });

  it("says who is excused as break-glass", () => {
    const principal = subject("principal", [role("ci")], { rules: { break_glass: [{ path: "*" }] } });
    const cell = (own: Partial<typeof principal>): string | undefined =>
      read(inventoryCsv({ ...source, subjects: [{ ...principal, ...own }] }))[0]?.["break_glass"];
    expect(cell({})).toBe("yes");
    expect(cell({ break_glass: false })).toBe("no");
    expect(cell({ break_glass: false, undecided: ["break_glass"] })).toBe("not decided");
    expect(read(inventoryCsv(source))[0]?.["break_glass"]).toBe("");
  });

  it("says of a key its state, of a secret that it is to be deleted, and when", () => {
    const deletes_at = "2026-10-04T12:30:00.000Z";
    const shown = (one: Subject): (string | undefined)[] => {
      const [row] = read(inventoryCsv({ ...source, subjects: [one] }));
      return [row?.["state"], row?.["deletes_at"]];
    };
    const secretOf = (own: object, gaps: Gap[] = []): Subject =>
      ofAws.subject("secret", [ofAws.region(), ofAws.secret(), ofAws.metadata(own)], { gaps });
    const keyOf = (own: object): Subject => ofAws.subject("key", [ofAws.region(), ofAws.key(own)]);
    expect(shown(secretOf({ deletes_at }))).toEqual(["to be deleted", deletes_at]);
    expect(shown(secretOf({}))).toEqual(["none", "none"]);
    const hidden = [ofAws.gap(["secret_metadata"], { resource: `${ofAws.SOURCE}:${ofAws.SECRET_ARN}` })];
    expect(shown(secretOf({}, hidden))).toEqual(["unknown: denied", "unknown: denied"]);
    expect(shown(keyOf({ state: "PendingDeletion", deletes_at }))).toEqual(["PendingDeletion", deletes_at]);
    expect(shown(keyOf({ state: "Disabled" }))).toEqual(["Disabled", "none"]);
  });

  it("says none only where the store was seen to have none", () => {
    const [row] = read(inventoryCsv({ ...source, subjects: source.subjects.slice(0, 1) }));
    expect(row?.["rotation_enabled"]).toBe("none");
    expect(row?.["exportable"]).toBe("");
  });
});

describe("access.csv and grants.csv", () => {
  it("say per principal and secret what is certain, and name the grants by which the paths are found", () => {
    const [row] = read([...accessCsv(source)].join(""));
    const [grant] = read([...grantsCsv(source)].join(""));
    expect(row).toMatchObject({
      certain_actions: "read; list",
      conditional_actions: "write",
      possible_actions: "",
      certainty: "certain",
      path_count: "2",
      tier: "not known",
      secret_owner: "not known",
      environment: "prod",
      principal_owner: "not assigned",
      last_used_at: "not collected",
      grants: grant?.["grant"],
    });
    expect(grant).toMatchObject({
      policy_lines: "payments-read:2 kv/data/payments/*",
      target_count: "7",
      path: 'read+list: auth role approle/ci, policy payments-read line 2 "kv/data/payments/*"',
    });
    expect(grant?.["grant_id"]).toMatch(new RegExp(`^${grant?.["grant"]}[0-9a-f]{48}$`));
  });
});

describe("controls.csv", () => {
  it("has one row a control, with the numbers of its findings", () => {
    const rows = read(controlsCsv(source));
    expect(rows).toHaveLength(source.head.frameworks.flatMap(({ controls }) => controls).length);
    const row = rows.find((candidate) => candidate["control_id"] === "CC6.1");
    expect(row).toMatchObject({ status: "deviation", deviation: "6", waived: "1", results: "21" });
    expect(row?.["findings"]).toMatch(/^D-0001 to D-\d{4}; U-0001 to U-\d{4}; E-0001$/);
  });
});

describe("a row of controls.csv", () => {
  const row = (id: string): Row =>
    read(controlsCsv(source)).find(({ control_id }) => control_id === id) ?? {};

  it("has what is asked of a control: criterion, procedure, population, thresholds, counts, command", () => {
    expect(row("CC6.1")).toMatchObject({
      criterion: "Access to secrets is limited to those who need it",
      procedures:
        "Secret value is older than its limit (rotation_overdue, direct); " +
        "Store writes no audit log, or to one place only (audit_sink_missing, direct)",
      thresholds:
        "rotation_overdue limit_days: critical 30, high 90, standard 90, low 365, untiered 30 (day) " +
        "[set in the configuration, differs from the policy's default]",
      subjects: "secret 10; store 1",
      population_made_by:
        "secret: all that kv.list named, no filter, gaps: 2, no sample; store: the stores that the configuration names, of a cloud each Region of each account",
      compliant: "10",
      undetermined: "4",
      not_applicable: "0",
      reproduce: source.head.reproduce,
    });
  });

  it("has the entity's own controls, and says of each what is not stated", () => {
    expect(row("CC6.1")).toMatchObject({
      own_control_id: "LAC-04; KEY-02",
      own_control_owner: "Head of platform; not stated by the entity",
      own_control_nature:
        "manual, detective; automated or manual: not stated, preventive or detective: not stated",
    });
    expect(row("CC6.3")).toMatchObject({
      own_control_id: "not stated by the entity",
      own_control_wording: "not stated by the entity",
    });
  });

  it("claims no test where no policy answers the control", () => {
    expect(row("CC6.3")).toMatchObject({
      status: "not tested",
      test_nature: "not tested",
      reproduce: "not tested",
    });
  });
});

describe("past-findings.csv", () => {
  it("takes only what was seen compliant for fixed", () => {
    const rows = read(pastFindingsCsv(source)).map(({ now, fixed_at, ended_at }) => ({
      now,
      fixed_at,
      ended_at,
    }));
    expect(rows).toEqual([
      { now: "fixed", fixed_at: "2026-09-01T06:00:00.000Z", ended_at: "" },
      { now: "no longer there", fixed_at: "not seen fixed", ended_at: "2026-09-01T06:00:00.000Z" },
      { now: "not seen, not fixed", fixed_at: "not seen fixed", ended_at: "" },
      { now: "not comparable, not fixed", fixed_at: "not seen fixed", ended_at: "" },
      { now: "not looked at any more", fixed_at: "not seen fixed", ended_at: "" },
    ]);
  });
});

describe("the dates of findings.csv", () => {
  const dated = (own: Partial<Finding>): Row => {
    const [first] = source.findings;
    const one = { ...source, findings: [{ ...first!, ...own }] };
    return read(findingsCsv(one))[0] ?? {};
  };

  it("say that there was no earlier snapshot", () => {
    const first = { ...source.findings[0]! };
    delete first.first_seen_bad_at;
    const [row = {}] = read(findingsCsv({ ...source, findings: [first] }));
    expect(row["policy_first_failed_at"]).toBe("no earlier snapshot");
    expect(row["last_seen_good_at"]).toBe("no earlier snapshot");
  });

  it("say that it was good in none that was looked at", () => {
    expect(dated({ unjudged_count: 2 })).toMatchObject({
      last_seen_good_at: "not in the snapshots looked at",
      unjudged_count: "2",
      fixed_at: "not fixed",
    });
  });

  it("say of an unknown when it failed last", () => {
    const last_seen_bad_at = "2026-08-01T06:00:00.000Z";
    expect(dated({ status: "undetermined", unjudged_count: 1, last_seen_bad_at })).toMatchObject({
      last_seen_bad_at,
    });
  });
});

describe("the writer of lists", () => {
  it("gives back what was put in, for any text", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string()), { minLength: 1 }),
        (rows) => {
          const columns = [0, 1].map((index) => ({
            name: `c${index}`,
            cell: (row: [string, string]) => row[index]!,
          }));
          const back = read(csv(columns, rows));
          expect(back.map((row) => [row["c0"], row["c1"]])).toEqual(rows.map((row) => row.map(neutral)));
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  const written = (text: string): string =>
    csv([{ name: "c", cell: (row: string) => row }], [text]).slice("\ufeffc\r\n".length, -"\r\n".length);

  it.each([
    ["an escape sequence", "a\u001b[31mb", "a\\u{1b}[31mb"],
    ["a control character of the second set", "a\u009bb", "a\\u{9b}b"],
    ["a deletion", "a\u007fb", "a\\u{7f}b"],
    ["a change of direction", "kv/\u202etxt.exe", "kv/\\u{202e}txt.exe"],
    ["an isolate", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
    ["what has no width", "\u200b=1\u00ad\ufeff", "\\u{200b}=1\\u{ad}\\u{feff}"],
    ["a carriage return", "a\r\nb", '"a\\u{d}\nb"'],
    ["an invisible tag", "a\u{e0041}", "a\\u{e0041}"],
  ])("shows %s instead of obeying it", (_what, text, shown) => {
    expect(written(text)).toBe(shown);
  });

  it.each(["-1", "-695", "-0.5"])("leaves the number %s alone, which is no formula", (text) => {
    expect(csv([{ name: "n", cell: (cell: string) => cell }], [text])).toBe(`\ufeffn\r\n${text}\r\n`);
  });

  it.each(["-1+1", "--1", "-1 ", "- 1", "+1", "-1e5", "-.5", "-1,5", "-@SUM"])(
    "takes %j for a formula all the same",
    (text) => {
      expect(csv([{ name: "n", cell: (cell: string) => cell }], [text])).toContain(`'${text}`);
    },
  );

  it.each([
    "=1+1",
    "+1",
    "@SUM(1)",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\t=1",
    " =1",
    "\n=1",
    "'=1",
    '"=1',
    "\u00a0@x",
    "\tx",
  ])("puts an apostrophe before the formula %j", (text) => {
    expect(read(`\ufeffc\r\n${written(text)}\r\n`)).toEqual([{ c: `'${text}` }]);
  });

  it.each(["a=1", "kv/-x", "a@example.org", "1-2", " x"])("leaves %j as it is", (text) => {
    expect(written(text)).toBe(text);
  });

  it("keeps negative numbers numbers", () => {
    expect(csv([{ name: "days", cell: (days: number) => days }], [-5])).toBe("\ufeffdays\r\n-5\r\n");
  });

  it("makes rows only as they are taken", () => {
    let made = 0;
    function* endless() {
      for (;;) yield ++made;
    }
    const chunks = csvChunks([{ name: "n", cell: (row: number) => row }], endless());
    chunks.next();
    expect(made).toBe(0);
    chunks.next();
    expect(made).toBe(1000);
  });
});
