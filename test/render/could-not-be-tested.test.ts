import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gapDigest, type Gap } from "../../src/facts/index.ts";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { howMade } from "../../src/render/populations.ts";
import { found } from "../counterparties/availability.ts";
import { samplePackage } from "./package.ts";
import { ensurePoppler, saved } from "./poppler.ts";
import { STORE } from "./sample.ts";

const poppler = ensurePoppler();
const folder = mkdtempSync(join(tmpdir(), "render-untested-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DETAIL = "the collector may not call kms DescribeKey";

/** The sample, of which three keys were listed and none could be read, or which has none. */
async function textOf(gaps: readonly Gap[], name: string): Promise<string> {
  const source = samplePackage();
  const definition = await readReportDefinition();
  const file = saved(
    join(folder, name),
    await renderPdf(
      {
        ...source,
        gaps: [
          ...source.gaps.filter(({ hides }) => !hides.includes("key")),
          ...gaps.map((gap) => ({ ...gap, gap: gapDigest(gap) })),
        ],
      },
      { definition },
    ),
  );
  return found(poppler).pages(file).join("\n").replace(/\s+/g, " ");
}

const unread = [1, 2, 3].map((number): Gap => ({
  store_id: STORE,
  scope: STORE,
  resource: `${STORE}:key/${number}`,
  operation: "kms.key",
  reason: "denied",
  hides: ["key", "key_rotation"],
  detail: DETAIL,
}));

describe("a population of which nothing could be read", () => {
  it.skipIf("missing" in poppler)("could not be tested, and is not empty", async () => {
    const hidden = await textOf(unread, "hidden.pdf");
    expect(hidden).toContain("Could not be tested. No key could be read");
    expect(hidden).toContain(`: ${DETAIL}`);
    expect(hidden).not.toContain("had an empty population");
    expect(hidden).not.toContain("Empty population: there was nothing to test");
    const empty = await textOf([], "empty.pdf");
    expect(empty).toContain("1 policy had an empty population, which proves nothing: key_exportable");
    expect(empty).not.toContain("Could not be tested");
  });

  it("was named by a listing", () => {
    const key = {
      store_id: STORE,
      subject_kind: "key",
      listed: 3,
      collected: 0,
      named_by: [],
      excluded: 0,
      gap_count: 3,
    };
    expect(howMade({ populations: [key] }, "key")).toMatch(
      /^a listing named some, and none could be read, .*gaps: 3/,
    );
    expect(howMade({ populations: [{ ...key, listed: 0, gap_count: 0 }] }, "key")).toMatch(
      /^no listing named any/,
    );
  });
});
