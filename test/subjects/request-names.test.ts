import { describe, expect, it } from "vitest";
import { classificationRules } from "../../src/cli/config.ts";
import { FactSet, type Fact, type FactOf } from "../../src/facts/index.ts";
import { computeGrants } from "../../src/access/index.ts";
import { RequestNames, buildSubjects, reconciledPeople } from "../../src/subjects/index.ts";
import { row } from "../people/rows.ts";
import { TAKEN_AT, daysAgo, fact } from "./facts.ts";
import { USER_ALIAS, userStore } from "../review/made.ts";

/** Mia logs in as userpass user `ada`, who is one identity at every login. */
const STORE = [
  ...userStore()
    .entity("e-ada", { ...USER_ALIAS, policies: ["pay"] })
    .set()
    .all(),
];
const MIA = row("E-1", { email: "mia@x.io", other_emails: ["mia@corp.example"], usernames: ["ada"] });
const [ENTITY] = STORE.filter(({ kind }) => kind === "principal") as [Fact];
const [USER] = STORE.filter(({ kind }) => kind === "auth_role") as [FactOf<"auth_role">];
const PATH = USER.id.slice(USER.id.indexOf(":") + 1);

function request(own: Partial<FactOf<"access_request">> = {}): Fact {
  return {
    ...fact("access_request", "requests.csv/R-1", {
      request_id: "R-1",
      principal: PATH,
      secrets: ["kv/*"],
      actions: ["read", "write"],
      justification: "on call",
      requested_by: "bo@x.io",
      requested_at: daysAgo(20),
      high_privilege: false,
      manager_approval: { by: "kim@x.io", at: daysAgo(19), approved: true },
      state: "approved",
      ...own,
    }),
  };
}

function made(facts: readonly Fact[]) {
  const set = new FactSet([...STORE, ...facts], []);
  const model = computeGrants(set, { takenAt: TAKEN_AT });
  const rules = classificationRules({});
  const subjects = [...buildSubjects(set, model, rules, TAKEN_AT)];
  const names = new RequestNames(set, reconciledPeople(set, model, rules, TAKEN_AT));
  const requestsOf = (id: string) => {
    const found = subjects.find((one) => one.kind === "principal" && one.id === id);
    return found?.kind === "principal" ? found.requests : undefined;
  };
  const estate = subjects.find(({ kind }) => kind === "estate");
  return { names, requestsOf, estate };
}

describe("the names of a principal in requests", () => {
  it("are those of the login that it always is: a request for the login covers the identity, and the other way round", () => {
    expect(made([request()]).requestsOf(ENTITY.id)).toMatchObject({ request_count: 1, unrequested_count: 0 });
    const { requestsOf } = made([request({ principal: `${USER.mount}${USER.name}` })]);
    expect(requestsOf(ENTITY.id)).toMatchObject({ unrequested_count: 0 });
    expect(made([request({ principal: ENTITY.id })]).requestsOf(USER.id)).toMatchObject({ request_count: 1 });
  });

  it.each([PATH, "auth/userpass/ada", ENTITY.id, "mia@corp.example"])(
    "show that who has it approved it: asked for as %s",
    (principal) => {
      for (const by of ["mia@x.io", "MIA@corp.example", "E-1"]) {
        const told = made([
          MIA,
          request({ principal, manager_approval: { by, at: daysAgo(19), approved: true } }),
        ]);
        expect(told.estate).toMatchObject({ approved_request_count: 1, faulty_request_count: 1 });
        expect(told.requestsOf(ENTITY.id)).toMatchObject({ request_count: 0 });
      }
    },
  );

  it("mean a person where one alone is behind them", () => {
    const { names } = made([MIA]);
    expect(names.personOf(PATH)?.person_id).toBe("E-1");
    expect(names.personOf("nobody")).toBeUndefined();
    expect(names.isSame("mia@corp.example", PATH)).toBe(true);
    expect(names.isSame("kim@x.io", PATH)).toBe(false);
  });
});
