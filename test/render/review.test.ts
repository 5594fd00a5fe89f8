import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CountersignError, canonicalJson } from "../../src/base/index.ts";
import { renderReviewPdf, writeReviewReport } from "../../src/render/index.ts";
import { ReviewReport, type ReviewPackage } from "../../src/review/index.ts";
import { compileSchema } from "../../src/schema/index.ts";
import { found } from "../counterparties/availability.ts";
import { PRODUCT, quarter } from "../review/quarter.ts";
import { act, decideOn, started } from "../review/at-desk.ts";
import { actor, estate, seenOf } from "../review/estate.ts";
import { ensurePoppler } from "./poppler.ts";

const GOLDEN = new URL("../golden/access-review.txt", import.meta.url);
const poppler = ensurePoppler();
const ID = "quarterly-2026-q4";

let folder: string;
let source: ReviewPackage;
let desk: Awaited<ReturnType<typeof quarter>>["desk"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-report-"));
  ({ source, desk } = await quarter());
  await writeReviewReport(source, folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function rows(file: string): Promise<Record<string, string>[]> {
  return parse(await readFile(join(folder, file)), { bom: true, columns: true });
}

describe("the report of a campaign", () => {
  it("verifies with sha256sum, and has the same bytes of the same state", async () => {
    execFileSync("sha256sum", ["--check", "--strict", "MANIFEST.sha256"], { cwd: folder, stdio: "pipe" });
    const again = await mkdtemp(join(tmpdir(), "review-report-"));
    await writeReviewReport((await quarter()).source, again);
    const manifest = await readFile(join(folder, "MANIFEST.sha256"), "utf8");
    expect(await readFile(join(again, "MANIFEST.sha256"), "utf8")).toBe(manifest);
    expect(manifest.split("\n")).toHaveLength(10);
  });

  it("fits its schema, and is for those alone who may export evidence", async () => {
    const check = compileSchema(ReviewReport);
    expect([check.fits(JSON.parse(canonicalJson(source.report))), check.complaint()]).toEqual([
      true,
      "No errors",
    ]);
    const terms = { product: PRODUCT, entity: { name: "x" } };
    await expect(desk.reporting.evidence(actor.mia, ID, terms)).rejects.toBeInstanceOf(CountersignError);
    const { report } = await desk.reporting.evidence(actor.olga, ID, terms);
    expect(report.journal.verified).toBeUndefined();
  });

  it("lists every decision, also those that were taken back or are void, and nobody's on their own access", async () => {
    const decisions = await rows("decisions.csv");
    expect(decisions.map(({ fate = "" }) => fate.split(":")[0]).sort()).toEqual(
      [...Array<string>(7).fill("in force"), "superseded", "undone"].sort(),
    );
    expect(decisions.find(({ late }) => late === "yes")?.["by"]).toBe("vera@example.com");
    expect(source.report.decisions).toMatchObject({
      taken: 9,
      in_force: 7,
      undone: 1,
      superseded: 1,
      late: 1,
      own_access: 0,
    });
  });

  it("lists every item with what became of it, and every secret once a set", async () => {
    const items = await rows("items.csv");
    expect(items).toHaveLength(5);
    const ada = items.find(({ person }) => person === "Ada Lindqvist");
    expect(ada).toMatchObject({
      outcome: "revoke",
      ticket: "OPS-1204",
      revocation_state: "still_reachable",
      verified_by_snapshot: "20261102T060000Z",
      usage: "unknown: no audit log was read",
      acknowledged_by: "nobody yet",
      entity: "Harbour and Pine Logistics Holding",
    });
    expect(ada?.["remaining_path"]).toContain("payments-too");
    const sets = await rows("secrets.csv");
    for (const item of items) {
      const of = sets.filter(({ secrets_sha256 }) => secrets_sha256 === item["secrets_sha256"]);
      expect(String(of.length)).toBe(item["secret_count"]);
    }
    expect(await rows("revocations.csv")).toHaveLength(3);
    expect(await rows("sample.csv")).toHaveLength(2);
    expect(
      (await rows("population.csv")).filter(({ kind }) => kind === "secrets").map(({ count }) => count),
    ).toEqual(["3", "3"]);
  });

  it("says what a revoked item covers by now, and counts such items", async () => {
    const opened = await started();
    await decideOn(opened, "ada standard", { kind: "revoke" });
    opened.world.seen = seenOf(estate().labelled("kv/", "payments/new"), "2026-10-03T06:00:00.000Z");
    await act(opened, "refresh");
    const made = await opened.desk.reporting.evidence(actor.olga, ID, {
      product: PRODUCT,
      entity: { name: "x" },
    });
    const { refreshed } = made.report.timeliness;
    expect(refreshed).toMatchObject([{ joined: 0, widened: 1 }]);
    expect(compileSchema(ReviewReport).fits(JSON.parse(canonicalJson(made.report)))).toBe(true);
    const into = await mkdtemp(join(tmpdir(), "review-report-"));
    await writeReviewReport(made, into);
    const items: Record<string, string>[] = parse(await readFile(join(into, "items.csv")), {
      bom: true,
      columns: true,
    });
    await rm(into, { recursive: true });
    expect(items.map((item) => [item["outcome"], item["wider_since_revoked"]]).sort()).toEqual([
      ["none", ""],
      ["none", ""],
      ["none", ""],
      ["revoke", "3 secrets: read"],
    ]);
  });

  it("says first of all what is missing", async () => {
    const { report } = source;
    expect(report.incomplete).toEqual([]);
    const gaps = {
      ...report.population,
      complete: false,
      gap_count: 2,
      gaps: ["a policy could not be read"],
    };
    const { incompleteOf } = await import("../../src/review/paper/report-tally.ts");
    const items = { ...report.items, by_state: { open: 2 }, unassigned: 1, by_outcome: { kept: 1 } };
    expect(incompleteOf({ population: gaps, items }, [])).toHaveLength(4);
    const unsigned = [{ by: "mia@example.com", decisions: 3 }];
    expect(incompleteOf({ population: gaps, items }, unsigned).join()).toContain(
      "mia@example.com (3 decisions)",
    );
  });
});

describe.skipIf("missing" in poppler)("the report of a campaign, read by Poppler", () => {
  it("says what the golden text says, and who is missing on the first page", async () => {
    const pages = found(poppler).pages(join(folder, "access-review.pdf"));
    const text = pages.join("\f\n");
    if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(GOLDEN, text);
    expect(text).toBe(await readFile(GOLDEN, "utf8"));
    expect(text).toContain("Not acknowledged");
    const incomplete = ["INCOMPLETE: 2 of 5 items are not decided."];
    const file = join(folder, "incomplete.pdf");
    await writeFile(file, await renderReviewPdf({ ...source, report: { ...source.report, incomplete } }));
    const [first = "", , , fourth = ""] = found(poppler).pages(file);
    expect(first).toContain("2 of 5 items are not decided");
    expect(fourth).toContain("INCOMPLETE, see page 1");
    expect(found(poppler).info(file)).toMatchObject({ Tagged: "yes" });
  });
});
