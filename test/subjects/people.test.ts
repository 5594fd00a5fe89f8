import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { FactSet, type Fact, type FactOf, type Gap } from "../../src/facts/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { reconciledPeople, type ClassificationRules } from "../../src/subjects/index.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { row } from "../people/rows.ts";
import { TAKEN_AT, daysAgo, fact, gap, role, subject, subjectsOf } from "./facts.ts";

const ALIAS = { alias_id: "a1", name: "ada@x.io", mount_accessor: "oidc_1", mount_type: "oidc", labels: {} };
const ESTATE: readonly Fact[] = [
  ...new EstateFacts()
    .mount("kv/")
    .secret("kv/", "app/db")
    .secret("kv/", "app/key")
    .policy("pay", 'path "kv/data/app/*" { capabilities = ["read"] }')
    .method("auth/oidc/", "oidc", "oidc_1")
    .entity("ada", { policies: ["pay"], aliases: [ALIAS] })
    .set()
    .all(),
];
const STORE = "vault";
const [ADA] = ESTATE.filter(({ kind }) => kind === "principal") as [Fact];

/** A role of the store, which nobody logs in as by a name. */
const ofStore = (name: string): Fact => ({
  ...role(name),
  id: `${STORE}:auth/approle/role/${name}`,
  store_id: STORE,
  scope: STORE,
});

const roster: Fact = {
  kind: "roster",
  id: "staff:hr.csv",
  store_id: "staff",
  scope: "staff",
  record: "f".repeat(64),
  roster_kind: "hr",
  file: "hr.csv",
  file_sha256: "f".repeat(64),
  person_count: 1,
  as_of: daysAgo(2),
  columns: ["moved_at", "person_id"],
};

function request(own: Partial<FactOf<"access_request">> = {}): Fact {
  return {
    kind: "access_request",
    id: `staff:requests.csv/${own.request_id ?? "R-1"}`,
    store_id: "staff",
    scope: "staff",
    record: "e".repeat(64),
    request_id: "R-1",
    principal: "ada@x.io",
    secrets: ["kv/app/*"],
    actions: ["read"],
    justification: "on call",
    requested_by: "ada@x.io",
    requested_at: daysAgo(20),
    high_privilege: false,
    manager_approval: { by: "kim@x.io", at: daysAgo(19), approved: true },
    state: "approved",
    ...own,
  };
}

const peopleGap = (hides: Gap["hides"]): Gap =>
  gap(hides, "staff:hr.csv/", { store_id: "staff", scope: "staff", reason: "malformed" });

const ada = (facts: readonly Fact[], given: { gaps?: Gap[]; rules?: Partial<ClassificationRules> } = {}) =>
  subject("principal", [...ESTATE, ...facts], { id: ADA.id, ...given });

