import { readFileSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { policyPages } from "../../policies/policy-pages.ts";
import { loadMappings, parseFamilies } from "../../src/controls/index.ts";
import { collectorPolicy, parsePolicy } from "../../src/connectors/index.ts";
import { FACT_KINDS } from "../../src/facts/index.ts";
import { DERIVED_KINDS, TIERS, loadBundle } from "../../src/policy/index.ts";

const root = new URL("../../", import.meta.url);
const { catalogue } = loadBundle(await readFile(new URL("policies/bundle.tar.gz", root)));

describe("the catalogue of policies", () => {
  it("has at least fifteen policies, over every kind of subject that has a schema", () => {
    expect(catalogue.policies.length).toBeGreaterThanOrEqual(15);
    expect([...new Set(catalogue.policies.map(({ subject }) => subject))].sort()).toEqual([
      "certificate",
      "certificate_role",
      "dynamic_role",
      "estate",
      "key",
      "principal",
      "secret",
      "sink",
      "store",
    ]);
  });

  it.each(catalogue.policies)("$policy_id needs fact kinds that exist", ({ needs }) => {
    const known: readonly string[] = [...FACT_KINDS, ...DERIVED_KINDS];
    expect(needs.filter((kind) => !known.includes(kind))).toEqual([]);
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
    expect(catalogue.policies.map(({ policy_id }) => policy_id).filter((id) => !mapped.has(id))).toEqual([]);
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
