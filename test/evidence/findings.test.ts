import { describe, expect, it } from "vitest";
import type { CatalogueEntry, Outcome } from "../../src/policy/index.ts";
import { findingsOf, type FindingContext } from "../../src/evidence/findings.ts";
import type { Subject } from "../../src/subjects/index.ts";
import { gapDigest } from "../../src/facts/index.ts";
import { STORE, TAKEN_AT, gap, metadata, secret, store, subject } from "../subjects/facts.ts";

const POLICY = {
  policy_id: "rotation_overdue",
  title: "Value older than its limit",
  remediation: { hashicorp: "Write a new version.", any: "Rotate it." },
} as unknown as CatalogueEntry;

const DENIED = gap(["secret_metadata"], `${STORE}:kv/db`, {
  operation: "kv.metadata",
  record: "d".repeat(64),
});
const GAP = gapDigest(DENIED);
const HIDDEN = "secret_metadata";

const CONTEXT: FindingContext = {
  asOf: TAKEN_AT,
  policies: new Map([[POLICY.policy_id, POLICY]]),
  controls: new Map([[POLICY.policy_id, ["soc2-2017 CC6.1", "nist-800-53-r5 IA-5"]]]),
  gaps: new Map([[GAP, DENIED]]),
  providers: new Map([[STORE, "hashicorp"]]),
};

const labels = { owner: "payments", tier: "high", environment: "production" };
const SUBJECT = subject("secret", [store(), secret("db"), metadata("db", { labels })]);

/** The subject with these gaps. */
function seenWith(digests: Iterable<string>): Subject {
  const gaps = [...digests].map((one) => ({ fact_kind: HIDDEN, reason: "denied", gap: one, gap_count: 1 }));
  return { ...SUBJECT, gaps };
}

function outcome(own: Partial<Outcome>): Outcome {
  return {
    policy_id: POLICY.policy_id,
    outcome: "violation",
    severity: "high",
    violations: [],
    hidden: [],
    params: {},
    ...own,
  };
}

const violation = (actual: unknown, expected: unknown = 30) => ({ actual, expected, message: "too old" });

