import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { compileSchema } from "../../src/facts/index.ts";
import { CHANGE_KINDS, createEvaluator, loadBundle, type Outcome } from "../../src/policy/index.ts";
import { documentOf, subjectSchema } from "../../src/subjects/index.ts";
import { CLEAN_AWS, FAULTY_AWS } from "./aws-subjects.ts";
import { CLEAN as CLEAN_PLAIN } from "./clean-subjects.ts";
import { CLEAN_CLUSTER, FAULTY_CLUSTER } from "./cluster-subjects.ts";
import { CLEAN_EMBEDDED, FAULTY_EMBEDDED } from "./embedded-subjects.ts";
import { FAULTY as FAULTY_PLAIN } from "./faulty-subjects.ts";
import { withFaultyLog, withWholeLog } from "./logged-subjects.ts";
import { withLeavers, withPeople } from "./people-subjects.ts";
import { CLEAN_REVIEWS, FAULTY_REVIEWS } from "./review-subjects.ts";

const ALL_CLEAN = [...CLEAN_PLAIN, ...CLEAN_EMBEDDED, ...CLEAN_AWS, ...CLEAN_CLUSTER, ...CLEAN_REVIEWS];
const CLEAN = withWholeLog([...ALL_CLEAN, ...withPeople(ALL_CLEAN)]);
const FAULTY = [
  ...FAULTY_PLAIN,
  ...withFaultyLog(FAULTY_PLAIN),
  ...withLeavers(FAULTY_PLAIN),
  ...FAULTY_EMBEDDED,
  ...FAULTY_AWS,
  ...FAULTY_CLUSTER,
  ...FAULTY_REVIEWS,
];

const bundle = loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url)));
const evaluator = createEvaluator(bundle);
/** Policies about what only a change has are held by the cases of the gate (`test/gate/cases.test.ts`). */
const policyIds = bundle.catalogue.policies
  .filter(({ subject }) => !CHANGE_KINDS.includes(subject))
  .map(({ policy_id }) => policy_id);

type Judged = (typeof CLEAN)[number];

function judge(subjects: readonly Judged[]): Outcome[] {
  return subjects.flatMap((subject) => evaluator.evaluate(documentOf(subject)).outcomes);
}

/** As if nothing of what any policy needs could have been read for sure. */
function hidden(subject: Judged): Judged {
  const kinds = [...new Set(bundle.catalogue.policies.flatMap(({ needs }) => needs))];
  const gaps = kinds.map((fact_kind) => ({ fact_kind, reason: "denied", gap: "a".repeat(64), gap_count: 1 }));
  return { ...subject, gaps };
}

const MANY = Array.from({ length: 500 }, (_, place) => `name-${1000 + place}`);

/** The subject with one of its parts at a time grown: a list to 500 names, a text to 4,000 characters. */
function overlong(subject: Judged): Judged[] {
  const header: readonly string[] = [
    ...["id", "kind", "principal_type", "store_id"],
    ...["tier", "traits", "gaps", "records"],
  ];
  return grown(subject, header).map((value) => value as Judged);
}

function grown(value: unknown, fixed: readonly string[] = []): unknown[] {
  if (typeof value === "string") return [`${value}${"x".repeat(4000)}`];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    if (items.every((item) => typeof item === "string")) return [MANY];
    return items.flatMap((item, place) => grown(item).map((longer) => items.with(place, longer)));
  }
  return Object.entries(value)
    .filter(([name]) => !fixed.includes(name))
    .flatMap(([name, part]) => grown(part).map((longer) => ({ ...value, [name]: longer })));
}

