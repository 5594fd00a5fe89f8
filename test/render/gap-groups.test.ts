import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { EvidencePackage, Finding } from "../../src/evidence/index.ts";
import { gapDigest, type Fact, type Gap } from "../../src/facts/index.ts";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { makeRegister } from "../../src/render/register.ts";
import { found } from "../counterparties/availability.ts";
import { samplePackage } from "./package.ts";
import { ensurePoppler, saved } from "./poppler.ts";
import { STORE, digest } from "./sample.ts";

const poppler = ensurePoppler();
const folder = mkdtempSync(join(tmpdir(), "render-gaps-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ACCOUNT = "111122223333";
const READ = "eu-central-1";
const LEFT_OUT = ["af-south-1", "eu-west-1", "eu-west-2", "sa-east-1", "us-east-1", "us-west-2"];

const gapIn = (region: string): Gap & { readonly gap: string } => {
  const gap: Gap = {
    store_id: STORE,
    scope: `${STORE}/${ACCOUNT}/${region}`,
    resource: `${STORE}:arn:aws:cloudtrail:${region}:${ACCOUNT}:trail/`,
    operation: "cloudtrail.trails",
    reason: "limit",
    hides: ["sink"],
    detail: "the Region is left out by configuration (regions)",
  };
  return { ...gap, gap: gapDigest(gap) };
};

/** The sample as that of a cloud, of which the settings leave most Regions out. */
function cloud(): EvidencePackage {
  const source = samplePackage({ unknowns: 1 });
  const template = source.findings.find(({ status }) => status === "undetermined");
  const unknown = (region: string): Finding => ({
    ...template!,
    finding_id: digest(region),
    subject_kind: "store",
    subject_id: `${STORE}:${ACCOUNT}/${region}`,
    subject_name: `${STORE}:${ACCOUNT}/${region}`,
    message: `What this policy needs could not be read: ${gapIn(region).detail}`,
    unknown_because: `limit: cloudtrail.trails of ${gapIn(region).resource ?? ""}`,
    gaps: [gapIn(region).gap],
  });
  const store = (region: string): Fact => ({
    kind: "store",
    id: `${STORE}:${ACCOUNT}/${region}`,
    store_id: STORE,
    scope: `${STORE}/${ACCOUNT}`,
    record: digest("regions"),
    product: "aws",
    account: ACCOUNT,
    region,
    absent_features: [],
  });
  const scope = (region: string, answers: number) => ({
    scope: `${STORE}/${ACCOUNT}/${region}`,
    status: "partial" as const,
    record_count: answers,
    gap_count: 1,
  });
  return {
    ...source,
    head: {
      ...source.head,
      sources: source.head.sources.map((one) => ({
        ...one,
        scopes: [...LEFT_OUT.map((region) => scope(region, 0)), scope(READ, 12)],
      })),
    },
    gaps: [...source.gaps, ...LEFT_OUT.map(gapIn)],
    findings: [
      ...source.findings.filter(({ status }) => status !== "undetermined"),
      ...LEFT_OUT.map(unknown),
    ],
    extracts: [...LEFT_OUT, READ].map(store),
  };
}

describe("gaps that one thing explains", () => {
  it("are numbered one after the other, as are the unknowns that rest on them", () => {
    const { gapGroups, unknowns } = makeRegister(cloud());
    const group = gapGroups.find(({ length }) => length > 1);
    expect(group?.map(({ number }) => number)).toEqual(LEFT_OUT.map((_, index) => `G-000${index + 2}`));
    expect(unknowns.map(({ findings }) => findings.length)).toEqual([LEFT_OUT.length]);
  });

  it.skipIf("missing" in poppler)(
    "stand in one row, and their unknowns, each of them, under one reason",
    async () => {
      const definition = await readReportDefinition();
      const file = saved(join(folder, "cloud.pdf"), await renderPdf(cloud(), { definition }));
      const [cover = "", ...others] = found(poppler).pages(file);
      const text = others.join("\n").replace(/\s+/g, " ");
      expect(text).toContain(
        "Why it is not known in each of the 6: limit: cloudtrail.trails of 6 Regions of account",
      );
      expect(text).toContain("Gaps: G-0002 to G-0007");
      expect(text).toMatch(/G-0002 to G-0007 cloudtrail\.trails/);
      // Beside the scope, which names what is left out.
      const [, results = ""] = text.split("Words used for results");
      expect(results.match(/left out by configuration/g)).toHaveLength(2);
      for (const [index, region] of LEFT_OUT.entries())
        expect(text).toMatch(new RegExp(`U-000${index + 1}.*${region}`));
      const said = cover.replace(/\s+/g, " ");
      expect(said).toContain(
        `Accounts: ${ACCOUNT} Regions read: ${READ} ▲ Enabled and not read: ${LEFT_OUT[0] ?? ""}`,
      );
      expect(said).toContain("us-west-2");
    },
  );

  it.skipIf("missing" in poppler)(
    "are named in the scope, every Region, where the settings leave them out",
    async () => {
      const definition = await readReportDefinition();
      const whole = cloud();
      const left = LEFT_OUT.map((region): EvidencePackage["gaps"][number] => {
        const gap: Gap = {
          store_id: STORE,
          scope: `${STORE}/${ACCOUNT}/${region}`,
          reason: "excluded",
          detail: "left out by `regions` in countersign.yaml",
          hides: ["secret", "store"],
          operation: "ec2.regions",
        };
        return { ...gap, gap: gapDigest(gap) };
      });
      const shown = { ...whole, findings: [], gaps: [...samplePackage({ unknowns: 1 }).gaps, ...left] };
      const file = saved(join(folder, "left-out.pdf"), await renderPdf(shown, { definition }));
      const text = found(poppler).pages(file).join("\n").replace(/\s+/g, " ");
      const [, scope = ""] = text.split("no result speaks of it, and none is better for it");
      expect(scope.slice(0, 500)).toContain(
        `${STORE}: 6 Regions of account ${ACCOUNT} (${LEFT_OUT.join(", ")}): left out by`,
      );
    },
  );
});
