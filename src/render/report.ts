import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join, resolve } from "node:path";
import { canonicalJson, compareStrings, fileError } from "../base/index.ts";
import type { EvidencePackage } from "../evidence/index.ts";
import {
  accessCsv,
  controlsCsv,
  findingsCsv,
  gapsCsv,
  grantsCsv,
  inventoryCsv,
  pastFindingsCsv,
} from "./csv/index.ts";
import { readReportDefinition, type ReportDefinition } from "./definition.ts";
import { FILES, PARTS_FOLDER } from "./layout.ts";
import { renderPdf, type PageSize } from "./pdf/index.ts";
import { manifestText, writeContent, type Content, type WrittenFile } from "./written.ts";

export type { WrittenFile } from "./written.ts";

export interface WriteReportOptions {
  /** Paper; otherwise what the definition says. */
  readonly page?: PageSize;
  /** Directory that the package's parts were written to; otherwise `parts` in the report's own directory. */
  readonly partsFrom?: string;
  /** What the report contains; otherwise the product's own `reports/evidence.yaml`. */
  readonly definition?: ReportDefinition;
}

/**
 * Writes the report into a directory that holds no other: `evidence-report.pdf`, `evidence-package.json`, the lists as
 * CSV, the parts of the package, and last `MANIFEST.sha256`, which `sha256sum --check` reads. `replaceReport` gives such a
 * directory and puts it into the place of an earlier report. Gives what was written, in order of names. E_DISK;
 * E_NOT_FOUND when a part is missing.
 */
export async function writeReport(
  source: EvidencePackage,
  outDir: string,
  options: WriteReportOptions = {},
): Promise<WrittenFile[]> {
  const definition = options.definition ?? (await readReportDefinition());
  const page = options.page ?? definition.page;
  const pdf = await renderPdf(source, { definition, page });
  const head = `${JSON.stringify(JSON.parse(canonicalJson(source.head)), null, 2)}\n`;
  const contents: readonly (readonly [string, Content])[] = [
    [FILES.pdf, [pdf]],
    [FILES.head, [head]],
    [FILES.findings, [findingsCsv(source)]],
    [FILES.controls, [controlsCsv(source)]],
    [FILES.inventory, [inventoryCsv(source)]],
    [FILES.access, accessCsv(source)],
    [FILES.gaps, [gapsCsv(source)]],
    [FILES.grants, grantsCsv(source)],
    ...(source.head.history === undefined ? [] : [[FILES.past, [pastFindingsCsv(source)]] as const]),
  ];
  const written: WrittenFile[] = [];
  for (const [file, content] of contents) written.push(await writeContent(outDir, file, content));
  written.push(...(await takeParts(source, outDir, options.partsFrom ?? join(outDir, PARTS_FOLDER))));
  const files = written.sort((a, b) => compareStrings(a.file, b.file));
  return [...files, await writeContent(outDir, FILES.manifest, [manifestText(files)])];
}

async function takeParts(source: EvidencePackage, outDir: string, from: string): Promise<WrittenFile[]> {
  const names = [...new Set(Object.values(source.head.parts).map(({ file }) => file))];
  const taken: WrittenFile[] = [];
  for (const name of names) {
    const file = `${PARTS_FOLDER}/${name}`;
    const origin = join(from, name);
    const inPlace = resolve(origin) === resolve(outDir, file);
    taken.push(inPlace ? await existing(outDir, file) : await writeContent(outDir, file, bytesOf(origin)));
  }
  return taken;
}

async function existing(outDir: string, file: string): Promise<WrittenFile> {
  const path = join(outDir, file);
  const hash = createHash("sha256");
  for await (const chunk of bytesOf(path)) hash.update(chunk);
  return { file, path, sha256: hash.digest("hex") };
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}
