import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/evidence/index.ts";
import { findingsCsv } from "../../src/render/index.ts";
import { causeCount, makeRegister, saidAlike } from "../../src/render/register.ts";
import { samplePackage } from "./package.ts";
import { digest } from "./sample.ts";

const [template] = samplePackage({ unknowns: 1 }).findings.filter(({ status }) => status === "violation");

const opened = (name: string, role: string): Finding => ({
  ...template!,
  finding_id: digest(name),
  subject_id: name,
  subject_name: name,
  actual: "1",
  expected: "no reader of other organisations",
  message: `readers of other organisations: 1, through 1 role: ${role}`,
});

describe("findings of one cause", () => {
  const findings = [
    ...["a", "c", "e"].map((name) => opened(name, "vendor")),
    ...["b", "d", "f"].map((name) => opened(name, "partner")),
    ...["0", "z"].map((name) => opened(name, name)),
  ];

  it("stand together in the register, and those of which less is said alike by themselves", () => {
    const [group] = makeRegister({ findings, gaps: [] }).deviations;
    expect(group?.findings.map(({ finding }) => finding.subject_name).join("")).toBe("0zbdface");
  });

  it("are counted as one, and each names the first of them", () => {
    const register = makeRegister({ findings, gaps: [] });
    const all = register.deviations.flatMap((group) => group.findings);
    expect(causeCount(register, all)).toBe(4);
    expect(all.map(({ number }) => register.causeOf.get(number)?.slice(-1)).join("")).toBe("12333666");
    const rows: { same_cause_as: string }[] = parse(findingsCsv({ ...samplePackage(), findings, gaps: [] }), {
      bom: true,
      columns: true,
      record_delimiter: "\r\n",
    });
    expect(new Set(rows.map((row) => row.same_cause_as)).size).toBe(4);
  });

  it("of unknowns are what could not be read", () => {
    const unknown = (name: string, because: string): Finding => ({
      ...opened(name, "vendor"),
      status: "undetermined",
      unknown_because: because,
      gaps: [],
    });
    const unknowns = [unknown("a", "x"), unknown("b", "x"), unknown("c", "y")];
    const register = makeRegister({ findings: unknowns, gaps: [] });
    const all = register.unknowns.flatMap((group) => group.findings);
    expect(causeCount(register, all)).toBe(2);
  });

  it("are told once from three on", () => {
    const said = saidAlike(findings);
    expect(new Set(findings.slice(0, 3).map(said))).toEqual(
      new Set(["readers of other organisations: 1, through 1 role: vendor"]),
    );
    expect(findings.slice(6).map(said)).toEqual(["", ""]);
  });
});
