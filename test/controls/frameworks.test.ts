import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { OutcomeTally, foldControls, loadMappings } from "../../src/controls/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { ISO_CORRESPONDENCE, VALID_IDS } from "./control-ids.ts";

const root = new URL("../../", import.meta.url);
const { catalogue } = loadBundle(await readFile(new URL("policies/bundle.tar.gz", root)));
const mappings = await loadMappings(fileURLToPath(new URL("mappings", root)), catalogue.policies);
const claimed = new Map(catalogue.policies.map(({ policy_id, families }) => [policy_id, families]));

/** Controls that a report on a secrets store is asked for first. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  "soc2-2017": ["CC6.1", "CC6.2", "CC6.3"],
  "iso27001-2022": ["A.5.15", "A.5.16", "A.5.18", "A.8.3", "A.8.24"],
  "hipaa-security-rule": ["164.312(a)(1)"],
  "nist-800-53-r5": ["AC-2", "AC-3", "IA-5", "SC-12"],
};

describe("the mappings", () => {
  it("are there for four frameworks", () => {
    expect(mappings.map(({ framework }) => framework.id)).toEqual(Object.keys(ASKED).sort());
  });

  it.each(mappings)(
    "of $framework.id have the controls that are asked for first, answered by policies",
    (mapping) => {
      for (const id of ASKED[mapping.framework.id] ?? []) {
        expect(mapping.controls.get(id)?.policies.length, id).toBeGreaterThan(0);
      }
    },
  );

  it.each(mappings)("of $framework.id say something about every control", ({ controls }) => {
    const silent = [...controls].filter(
      ([, { policies, unanswered }]) => policies.length === 0 && unanswered.length === 0,
    );
    expect(silent.map(([id]) => id)).toEqual([]);
  });

  it.each(mappings)("of $framework.id have only ids that are in force", ({ framework, controls }) => {
    const valid = VALID_IDS[framework.id];
    expect([...controls.keys()].filter((id) => valid?.has(id) !== true)).toEqual([]);
  });

  it("are held against whole lists of ids", () => {
    const sizes = Object.entries(VALID_IDS).map(([framework, ids]) => [framework, ids.size]);
    expect(Object.fromEntries(sizes)).toEqual({
      "hipaa-security-rule": 45,
      "iso27001-2022": 93,
      "nist-800-53-r5": 1007,
      "soc2-2017": 38,
    });
    // 114 controls, one of which went into two.
    expect(new Set([...ISO_CORRESPONDENCE.values()].flat()).size).toBe(114);
  });

  it("name the ids of 2013 beside those of 2022, all of them and no other", () => {
    const iso = mappings.find(({ framework }) => framework.id === "iso27001-2022");
    for (const [id, { other_edition }] of iso?.controls ?? []) {
      const from = ISO_CORRESPONDENCE.get(id) ?? [];
      expect(other_edition, id).toBe(from.length === 0 ? "new in 2022" : `2013 ${from.join(", ")}`);
    }
    const editions = [...(iso?.controls.values() ?? [])].map(({ other_edition }) => other_edition).join(" ");
    for (const id of ["A.9.1.2", "A.9.2.1", "A.9.2.2", "A.9.4.1", "A.10.1.1"]) expect(editions).toContain(id);
  });

  it.each(mappings)("of $framework.id say against what they were compared", ({ framework }) => {
    expect(framework.checked).toMatch(/compared in \w+ \d{4} with/);
  });

  it.each(mappings)(
    "of $framework.id call nothing unanswered that a direct policy answers",
    ({ controls }) => {
      const stale = [...controls].flatMap(([id, { policies, unanswered }]) => {
        const answered = policies
          .filter(({ strength }) => strength === "direct")
          .flatMap((policy) => claimed.get(policy.id) ?? []);
        return unanswered
          .filter(({ family }) => answered.includes(family))
          .map(({ family }) => `${id} ${family}`);
      });
      expect(stale).toEqual([]);
    },
  );

  it.each(mappings)("of $framework.id satisfy nothing without outcomes", (mapping) => {
    const statuses = foldControls(mapping, {
      catalogue: catalogue.policies,
      tally: new OutcomeTally(),
      gaps: [],
    });
    expect([...new Set(statuses.map(({ status }) => status))]).toEqual(["not_tested"]);
    const unanswered = statuses.filter(({ policies }) => policies.length === 0);
    for (const { why } of unanswered) expect(why).toBe("No policy answers this yet.");
  });
});
