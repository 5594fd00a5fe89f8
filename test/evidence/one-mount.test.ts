import { describe, expect, it } from "vitest";
import { collectedWithout, exampleRecords, judge, openExample, type Judgement } from "./example.ts";

/** What the recorded estate is worth where the collector may not list one engine of it. */
const example = await openExample();
const records = await exampleRecords(example);
const [store = ""] = example.manifest.sources.map(({ store_id }) => store_id);
const hidden = `${store}:legacy/`;
const without = (operation: string, mount: string): Promise<Judgement> =>
  collectedWithout(
    example,
    records,
    (record) => record.operation === operation && JSON.stringify(record.params).includes(mount),
  ).then((facts) => judge(example, facts));

const whole = judge(example, await collectedWithout(example, records, () => false));

/** Policies that judge what access is, and who is judged undetermined by them now and was not. */
function turned(after: Judgement, kind: "principal" | "secret"): string[] {
  return [...after.outcomes].flatMap(([name, { outcome, subject_kind, subject_id }]) =>
    subject_kind === kind &&
    outcome === "undetermined" &&
    whole.outcomes.get(name)?.outcome !== outcome &&
    !subject_id.startsWith(hidden)
      ? [subject_id]
      : [],
  );
}

describe("one engine that the collector may not list", () => {
  it("leaves what is known of secrets elsewhere, and of whom no rule leads there", async () => {
    const after = await without("kv1.list", "legacy/");
    expect(after.subjects.filter(({ id }) => id.startsWith(hidden))).toEqual([]);
    expect(turned(after, "secret")).toEqual([]);
    const principals = after.subjects.filter(({ kind }) => kind === "principal");
    const unsure = new Set(turned(after, "principal"));
    expect(unsure.size).toBeGreaterThan(0);
    expect(unsure.size).toBeLessThan(principals.length / 4);
    const gapOf = (id: string) =>
      principals.find((one) => one.id === id)?.gaps.map(({ fact_kind }) => fact_kind);
    for (const id of unsure) expect(gapOf(id), id).toContain("grant");
  });

  it("is another thing than a policy that could not be read, which may give anybody access", async () => {
    const after = await without("namespace.policy", "");
    expect(turned(after, "secret").length).toBeGreaterThan(100);
  });
});
