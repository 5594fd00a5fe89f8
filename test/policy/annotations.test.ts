import { describe, expect, test } from "vitest";
import { validatePolicies } from "../../src/policy/annotations.ts";
import type { Inspected } from "../../src/policy/compiler/index.ts";
import type { PolicyDirectory } from "../../src/policy/directory.ts";

const FILE = "secret/rotation_overdue/rotation_overdue.rego";
const TEST = "secret/rotation_overdue/rotation_overdue_test.rego";

const schemaRef = (kind: string) => ({
  path: [{ type: "var", value: "input" }],
  schema: [
    { type: "var", value: "schema" },
    { type: "string", value: kind },
  ],
});

const CUSTOM = {
  severity: "high",
  needs: ["secret_metadata", "grant"],
  rests_on_absence: false,
  params: { limit_days: { type: "integer", unit: "day", description: "A limit.", default: 90 } },
  remediation: { any: "Rotate it." },
  sources: ["NIST SP 800-57"],
};

const GOOD: Inspected = {
  file: FILE,
  line: 20,
  package: "countersign.secret.rotation_overdue",
  annotations: {
    scope: "package",
    title: "Secret value is older than its tier allows",
    description: "Every former reader still knows it.",
    schemas: [schemaRef("secret")],
    custom: CUSTOM,
  },
  rules: { applicable: "boolean", compliant: "boolean", violations: "set", limit_days: "other" },
  params: ["limit_days"],
};

const DIRECTORY: PolicyDirectory = {
  path: "policies",
  files: { [FILE]: "", [TEST]: "" },
  schemas: { secret: {} },
};

function complaints(policies: Inspected[], directory: PolicyDirectory = DIRECTORY): string[] {
  return validatePolicies(directory, policies).problems.map(({ message }) => message);
}

const annotated = (change: object): Inspected => ({
  ...GOOD,
  annotations: { ...GOOD.annotations, ...change },
});
const custom = (change: object): Inspected => annotated({ custom: { ...CUSTOM, ...change } });

