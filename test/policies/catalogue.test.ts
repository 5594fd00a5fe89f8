import { readFileSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { policyPages } from "../../policies/policy-pages.ts";
import { loadMappings, parseFamilies } from "../../src/controls/index.ts";
import { collectorPolicy } from "../../src/connectors/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { FACT_KINDS } from "../../src/facts/index.ts";
import { canonicalJson } from "../../src/base/index.ts";
import { CHECKED_BUNDLE } from "../../src/policy/checked-bundle.ts";
import {
  CHANGE_KINDS,
  DERIVED_KINDS,
  TIERS,
  bearingKinds,
  checkBundle,
  createEvaluator,
  loadBundle,
} from "../../src/policy/index.ts";
import { PrincipalSubject } from "../../src/subjects/principal-schema.ts";

const root = new URL("../../", import.meta.url);
const bytes = await readFile(new URL("policies/bundle.tar.gz", root));
const bundle = loadBundle(bytes);
const regoOf = (file: string): string => readFileSync(new URL(`policies/${file}`, root), "utf8");
const { catalogue } = bundle;
const PRINCIPAL_TYPES = PrincipalSubject.properties.principal_type.anyOf.map((one) => one.const);

describe("the catalogue of policies", () => {
  it("has at least fifteen policies, over every kind of subject that has a schema", () => {
    expect(catalogue.policies.length).toBeGreaterThanOrEqual(15);
    expect([...new Set(catalogue.policies.map(({ subject }) => subject))].sort()).toEqual([
      "certificate",
      "certificate_role",
      "change",
      "deployment",
      "dynamic_role",
      "estate",
      "key",
      "pipeline",
      "principal",
      "review",
      "secret",
      "sink",
      "store",
      "workload",
    ]);
  });

  it("is known by its digest, and as whole as one of unknown making has to be", () => {
    expect(CHECKED_BUNDLE).toBe(bundle.digest);
    expect(checkBundle(bytes).catalogue).toEqual(catalogue);
  });

  it.each(catalogue.policies.filter(({ location }) => /\.gaps\b/.test(regoOf(location.file))))(
    "$policy_id looks for gaps of kinds alone that bear on its outcome",
    ({ location, subject }) => {
      const lines = regoOf(location.file).split("\n").filter((line) => line.includes("fact_kind"));
      const named = lines.flatMap((line) => [...line.matchAll(/"([a-z_]+)"/g)].map(([, kind]) => kind ?? ""));
      expect(named.length).toBeGreaterThan(0);
      const bearing = bearingKinds(catalogue.policies).get(subject);
      expect(named.filter((kind) => bearing?.has(kind) !== true)).toEqual([]);
    },
  );

  it.each(catalogue.policies)("$policy_id needs fact kinds that exist", ({ needs }) => {
    const known: readonly string[] = [...FACT_KINDS, ...DERIVED_KINDS];
    expect(needs.filter((kind) => !known.includes(kind))).toEqual([]);
  });

  describe.each(PRINCIPAL_TYPES)("about a principal of the type %s of which nothing could be read", (type) => {
    const gaps = [...FACT_KINDS, ...DERIVED_KINDS].map((fact_kind) => ({ fact_kind, reason: "denied" }));
    const unread = {
      ...{ kind: "principal", id: "x", name: "x", principal_type: type, traits: [], gaps },
      ...{ break_glass: false, collector: false, bounds: [], policies: [], takes_any: [] },
      ...{ vouched_by: "none", held_token_count: 0, store: { absent_features: [], own_records: [] } },
    };
    const { outcomes } = createEvaluator(bundle).evaluate(Buffer.from(canonicalJson(unread)));

    it("does not apply to what another product keeps than it is about", () => {
      const kept = { ...unread, store: { ...unread.store, product: "aws" } };
      const found = createEvaluator(bundle).evaluate(Buffer.from(canonicalJson(kept))).outcomes;
      const ofOthers = catalogue.policies.filter(({ products }) => products?.includes("aws") === false);
      expect(ofOthers.map(({ policy_id }) => policy_id)).toContain("whole_cluster_reads");
      for (const { policy_id } of ofOthers)
        expect(found.find((one) => one.policy_id === policy_id)).toMatchObject({
          outcome: "not_applicable",
          hidden: [],
        });
    });

    it("does not apply where the type is another, and is open where it is not", () => {
      for (const { policy_id, applies_to } of catalogue.policies.filter((one) => one.subject === "principal")) {
        const isOther = applies_to !== undefined && !applies_to.includes(type);
        const found = outcomes.find((one) => one.policy_id === policy_id);
        expect(found, policy_id).toMatchObject(
          isOther ? { outcome: "not_applicable", hidden: [] } : { outcome: "undetermined" },
        );
      }
    });
  });

  it("is at fault where a policy applies to a type that it says it does not", () => {
    const policies = catalogue.policies.map((one) =>
      one.policy_id === "strangers_let_in" ? { ...one, applies_to: ["iam_user"] } : one,
    );
    const role = { kind: "principal", id: "x", principal_type: "iam_role", gaps: [] };
    const { outcomes } = createEvaluator({ ...bundle, catalogue: { ...catalogue, policies } }).evaluate(
      Buffer.from(canonicalJson(role)),
    );
    expect(outcomes.find(({ policy_id }) => policy_id === "strangers_let_in")).toMatchObject({
      outcome: "error",
      error: { code: "E_POLICY" },
    });
  });

  // A source without `audit_log` leaves neither the fact nor a gap: whoever reads it first has to take that for unread.
  it("reads nothing of how far logs were read", () => {
    const readers = catalogue.policies.filter(({ needs }) => needs.includes("audit_log_coverage"));
    expect(readers.map(({ policy_id }) => policy_id)).toEqual([]);
  });

  it("allows the sudo that the policy of `init` gives, and no more than to read with it", () => {
    const policy = catalogue.policies.find(({ policy_id }) => policy_id.startsWith("sudo_or_wildcard"));
    const { rules } = parsePolicy(collectorPolicy(), { name: "countersign" });
    const sudo = rules.filter(({ capabilities }) => capabilities.includes("sudo"));
    expect(policy?.params["allowed_sudo_paths"]?.default).toEqual(
      expect.arrayContaining(sudo.map(({ path }) => path)),
    );
    const given = new Set(sudo.flatMap(({ capabilities }) => capabilities));
    expect([...given].sort()).toEqual(["list", "read", "sudo"]);
  });

  it.each(catalogue.policies)("$policy_id is no laxer for a higher tier", ({ params }) => {
    for (const { by_tier, strictest } of Object.values(params)) {
      if (by_tier === undefined) continue;
      const strictFirst = TIERS.map((tier) => by_tier[tier]);
      const sorted = strictFirst.toSorted((a, b) => (strictest === "min" ? a - b : b - a));
      expect(strictFirst).toEqual(sorted);
    }
  });

  it("names check families that exist, at least one a policy", async () => {
    const families = parseFamilies(await readFile(new URL("mappings/families.yaml", root), "utf8"), "families.yaml");
    const strange = catalogue.policies.filter(
      ({ families: own }) => own.length === 0 || own.some((family) => !families.has(family)),
    );
    expect(strange.map(({ policy_id }) => policy_id)).toEqual([]);
  });

  it("has no policy that speaks for no control", async () => {
    const mappings = await loadMappings(fileURLToPath(new URL("mappings", root)), catalogue.policies);
    const mapped = new Set(
      mappings.flatMap(({ controls }) =>
        [...controls.values()].flatMap(({ policies }) => policies.map(({ id }) => id)),
      ),
    );
    const ofSnapshots = catalogue.policies.filter(({ subject }) => !CHANGE_KINDS.includes(subject));
    expect(ofSnapshots.map(({ policy_id }) => policy_id).filter((id) => !mapped.has(id))).toEqual([]);
    // No snapshot holds what these judge: a control that one of them spoke for would be tested by nothing.
    const ofChanges = catalogue.policies.filter(({ subject }) => CHANGE_KINDS.includes(subject));
    expect(ofChanges.map(({ policy_id }) => policy_id).filter((id) => mapped.has(id))).toEqual([]);
  });

  it("gives sources with an address", () => {
    const bare = catalogue.policies.filter(({ sources }) => !sources.every((source) => source.includes("https://")));
    expect(bare.map(({ policy_id }) => policy_id)).toEqual([]);
  });
});

describe("texts of the policies", () => {
  it("are formatted by what opa-wasm knows: with another verb the policy ends in an error, and Go's tests do not see it", () => {
    const root = new URL("../../policies/", import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".rego"));
    expect(files.length).toBeGreaterThan(100);
    const wrong = files.flatMap((name) =>
      [...readFileSync(new URL(name, root), "utf8").matchAll(/sprintf\("(?:[^"\\]|\\.)*"/g)]
        .filter(([call]) => /%(?![sdv%])/.test(call))
        .map(([call]) => `${name}: ${call}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("policyPages", () => {
  it("gives each policy a page with what it needs, what can be set and what to do, and lists it", () => {
    const pages = policyPages(catalogue);
    const names = ["README.md", ...catalogue.policies.map(({ policy_id }) => `${policy_id}.md`)];
    expect([...pages.keys()]).toEqual(names);
    for (const { policy_id, title, params, needs, remediation } of catalogue.policies) {
      expect(pages.get("README.md")).toContain(`| [${policy_id}](${policy_id}.md) | ${title} |`);
      const page = pages.get(`${policy_id}.md`) ?? "";
      for (const text of [title, ...needs, ...Object.keys(params), ...Object.values(remediation)]) {
        expect(page).toContain(text.trim());
      }
    }
  });
});
