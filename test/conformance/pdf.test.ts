import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReportDefinition, renderPdf, renderReviewPdf } from "../../src/render/index.ts";
import { found } from "../counterparties/availability.ts";
import { complaints, ensureVeraPdf } from "../counterparties/verapdf.ts";
import { samplePackage } from "../render/package.ts";
import { quarter } from "../review/quarter.ts";

const veraPdf = await ensureVeraPdf();

describe.skipIf("missing" in veraPdf)("the evidence report, judged by veraPDF", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "verapdf-"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["with every status and hostile names", samplePackage({ notice: "A demonstration." }), "a4"],
    ["of an empty estate, on letter paper", samplePackage({ empty: true }), "letter"],
  ] as const)("conforms to PDF/A-3b and PDF/UA-1: %s", async (name, source, page) => {
    const file = join(folder, `${name.length}.pdf`);
    await writeFile(file, await renderPdf(source, { definition: await readReportDefinition(), page }));
    expect(await complaints(found(veraPdf), file, ["3b", "ua1"])).toEqual({ "3b": [], ua1: [] });
  });

  it("conforms so of an access review, too", async () => {
    const file = join(folder, "review.pdf");
    await writeFile(file, await renderReviewPdf((await quarter()).source));
    expect(await complaints(found(veraPdf), file, ["3b", "ua1"])).toEqual({ "3b": [], ua1: [] });
  });
});