describe("annotations", () => {
  test("that are whole make a catalogue entry", () => {
    const { catalogue, problems } = validatePolicies(DIRECTORY, [GOOD]);
    expect(problems).toEqual([]);
    expect(catalogue.policies).toEqual([
      {
        policy_id: "rotation_overdue",
        subject: "secret",
        title: "Secret value is older than its tier allows",
        rationale: "Every former reader still knows it.",
        severity: "high",
        needs: ["secret_metadata", "grant"],
        rests_on_absence: false,
        params: CUSTOM.params,
        remediation: { any: "Rotate it." },
        sources: ["NIST SP 800-57"],
        families: [],
        location: { file: FILE, line: 20 },
      },
    ]);
  });

  test("name types of principals that the subject's schema has", () => {
    const types = { anyOf: [{ const: "iam_role" }, { const: "iam_user" }] };
    const schema = { properties: { subject: { properties: { principal_type: types } } } };
    const file = "principal/x/x.rego";
    const policy = (applies_to: readonly string[]): Inspected => ({
      ...custom({ applies_to }),
      file,
      package: "countersign.principal.x",
      annotations: {
        ...GOOD.annotations,
        schemas: [schemaRef("principal")],
        custom: { ...CUSTOM, applies_to },
      },
    });
    const directory = {
      ...DIRECTORY,
      files: { [file]: "", "principal/x/x_test.rego": "" },
      schemas: { principal: schema },
    };
    expect(complaints([policy(["iam_role"])], directory)).toEqual([]);
    expect(complaints([policy(["iam_rôle"])], directory).join()).toContain("applies_to");
    expect(complaints([policy(["iam_group"])], directory)).toEqual([
      "expected applies_to to list types of the subject's principals, got iam_group",
    ]);
  });

  const bare: Inspected = {
    file: FILE,
    line: 1,
    package: GOOD.package,
    rules: GOOD.rules,
    params: ["limit_days"],
  };
  test.each<[string, Inspected, string]>([
    ["none at all", bare, "expected a METADATA block"],
    ["no title", annotated({ title: undefined }), "title"],
    ["a title that ensures", annotated({ title: "Ensure rotation" }), "title"],
    ["a long title", annotated({ title: "x".repeat(151) }), "title"],
    ["no description", annotated({ description: undefined }), "rationale"],
    [
      "no schema",
      annotated({ schemas: undefined }),
      "expected the annotation schemas: [input: schema.secret], got none",
    ],
    ["another kind's schema", annotated({ schemas: [schemaRef("store")] }), "got input: schema.store"],
    ["an unknown key", annotated({ authors: [] }), "expected a known annotation, got authors"],
    ["an unknown custom key", custom({ sevrity: "low" }), "expected a known annotation, got custom.sevrity"],
    ["an unknown severity", custom({ severity: "severe" }), "severity"],
    ["no needs", custom({ needs: [] }), "needs"],
    [
      "a need that is no fact kind",
      custom({ needs: ["secrets"] }),
      "expected needs to list fact kinds, got secrets",
    ],
    ["nothing on absence", custom({ rests_on_absence: undefined }), "rests_on_absence"],
    ["no remediation", custom({ remediation: {} }), "remediation"],
    ["an unknown provider", custom({ remediation: { acme: "Do." } }), "remediation"],
    [
      "a remedy in an unknown language",
      custom({ remedies: { pascal: { any: { text: "Do." } } } }),
      "remedies",
    ],
    ["a remedy without a text", custom({ remedies: { arm: { any: { example: "{}" } } } }), "remedies"],
    ["remedies of nothing", custom({ remedies: {} }), "remedies"],
    [
      "types of principals of another subject",
      custom({ applies_to: ["iam_role"] }),
      "expected applies_to to list types of the subject's principals, got iam_role",
    ],
    ["nothing in what is unstated", custom({ unstated: "" }), "unstated"],
    ["no source", custom({ sources: [] }), "sources"],
    [
      "a parameter without a unit",
      custom({ params: { limit_days: { ...CUSTOM.params.limit_days, unit: undefined } } }),
      "unit",
    ],
    ["a parameter nobody reads", { ...GOOD, params: [] }, "expected the parameter limit_days to be read"],
    [
      "a parameter nobody declared",
      { ...GOOD, params: ["limit_days", "max"] },
      "expected only declared parameters to be read, got max",
    ],
    [
      "a missing rule",
      { ...GOOD, rules: { applicable: "boolean", compliant: "boolean" } },
      "expected the rule violations to be a set, got none",
    ],
    [
      "a rule of another shape",
      { ...GOOD, rules: { ...GOOD.rules, compliant: "other" } },
      "expected the rule compliant to be a boolean, got other",
    ],
    [
      "another package",
      { ...GOOD, package: "countersign.secret.old" },
      "expected package countersign.secret.rotation_overdue",
    ],
  ])("with %s are refused", (_name, policy, message) => {
    expect(complaints([policy]).join("\n")).toContain(message);
  });

  test.each([
    "rotation_overdue.rego",
    "secret/rotation_overdue.rego",
    "secret/a/b.rego",
    "vault/a/a.rego",
    "lib/a/a.rego",
  ])("are looked for at their path only, not at %s", (file) => {
    expect(complaints([{ ...GOOD, file }])).toContain(
      `expected the path <subject>/<policy_id>/<policy_id>.rego, got ${file}`,
    );
  });

  test("want a test, a schema and a unique id", () => {
    expect(complaints([GOOD], { ...DIRECTORY, files: { [FILE]: "" } })).toEqual([
      `expected tests in ${TEST}, got none`,
    ]);
    expect(complaints([GOOD], { ...DIRECTORY, schemas: {} })).toEqual([
      "expected schemas/secret.json, got none",
    ]);
    const twin = { ...GOOD, file: "key/rotation_overdue/rotation_overdue.rego" };
    expect(complaints([GOOD, twin])).toContain(
      `expected a unique policy id, got rotation_overdue, which ${FILE} has too`,
    );
    const orphan = "secret/gone/gone_test.rego";
    expect(complaints([GOOD], { ...DIRECTORY, files: { ...DIRECTORY.files, [orphan]: "" } })).toEqual([
      "expected the policy secret/gone/gone.rego beside its test, got none",
    ]);
  });

  test("of nothing are a problem", () => {
    expect(complaints([], { ...DIRECTORY, files: {} })).toEqual(["expected at least one policy, got none"]);
  });
});
