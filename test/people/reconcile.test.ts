import { describe, expect, it } from "vitest";
import { candidate, linksOf, reconciled, row } from "./rows.ts";

const ADA = row("1", { email: "Ada@X.io", usernames: ["ada"] });
const BO = row("2", { email: "bo@x.io", usernames: ["bo"] });

describe("who is behind a principal", () => {
  it.each([
    ["an address, whatever its case", { addresses: ["ADA@x.IO"] }, "1 by email"],
    ["a name to log in by", { usernames: ["Ada"] }, "1 by username"],
    ["a label with an address", { labels: { person: "ada@x.io" } }, "1 by label:person"],
    ["a label with an employee number", { labels: { person: "2" } }, "2 by label:person"],
    ["an owner's address", { labels: { owner_email: "bo@x.io" } }, "2 by label:owner_email"],
    ["the first rule of several", { addresses: ["ada@x.io"], labels: { person: "bo@x.io" } }, "1 by email"],
  ])("is found by %s", (_, more, expected) => {
    expect(linksOf(reconciled([ADA, BO], [candidate("p", more)]))).toEqual({ "prod:p": expected });
  });

  it("is whom the map names, before all else, even where that is nobody", () => {
    const users = [
      candidate("users/ada", { addresses: ["ada@x.io"] }),
      candidate("users/eve", { addresses: ["ada@x.io"] }),
    ];
    const map = { "users/a*": "bo@x.io", "prod:users/eve": "gone@x.io" };
    const made = reconciled([ADA, BO], users, { map });
    expect(linksOf(made)).toEqual({ "prod:users/ada": "2 by map" });
    expect(made.links.get("prod:users/ada")?.evidence).toBe("users/a* → bo@x.io");
    expect(made.unmatched.map(({ id }) => id)).toEqual(["prod:users/eve"]);
  });

  it.each([
    ["two fit", { addresses: ["ada@x.io", "bo@x.io"] }],
    ["address and name fit different people", { addresses: ["ada@x.io"], usernames: ["bo"] }],
  ])("is nobody where %s, and that is said", (_, more) => {
    const made = reconciled([ADA, BO], [candidate("p", more)]);
    expect(made.links.size).toBe(0);
    expect(made.ambiguous).toMatchObject([{ principal_id: "prod:p", person_ids: [ADA.id, BO.id] }]);
    expect(made.counts).toMatchObject({ ambiguous: 1, principals_with_neither: 0 });
  });

  it("is nobody where HR has two rows of one address", () => {
    const again = row("9", { email: "ada@x.io", status: "terminated" });
    const made = reconciled([ADA, again], [candidate("p", { addresses: ["ada@x.io"] })]);
    expect(made.links.size).toBe(0);
    expect(made.ambiguous).toMatchObject([{ person_ids: [ADA.id] }]);
    expect(made.people[0]?.contradictions).toEqual(["2 rows of HR have one address: 1, 9"]);
  });

  it("counts both sides", () => {
    const { counts, unmatched, without_principal } = reconciled(
      [ADA, BO],
      [
        candidate("a", { addresses: ["ada@x.io"] }),
        candidate("b", { usernames: ["ada"] }),
        candidate("c", { owner: "payments" }),
        candidate("d"),
      ],
    );
    expect(counts).toEqual({
      person_count: 2,
      persons_with_principal: 1,
      principals_with_person: 2,
      principals_with_owner_alone: 1,
      principals_with_neither: 1,
      ambiguous: 0,
    });
    expect(unmatched.map(({ name }) => name)).toEqual(["c", "d"]);
    expect(without_principal.map(({ person_id }) => person_id)).toEqual(["2"]);
  });
});

describe("one person of several rosters", () => {
  const idp = (more: object = {}) =>
    row("1", {
      roster_kind: "idp",
      employee_number: true,
      native_id: "n1",
      email: "ada.l@x.io",
      usernames: ["alind"],
      ...more,
    });

  it("is known by the employee number, and HR's word counts", () => {
    const left = row("1", {
      email: "ada@x.io",
      status: "terminated",
      terminated_at: "2026-09-01T12:00:00.000Z",
    });
    const { people } = reconciled([idp(), left]);
    expect(people).toMatchObject([
      {
        status: "terminated",
        status_from: "hr",
        emails: ["ada.l@x.io", "ada@x.io"],
        contradictions: ["HR says that they left, and the identity provider that they may sign in"],
      },
    ]);
  });

  it("is known by an address", () => {
    expect(
      reconciled([
        ADA,
        idp({ person_id: "x", id: "staff:idp.json/x", employee_number: false, email: "ada@x.io" }),
      ]).people,
    ).toHaveLength(1);
  });

  it("is not taken for another's of the same number at another employer", () => {
    const other = row("1", { file: "other.csv", email: "other@y.io" });
    expect(reconciled([ADA, other, idp()]).people).toHaveLength(3);
  });

  it("tells who is managed by whose number", () => {
    const boss = row("7", { email: "Kim@x.io" });
    const { people } = reconciled([boss, { ...ADA, manager_id: "7" }]);
    expect(people.find(({ person_id }) => person_id === "1")).toMatchObject({ manager_email: "kim@x.io" });
  });
});

describe("whether somebody has left", () => {
  const left = (terminated_at: string | undefined, status: "active" | "terminated") =>
    reconciled([row("1", { status, ...(terminated_at === undefined ? {} : { terminated_at }) })]).people[0];

  it("is not so before the end comes", () => {
    expect(left("2026-10-31T12:00:00.000Z", "terminated")).toMatchObject({
      status: "active",
      status_certain: true,
    });
  });
  it("is so at the end", () => {
    expect(left("2026-09-30T06:00:00.000Z", "terminated")).toMatchObject({ status: "terminated" });
    expect(left(undefined, "terminated")).toMatchObject({ status: "terminated", status_certain: true });
  });
  it("is not known of an active person whose end is past", () => {
    expect(left("2026-08-31T12:00:00.000Z", "active")).toMatchObject({
      status: "active",
      status_certain: false,
    });
  });
  it("is not known where two identity providers differ", () => {
    const rows = ["active", "terminated"].map((status, index) =>
      row(String(index), { roster_kind: "idp", email: "a@x.io", status: status as "active" }),
    );
    expect(reconciled(rows).people).toMatchObject([
      { status: "active", status_certain: false, status_from: "idp" },
    ]);
  });
});