describe("the compiled policies", () => {
  it.each([...CLEAN, ...FAULTY])("judge a subject that fits its schema: $id", (subject) => {
    const schema = compileSchema(subjectSchema(subject.kind));
    expect(schema.fits(subject), schema.complaint()).toBe(true);
  });

  it("find nothing wrong with clean subjects, and prove each policy at least once", () => {
    const outcomes = judge(CLEAN);
    const odd = outcomes.filter(({ outcome }) => outcome !== "compliant" && outcome !== "not_applicable");
    expect(odd).toEqual([]);
    const proven = new Set(outcomes.filter(({ outcome }) => outcome === "compliant").map((one) => one.policy_id));
    expect(policyIds.filter((id) => !proven.has(id))).toEqual([]);
  });

  it("find every fault", () => {
    const violated = judge(FAULTY).filter(({ outcome }) => outcome === "violation");
    expect(policyIds.filter((id) => !violated.some(({ policy_id }) => policy_id === id))).toEqual([]);
  });

  it("never contradict themselves", () => {
    expect(judge([...CLEAN, ...FAULTY]).filter(({ outcome }) => outcome === "error")).toEqual([]);
  });

  it("say what they found in whole sentences", () => {
    const messages = judge(FAULTY).flatMap(({ violations }) => violations.map(({ message }) => message));
    expect([...new Set(messages)].sort()).toMatchSnapshot();
    expect(messages.filter((message) => /%!|undefined|\[object/.test(message))).toEqual([]);
  });

  it("name a few of many names, and a long name in part", () => {
    const outcomes = judge([...CLEAN, ...FAULTY].flatMap(overlong));
    expect(outcomes.filter(({ outcome }) => outcome === "error")).toEqual([]);
    const printed = outcomes.flatMap(({ violations }) => violations).map(({ actual, message }) => ({
      actual: typeof actual === "string" ? actual : JSON.stringify(actual),
      message,
    }));
    expect(printed.filter(({ actual, message }) => actual.length > 1000 || message.length > 1000)).toEqual([]);
    expect(printed.map(({ message }) => message)).toContain(
      "disabled, and still has 500 policies: name-1000, name-1001, name-1002, name-1003 and 496 more",
    );
  });

  it("prove nothing when everything they need is hidden", () => {
    const types = new Map(bundle.catalogue.policies.map((one) => [one.policy_id, one.applies_to]));
    const names = [...CLEAN, ...FAULTY].map(hidden).flatMap((subject) => {
      const type = subject.kind === "principal" ? subject.principal_type : "";
      // Of which type a principal is no gap hides.
      return judge([subject])
        .filter(({ policy_id }) => types.get(policy_id)?.includes(type) !== false)
        .map(({ outcome }) => outcome);
    });
    expect([...new Set(names)].sort()).toEqual(["undetermined", "violation"]);
  });

  it("find no fault by absence when what they need is hidden", () => {
    const absent = new Set(
      bundle.catalogue.policies.filter((entry) => entry.rests_on_absence).map((entry) => entry.policy_id),
    );
    const outcomes = judge(FAULTY.map(hidden)).filter(({ policy_id }) => absent.has(policy_id));
    expect(outcomes.filter(({ outcome }) => outcome === "violation")).toEqual([]);
  });

  it("prove nothing from a subject of which only the required fields are known, but for what those say themselves", () => {
    const proven = CLEAN.flatMap((subject) => {
      const required: readonly string[] = subjectSchema(subject.kind).required;
      const bare = Object.fromEntries(Object.entries(subject).filter(([name]) => required.includes(name)));
      return judge([bare as unknown as Judged]);
    }).filter(({ outcome }) => outcome === "compliant");
    expect([...new Set(proven.map(({ policy_id }) => policy_id))].sort()).toEqual([
      "access_review_missing",
      "acme_enrolment_open",
      "audit_sink_missing",
      "audit_sink_single",
      "connection_for_any_role",
      "credential_in_configuration",
      "database_connection_insecure",
      "directory_connection_insecure",
      "expiry_not_set",
      "inventory_unclassified",
      "key_deletion_allowed",
      "log_reads_excluded",
      "password_policy_weak",
      "request_approval_faulty",
      "review_incomplete",
      "review_rubber_stamped",
      "review_self_decided",
      "revocation_overdue",
      "revoked_still_reachable",
      "rotation_risk_inverted",
      "service_account_unnamed",
      "unauthenticated_login",
    ]);
  });
});
