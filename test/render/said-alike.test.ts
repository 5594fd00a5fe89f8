import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/evidence/index.ts";
import { makeRegister, saidAlike } from "../../src/render/register.ts";
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

  it("are told once from three on", () => {
    const said = saidAlike(findings);
    expect(new Set(findings.slice(0, 3).map(said))).toEqual(
      new Set(["readers of other organisations: 1, through 1 role: vendor"]),
    );
    expect(findings.slice(6).map(said)).toEqual(["", ""]);
  });
});