describe("the person behind a principal", () => {
  it("stands on it, with when they left and moved, and how they were found", () => {
    const person = row("1", {
      email: "Ada@x.io",
      title: "Engineer",
      manager_email: "kim@x.io",
      status: "terminated",
      terminated_at: daysAgo(3),
      moved_at: daysAgo(50),
      third_party: true,
      record: "d".repeat(64),
    });
    const made = ada([roster, person]);
    expect(made.person).toEqual({
      person_id: "1",
      email: "ada@x.io",
      title: "Engineer",
      manager_email: "kim@x.io",
      status: "terminated",
      status_from: "hr",
      status_certain: true,
      third_party: true,
      contradictions: [],
      moves_told: true,
      terminated_hours: 72,
      moved_age_days: 50,
      roster_age_days: 2,
      rule: "email",
    });
    expect(made.traits).toEqual(["people_rostered", "person_expected"]);
    expect(made.records).toContain("d".repeat(64));
  });

  it("is expected of what people log in as, and of a role only where somebody is behind it", () => {
    const made = subjectsOf([...ESTATE, roster, row("9"), ofStore("app")]);
    const traits = (id: string) => made.find((one) => one.id === id)?.traits;
    expect(traits(ADA.id)).toEqual(["people_rostered", "person_expected"]);
    expect(traits(`${STORE}:auth/approle/role/app`)).toEqual(["people_rostered"]);
  });

  it("is nobody where several fit, and expected all the same", () => {
    const made = ada([roster, row("1", { email: "ada@x.io" }), row("2", { email: "ada@x.io" })]);
    expect(made.person).toBeUndefined();
    expect(made.traits).toContain("person_expected");
  });

  it("is expected of a user whom no fact describes", () => {
    const undescribed = ESTATE.filter(({ kind }) => kind !== "principal");
    const model = computeGrants(new FactSet(ESTATE, []), { takenAt: TAKEN_AT });
    const made = subject("principal", [...undescribed, roster, row("9")], { id: ADA.id, access: model });
    expect(made.traits).toEqual(["people_rostered", "person_expected"]);
  });

  it("leaves no trace without a roster", () => {
    const made = ada([]);
    expect(made).not.toHaveProperty("person");
    expect(made).not.toHaveProperty("requests");
    expect(made.traits).toEqual([]);
  });

  it("is hidden of every principal where anything of a list could not be read", () => {
    const made = ada([roster, row("1", { email: "ada@x.io" })], { gaps: [peopleGap(["person"])] });
    expect(made.gaps.map(({ fact_kind, reason }) => `${fact_kind} ${reason}`)).toEqual(["person malformed"]);
    const unread = ada([], { gaps: [peopleGap(["person", "roster"]), peopleGap(["access_request"])] });
    expect(unread.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["access_request", "person", "roster"]);
  });

  it("makes no store of a list of people, read or not", () => {
    const stores = (facts: readonly Fact[], gaps: Gap[] = []) =>
      subjectsOf(facts, { gaps }).flatMap((one) => (one.kind === "store" ? [one.id] : []));
    const pasted = fact("pasted_credential", "x", { resource: "r", operation: "o", pointer: "", rule: "r" });
    expect(
      stores([...ESTATE, roster, row("1"), { ...pasted, id: "staff:x", store_id: "staff", scope: "staff" }]),
    ).toEqual([STORE]);
    const gaps = [peopleGap(["person", "roster", "pasted_credential"])];
    expect(stores(ESTATE, gaps)).toEqual([STORE]);
    const set = new FactSet(ESTATE, gaps);
    expect(computeGrants(set, { takenAt: TAKEN_AT }).blindness.map(({ store_id }) => store_id)).not.toContain(
      "staff",
    );
  });
});

