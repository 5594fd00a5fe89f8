import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { stateError } from "../../src/state/faults.ts";

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("expected it to throw");
}

function withCode(code: string, message = "refused"): Error {
  return Object.assign(new Error(message), { code });
}

describe("errors of a database", () => {
  it("says that the disk is full", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("pragma max_page_count = 2; create table a (b)");
    const full = thrownBy(() => database.exec("insert into a values (zeroblob(100000))"));
    expect(stateError(full, "the database")).toMatchObject({ code: "E_DISK", fix: /Free some space/ });
    database.close();
  });

  it.each([
    [withCode("ECONNREFUSED"), "E_UNREACHABLE"],
    [new AggregateError([withCode("ECONNREFUSED")]), "E_UNREACHABLE"],
    [withCode("SELF_SIGNED_CERT_IN_CHAIN"), "E_UNREACHABLE"],
    [new Error("Connection terminated unexpectedly"), "E_UNREACHABLE"],
    [withCode("57P01", "terminating connection due to administrator command"), "E_UNREACHABLE"],
    [withCode("53300", "too many clients"), "E_UNREACHABLE"],
    [withCode("53100", "could not extend file"), "E_DISK"],
    [withCode("28P01"), "E_DENIED"],
    [withCode("40P01", "deadlock detected"), "E_STATE_LOCKED"],
    [withCode("23505"), "E_CONFLICT"],
    [withCode("XX001"), "E_INTEGRITY"],
    [withCode("42601", "syntax error"), "E_INTERNAL"],
    [new Error("anything else"), "E_INTERNAL"],
    ["no error at all", "E_INTERNAL"],
  ])("tells %s as %s", (thrown, code) => {
    expect(stateError(thrown, "the database")).toMatchObject({ code });
  });
});