describe("findings", () => {
  it("are none for what is compliant or does not apply", () => {
    expect(findingsOf(CONTEXT, SUBJECT, outcome({ outcome: "compliant" }))).toEqual([]);
    expect(findingsOf(CONTEXT, SUBJECT, outcome({ outcome: "not_applicable" }))).toEqual([]);
  });

  it("name the thing that a violation was found in, where that is not the subject", () => {
    const thing = `${STORE}:arn:aws:iam::111122223333:role/deploy`;
    const [of, plain] = findingsOf(
      CONTEXT,
      SUBJECT,
      outcome({ violations: [{ ...violation(40), thing }, violation(41)] }),
    );
    expect(of).toMatchObject({ found_in: thing, subject_id: SUBJECT.id });
    expect(plain).not.toHaveProperty("found_in");
  });

  it("are one a violation, with all that a person needs to act", () => {
    const found = findingsOf(CONTEXT, SUBJECT, outcome({ violations: [violation(40), violation("x")] }));
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({
      status: "violation",
      severity: "high",
      title: "Value older than its limit",
      subject_id: SUBJECT.id,
      store_id: STORE,
      tier: "high",
      owner: "payments",
      environment: "production",
      actual: "40",
      expected: "30",
      message: "too old",
      remediation: "Write a new version.",
      controls: ["soc2-2017 CC6.1", "nist-800-53-r5 IA-5"],
      records: SUBJECT.records,
      as_of: TAKEN_AT,
    });
    expect(found[0]?.finding_id).not.toBe(found[1]?.finding_id);
    expect(found[0]).not.toHaveProperty("unknown_because");
  });

  it("keep their id while the value gets older", () => {
    const [one] = findingsOf(CONTEXT, SUBJECT, outcome({ violations: [violation(40)] }));
    const [two] = findingsOf(
      { ...CONTEXT, asOf: "2026-10-01T06:00:00.000Z" },
      SUBJECT,
      outcome({ violations: [violation(41)] }),
    );
    expect(two?.finding_id).toBe(one?.finding_id);
  });

  it("name the reason, the operation and the record of what was not seen", () => {
    const [unknown] = findingsOf(
      CONTEXT,
      seenWith([GAP]),
      outcome({ outcome: "undetermined", hidden: [HIDDEN] }),
    );
    expect(unknown).toMatchObject({
      status: "undetermined",
      message: `What this policy needs could not be read: ${DENIED.detail}`,
      unknown_because: `denied: kv.metadata of ${STORE}:kv/db`,
      remediation: "Let the collector read this, and collect again.",
      gaps: [GAP],
    });
    expect(unknown?.records).toContain("d".repeat(64));
  });

  it("say how to see what was not seen, not how to end a failure that nobody saw", () => {
    const fixes = ['Grant path "kv/metadata/" { capabilities = ["list"] }.', "Collect again."];
    const many = fixes.map((fix) => gap(["secret"], `${STORE}:kv/`, { fix }));
    const gaps = new Map(many.map((one) => [gapDigest(one), one]));
    const of = (own: Partial<Outcome>) =>
      findingsOf({ ...CONTEXT, gaps }, seenWith(gaps.keys()), outcome({ hidden: [HIDDEN], ...own }))[0];
    expect(of({ outcome: "undetermined" })?.remediation).toBe(fixes.toSorted().join(" "));
    expect(of({ outcome: "undetermined", hidden: [] })?.remediation).toBe("Write a new version.");
    expect(of({ violations: [violation(40)] })?.remediation).toBe("Write a new version.");
  });

  it("name what could not be read where something was found that it may undo", () => {
    const [unknown] = findingsOf(
      CONTEXT,
      seenWith([GAP]),
      outcome({ outcome: "undetermined", hidden: [HIDDEN], violations: [violation(40)] }),
    );
    expect(unknown?.message).toBe(`Not seen, but not everything could be read (${DENIED.detail}): too old`);
  });

  it("say so where the store does not state it", () => {
    const [unknown] = findingsOf(CONTEXT, SUBJECT, outcome({ outcome: "undetermined" }));
    expect(unknown).toMatchObject({
      message: "The store does not state what this policy needs.",
      unknown_because: "not stated by the store",
      actual: "",
    });
  });

  it("say what the store does not state where the policy knows", () => {
    const unstated = "When the value was set: the store does not say.";
    const policies = new Map([[POLICY.policy_id, { ...POLICY, unstated }]]);
    const of = (own: Partial<Outcome>) =>
      findingsOf({ ...CONTEXT, policies }, seenWith([GAP]), outcome({ outcome: "undetermined", ...own }))[0]
        ?.message;
    expect(of({})).toBe(unstated);
    expect(of({ hidden: [HIDDEN] })).not.toContain(unstated);
  });

  it("tell two gaps of many, and count the rest", () => {
    const many = ["c", "b", "a"].map((detail) => gap(["secret"], `${STORE}:${detail}`, { detail }));
    const gaps = new Map(many.map((one) => [gapDigest(one), one]));
    const [unknown] = findingsOf(
      { ...CONTEXT, gaps },
      seenWith(gaps.keys()),
      outcome({ outcome: "undetermined", hidden: [HIDDEN] }),
    );
    expect(unknown?.message).toBe("What this policy needs could not be read: a; b; and 1 more");
  });

  it("name at most five reasons, each once, in order, and count the rest", () => {
    const operations = ["f", "e", "d", "c", "b", "a", "a"];
    const many = operations.map((operation) => gap(["secret"], undefined, { operation }));
    const gaps = new Map(many.map((one) => [gapDigest(one), one]));
    const [unknown] = findingsOf(
      { ...CONTEXT, gaps },
      seenWith(gaps.keys()),
      outcome({ outcome: "undetermined", hidden: [HIDDEN] }),
    );
    expect(unknown?.unknown_because).toBe(
      "denied: a; denied: b; denied: c; denied: d; denied: e; and 1 more",
    );
  });

  it("show the fault of a policy, which is nobody's deviation", () => {
    const [fault] = findingsOf(
      CONTEXT,
      SUBJECT,
      outcome({ outcome: "error", error: { code: "E_POLICY", message: "rotation_overdue: got both" } }),
    );
    expect(fault).toMatchObject({ status: "error", message: "rotation_overdue: got both" });
  });

  it("show values as text, long ones cut with their length", () => {
    const [long] = findingsOf(
      CONTEXT,
      SUBJECT,
      outcome({ violations: [violation("x".repeat(800), { a: [1] })] }),
    );
    expect(long?.actual).toBe(`${"x".repeat(500)}… (800 characters)`);
    expect(long?.expected).toBe('{"a":[1]}');
  });

  it("have general advice where there is none for the provider, and none of a policy that is not known", () => {
    const other = { ...CONTEXT, providers: new Map([[STORE, "aws"]]) };
    expect(findingsOf(other, SUBJECT, outcome({ violations: [violation(1)] }))[0]?.remediation).toBe(
      "Rotate it.",
    );
    const [unknown] = findingsOf(
      { ...CONTEXT, policies: new Map(), controls: new Map() },
      SUBJECT,
      outcome({ violations: [violation(1)] }),
    );
    expect(unknown).toMatchObject({ title: "rotation_overdue", controls: [] });
    expect(unknown).not.toHaveProperty("remediation");
  });
});