describe("requests for a principal's access", () => {
  const requests = (own: Partial<FactOf<"access_request">>, people: readonly Fact[] = []) =>
    ada([request(own), ...people]).requests;
  const NONE = { request_count: 0, unrequested_count: 2, past_end_count: 0 };

  it.each([
    ["its id", { principal: ADA.id }],
    ["its path", { principal: ADA.id.slice(ADA.id.indexOf(":") + 1) }],
    ["its alias", { principal: "ADA@x.io" }],
    ["secrets by id", { secrets: [`${STORE}:kv/app/db`, "kv/app/key"] }],
    ["more than it may do", { actions: ["read", "write"] as const }],
    ["an end to come", { ends_at: daysAgo(-1) }],
    [
      "high privilege that security approved",
      { high_privilege: true, security_approval: { by: "sec@x.io", at: daysAgo(18), approved: true } },
    ],
  ])("cover it by %s", (_, own) => {
    const made = requests(own as Partial<FactOf<"access_request">>);
    expect(made).toMatchObject({
      request_count: 1,
      granted_count: 2,
      unrequested_count: 0,
      past_end_count: 0,
    });
  });

  it.each([
    ["of another", { principal: "bo@x.io" }],
    ["that is open", { state: "requested" as const }],
    ["that was withdrawn", { state: "withdrawn" as const }],
    ["that begins later", { starts_at: daysAgo(-1) }],
    ["that the manager refused", { manager_approval: { by: "kim@x.io", at: daysAgo(19), approved: false } }],
    [
      "that whoever asked approved",
      { manager_approval: { by: "Ada@x.io", at: daysAgo(19), approved: true } },
    ],
    [
      "that its beneficiary approved",
      { requested_by: "bo@x.io", manager_approval: { by: "ada@x.io", at: daysAgo(19), approved: true } },
    ],
    ["of high privilege without security", { high_privilege: true }],
    [
      "of high privilege that the manager alone approved",
      { high_privilege: true, security_approval: { by: "kim@x.io", at: daysAgo(18), approved: true } },
    ],
  ])("do not cover it by one %s", (_, own) => {
    expect(requests(own)).toMatchObject(NONE);
  });

  it("know whoever approves under another name of theirs", () => {
    const person = row("1", { email: "ada@x.io", usernames: ["alind"] });
    const own = { manager_approval: { by: "alind", at: daysAgo(19), approved: true } };
    expect(requests(own)).toMatchObject({ unrequested_count: 0 });
    expect(requests(own, [person])).toMatchObject(NONE);
  });

  it("name what is not covered, and what is past its end", () => {
    expect(requests({ secrets: ["kv/app/db"] })).toMatchObject({
      unrequested_count: 1,
      unrequested_sample: [`${STORE}:kv/app/key`],
    });
    expect(requests({ ends_at: daysAgo(1) })).toMatchObject({
      unrequested_count: 0,
      past_end_count: 2,
      past_end_sample: [`${STORE}:kv/app/db`, `${STORE}:kv/app/key`],
    });
    expect(requests({ actions: ["write"] })).toMatchObject({ request_count: 1, unrequested_count: 2 });
  });

  it("are found by whoever is behind it, and uncertain where several are", () => {
    const own = { principal: "E-7" };
    expect(requests(own, [row("E-7", { email: "ada@x.io" })])).toMatchObject({ unrequested_count: 0 });
    const twice = [row("E-7", { email: "ada@x.io" }), row("E-8", { email: "ada@x.io" })];
    expect(requests(own, twice)).toMatchObject({ unrequested_count: 2, matched_certain: false });
  });
});

it("the estate counts people and requests, and those that count as approved without being it", () => {
  const estate = (facts: readonly Fact[]) => subject("estate", [...ESTATE, ...facts]);
  expect(estate([])).toMatchObject({ hr_person_count: 0, request_count: 0, faulty_request_count: 0 });
  expect(estate([])).not.toHaveProperty("hr_roster_age_days");
  const faulty = request({ request_id: "R-2", high_privilege: true });
  const later = request({ request_id: "R-3", starts_at: daysAgo(-3) });
  expect(
    estate([roster, row("1"), request(), faulty, later, request({ request_id: "R-4", state: "requested" })]),
  ).toMatchObject({
    hr_person_count: 1,
    hr_roster_age_days: 2,
    request_count: 4,
    approved_request_count: 3,
    faulty_request_count: 1,
    faulty_request_sample: ["R-2"],
  });
});

it("a snapshot's people are reconciled with the owners that rules give", () => {
  const facts = new FactSet(
    [...ESTATE, ofStore("app"), ofStore("other"), roster, row("1", { email: "ada@x.io" })],
    [],
  );
  const rules = { ...classificationRules({}), owners: [{ owner: "payments", when: { name: "app" } }] };
  const { counts } = reconciledPeople(facts, computeGrants(facts, { takenAt: TAKEN_AT }), rules, TAKEN_AT);
  expect(counts).toEqual({
    person_count: 1,
    persons_with_principal: 1,
    principals_with_person: 1,
    principals_with_owner_alone: 1,
    principals_with_neither: 1,
    ambiguous: 0,
  });
});
