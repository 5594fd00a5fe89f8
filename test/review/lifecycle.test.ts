import { describe, expect, it } from "vitest";
import {
  acknowledged,
  closed,
  isManagement,
  itemsSignedOff,
  opened,
  resultSignedOff,
  reviewEnded,
} from "../../src/review/deciding/lifecycle.ts";
import type { Campaign } from "../../src/review/model.ts";
import { rolesOf } from "../../src/review/roles.ts";
import { roleSettings } from "../../src/review/settings.ts";
import { campaign, without } from "./campaign.ts";

const STATEMENT = "I looked at each of them myself.";

const created = (): Campaign =>
  without(without(campaign({ state: "created", version: 1 }), "opened_at"), "due_at");

const signOff = (by: string) => ({ by, at: "2026-10-20T09:00:00.000Z", statement: STATEMENT });

describe("a campaign", () => {
  it("goes from created to closed, each step once", () => {
    const open = opened(created(), "2026-10-01T09:00:00.000Z");
    expect(open).toMatchObject({ state: "in_review", version: 2, due_at: "2026-10-22T09:00:00.000Z" });
    expect(() => opened(open, "2026-10-02T09:00:00.000Z")).toThrow("a campaign that is created");
    const reviewed = itemsSignedOff(open, {
      ...signOff("mia@example.com"),
      decision_count: 1,
      decisions_sha256: "",
    });
    const ended = reviewEnded(reviewed, "2026-10-20T09:00:00.000Z", 0, []);
    expect(ended).toMatchObject({ state: "in_remediation", remediation_due_at: "2026-11-03T09:00:00.000Z" });
    expect(() => closed(ended, "2026-11-01T00:00:00.000Z")).toThrow("signed off");
    expect(() => acknowledged(ended, signOff("vera@example.com"), new Set())).toThrow(
      "compliance signed off",
    );
    const signed = resultSignedOff(ended, signOff("cora@example.com"));
    expect(() => closed(signed, "2026-11-01T00:00:00.000Z")).toThrow("acknowledgement");
    const known = acknowledged(signed, signOff("vera@example.com"), new Set(["mia@example.com"]));
    const end = closed(known, "2026-11-01T00:00:00.000Z");
    expect(end).toMatchObject({ state: "closed", version: 7, closed_at: "2026-11-01T00:00:00.000Z" });
    expect(() => resultSignedOff(end, signOff("cora@example.com"))).toThrow("in remediation");
  });

  it("ends before its due date only when everything is decided, and after it as it is", () => {
    expect(() => reviewEnded(campaign(), "2026-10-22T08:59:59.000Z", 3, [])).toThrow("3 that wait");
    expect(reviewEnded(campaign(), "2026-10-22T09:00:00.000Z", 3, []).state).toBe("in_remediation");
  });

  it("ends before its due date only when all who decided signed off, and after it without", () => {
    const unsigned = [{ by: "mia@example.com", decisions: 3 }];
    expect(() => reviewEnded(campaign(), "2026-10-22T08:59:59.000Z", 0, unsigned)).toThrow(
      "mia@example.com (3 decisions)",
    );
    expect(reviewEnded(campaign(), "2026-10-22T09:00:00.000Z", 0, unsigned).state).toBe("in_remediation");
  });

  it("is not signed off anew once it is acknowledged, by whoever acknowledged it or by others", () => {
    const ended = campaign({ state: "in_remediation" });
    const signed = resultSignedOff(ended, signOff("cora@example.com"));
    expect(resultSignedOff(signed, signOff("kim@example.com")).sign_off?.by).toBe("kim@example.com");
    const known = acknowledged(signed, signOff("vera@example.com"), new Set());
    for (const by of ["vera@example.com", "cora@example.com"]) {
      expect(() => resultSignedOff(known, signOff(by))).toThrow("nobody has acknowledged yet");
    }
  });

  it("is acknowledged by who neither decided nor signed off", () => {
    const signed = campaign({ state: "in_remediation", sign_off: signOff("cora@example.com") });
    for (const by of ["cora@example.com", "mia@example.com"]) {
      expect(() => acknowledged(signed, signOff(by), new Set(["mia@example.com"]))).toThrow(
        "neither decided nor signed",
      );
    }
  });

  it("is acknowledged by management, and by administrators where nobody is named for it", () => {
    const named = ["Vera.Moss@example.com"];
    expect(isManagement({ roles: ["management", "reviewer"] }, named)).toBe(true);
    expect(isManagement({ roles: ["admin", "reviewer"] }, named)).toBe(false);
    expect(isManagement({ roles: ["admin", "reviewer"] }, [])).toBe(true);
    expect(isManagement({ roles: ["compliance", "reviewer", "security"] }, [])).toBe(false);
  });

  it("takes no empty words", () => {
    const signed = campaign({ state: "in_remediation" });
    expect(() => resultSignedOff(signed, { ...signOff("cora@example.com"), statement: "  ok  " })).toThrow(
      "statement",
    );
  });
});

describe("roles by the configuration", () => {
  const settings = roleSettings({
    roles: { admin: { people: ["adam@example.com"] }, auditor: { people: ["olga@audit.example"] } },
    management: ["Vera.Moss@example.com", "olga@audit.example"],
  });

  it("give management to whom review.management names, in whichever case", () => {
    expect(rolesOf(settings, "vera.moss@example.com", [])).toEqual(["management", "reviewer"]);
    expect(rolesOf(settings, "adam@example.com", [])).toEqual(["admin", "reviewer"]);
    expect(rolesOf(roleSettings({}), "vera.moss@example.com", [])).toEqual(["reviewer"]);
  });

  it("let an auditor be an auditor alone, though named for management", () => {
    expect(rolesOf(settings, "olga@audit.example", [])).toEqual(["auditor"]);
  });
});
