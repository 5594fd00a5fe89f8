import { canonicalJson, compareStrings } from "../../base/index.ts";
import type { ReviewPackage } from "../../review/index.ts";
import type { PageSize } from "../pdf/index.ts";
import { manifestText, writeContent, type WrittenFile } from "../written.ts";
import { reviewLists } from "./lists.ts";
import { renderReviewPdf } from "./pdf.ts";

export { renderReviewPdf } from "./pdf.ts";
export { reviewLists } from "./lists.ts";

/**
 * Writes the report of a campaign into a directory that holds no other: the lists, `review.json`, `access-review.pdf`, which names the
 * digests of these, and last `MANIFEST.sha256`. The same state gives the same bytes. In order of names. E_DISK.
 */
export async function writeReviewReport(
  source: ReviewPackage,
  outDir: string,
  { page }: { readonly page?: PageSize } = {},
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const [file, content] of reviewLists(source)) written.push(await writeContent(outDir, file, content));
  const json = `${JSON.stringify(JSON.parse(canonicalJson(source.report)), null, 2)}\n`;
  written.push(await writeContent(outDir, "review.json", [json]));
  const files = new Map(written.map(({ file, sha256 }) => [file, sha256]));
  const pdf = await renderReviewPdf(source, { files, ...(page === undefined ? {} : { page }) });
  written.push(await writeContent(outDir, "access-review.pdf", [pdf]));
  const all = written.sort((a, b) => compareStrings(a.file, b.file));
  return [...all, await writeContent(outDir, "MANIFEST.sha256", [manifestText(all)])];
}
