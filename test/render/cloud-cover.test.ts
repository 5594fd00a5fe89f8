import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { storesText, type EvidencePackage } from "../../src/evidence/index.ts";
import type { Fact } from "../../src/facts/index.ts";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { found } from "../counterparties/availability.ts";
import { samplePackage } from "./package.ts";
import { ensurePoppler, saved } from "./poppler.ts";
import { STORE, digest } from "./sample.ts";

const poppler = ensurePoppler();
const folder = mkdtempSync(join(tmpdir(), "render-cover-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ACCOUNT = "111122223333";
const REGIONS = ["eu-central-1", "eu-west-1"];

const about = { store_id: STORE, record: digest("asked") };

/** The sample as that of one account of AWS, asked at an endpoint of its own. */
function cloud(): EvidencePackage {
  const source = samplePackage();
  const [one] = source.head.sources;
  const account = {
    ...about,
    kind: "account",
    id: `${STORE}:${ACCOUNT}`,
    scope: STORE,
    account_id: ACCOUNT,
    name: "payments",
  };
  const stores = REGIONS.map((region) => ({
    ...about,
    kind: "store",
    id: `${STORE}:${ACCOUNT}/${region}`,
    scope: `${STORE}/${ACCOUNT}`,
    product: "aws",
    account: ACCOUNT,
    region,
    absent_features: [],
  }));
  return {
    ...source,
    head: {
      ...source.head,
      sources: [
        {
          ...one!,
          connector: "aws",
          address: "aws",
          caller: `arn:aws-cn:sts::${ACCOUNT}:assumed-role/countersign/run`,
          selection: { endpoint: "https://aws.proxy.example" },
        },
      ],
      summary: { ...source.head.summary, subject_counts: { secret: 3, store: 2 } },
    },
    extracts: [account, ...stores] as Fact[],
  };
}

/** The same where the list of Regions was refused, and something was read in those of the settings. */
function untold(): EvidencePackage {
  const source = cloud();
  const [one] = source.head.sources;
  const scopes = REGIONS.map((region) => ({
    scope: `${STORE}/${ACCOUNT}/${region}`,
    status: "complete" as const,
    record_count: 3,
    gap_count: 0,
  }));
  return {
    ...source,
    head: {
      ...source.head,
      sources: [{ ...one!, scopes }],
      summary: { ...source.head.summary, subject_counts: { secret: 3 } },
    },
    subjects: source.subjects.filter(({ kind }) => kind !== "store"),
    extracts: source.extracts.filter(({ kind }) => kind !== "store"),
  };
}

it("counts no rosters and own reviews as stores", () => {
  const { head } = samplePackage();
  const [one] = head.sources;
  const sources = ["hashicorp", "people", "review"].map((connector) => ({ ...one!, connector }));
  const summary = { ...head.summary, subject_counts: { store: 1 } };
  expect(storesText({ sources, summary })).toBe("1 store, and rosters, and own reviews");
  expect(storesText({ sources: [...sources, ...sources.slice(1, 2)], summary })).toBe(
    "1 store, and rosters of 2 sources, and own reviews",
  );
});

describe("the cover of a cloud's report", () => {
  it.skipIf("missing" in poppler)(
    "names accounts, partition and the endpoint, and no address of AWS",
    async () => {
      const definition = await readReportDefinition();
      const file = saved(join(folder, "cloud.pdf"), await renderPdf(cloud(), { definition }));
      const [cover = ""] = found(poppler).pages(file);
      const text = cover.replace(/\s+/g, " ");
      expect(text).toContain(`Accounts: ${ACCOUNT} (payments)`);
      expect(text).toContain("AWS, partition aws-cn");
      expect(text).toContain("Every service asked at the endpoint https://aws.proxy.example");
      expect(text).not.toContain("Address aws ");
    },
  );

  it.skipIf("missing" in poppler)(
    "names what was read where nobody told which Regions there are",
    async () => {
      const definition = await readReportDefinition();
      const source = untold();
      const file = saved(join(folder, "untold.pdf"), await renderPdf(source, { definition }));
      const [cover = ""] = found(poppler).pages(file);
      const text = cover.replace(/\s+/g, " ");
      expect(text).toContain(`Source ${STORE} aws`);
      expect(text).toContain(`Accounts: ${ACCOUNT} (payments)`);
      expect(text).toContain(`Regions read: ${REGIONS.join(", ")}`);
      expect(text).toContain("Which others are enabled is not known");
      expect(storesText(source.head)).toBe("1 source, at least 2 stores (Region and account)");
    },
  );

  it("counts its stores as what they are, everywhere alike", () => {
    expect(storesText(cloud().head)).toBe("1 source, 2 stores (Region and account)");
    expect(storesText(samplePackage().head)).toBe("1 store");
  });
});
