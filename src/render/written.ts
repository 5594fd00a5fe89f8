import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomically, type Sha256 } from "../base/index.ts";

export interface WrittenFile {
  /** Name below the report's directory, with `/`. */
  readonly file: string;
  readonly path: string;
  /** Of the bytes on disk. */
  readonly sha256: Sha256;
}

export type Content = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Writes a file of a report. E_DISK. */
export async function writeContent(outDir: string, file: string, content: Content): Promise<WrittenFile> {
  const path = join(outDir, file);
  const hash = createHash("sha256");
  await writeFileAtomically(path, hashed(content, hash));
  return { file, path, sha256: hash.digest("hex") };
}

/** What `sha256sum --check` reads. */
export function manifestText(files: readonly WrittenFile[]): string {
  return files.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join("");
}

async function* hashed(content: Content, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
    hash.update(bytes);
    yield bytes;
  }
}
