import { dirname, join } from "node:path";
import { isTemporary, modeForOthers, type FileStatus, type FileSystem } from "../base/index.ts";
import type { Findings } from "./findings.ts";

/** Directories within directories. */
const MAX_DEPTH = 4;

const WRITABLE_BY_OTHERS = 0o022;
/** In such a directory nobody takes away or renames what another owns. */
const STICKY = 0o1000;

// Windows keeps access in lists, which its home directories set for their owner.
const HAS_MODES = process.platform !== "win32";

/**
 * Looks at what kind everything below `roots` is, and who else has access: all of it belongs to the owner of the first,
 * the vault's own directory, and nobody else may put something in the place of a root.
 */
export async function checkFiles(
  roots: readonly string[],
  files: FileSystem,
  findings: Findings,
): Promise<void> {
  const status = async (path: string): Promise<FileStatus | undefined> => {
    try {
      return await files.status(path);
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? "an error";
      // What must be there is missed where it is read.
      // Without access to a directory nothing in it can be looked at.
      if (code === "EACCES")
        findings.addUnreadable(dirname(path), "expected access to what is in it, got EACCES");
      else if (code !== "ENOENT") findings.add("unreadable", path, `expected to look at it, got ${code}`);
      return undefined;
    }
  };
  const [first = ""] = roots;
  const owner = (await status(first))?.owner;
  const tree = async (path: string, depth: number): Promise<void> => {
    const found = await status(path);
    if (found === undefined) return;
    const foreign = foreignness(found, depth);
    if (foreign !== undefined) {
      findings.addForeign(path, foreign);
      return;
    }
    const exposed = exposure(found, owner);
    if (exposed !== undefined) findings.add("exposed", path, exposed);
    if (found.kind === "file") return;
    for (const name of await findings.namesIn(path, files)) {
      if (isTemporary(name)) findings.add("leftover", join(path, name), "a write that did not end");
      await tree(join(path, name), depth + 1);
    }
  };
  for (const root of roots) await tree(root, 0);
  for (const path of HAS_MODES ? new Set(roots.map((root) => dirname(root))) : []) {
    const found = await status(path);
    if (
      found?.kind !== "directory" ||
      (found.mode & WRITABLE_BY_OTHERS) === 0 ||
      (found.mode & STICKY) !== 0
    ) {
      continue;
    }
    const message = `expected that its owner alone may put something there, got mode ${found.mode.toString(8)}`;
    findings.add("exposed", path, message);
  }
}

function foreignness({ kind }: FileStatus, depth: number): string | undefined {
  if (kind === "other") return "expected a file or a directory, got a link or another kind of file";
  if (kind === "file" || depth < MAX_DEPTH) return undefined;
  return `expected at most ${MAX_DEPTH} directories within one another, got more`;
}

function exposure({ mode, owner }: FileStatus, expected: number | undefined): string | undefined {
  const others = modeForOthers(mode);
  if (others !== undefined) return `expected access for its owner alone, got mode ${others}`;
  if (!HAS_MODES || owner === expected || expected === undefined) return undefined;
  return `expected the owner of the vault's directory (${expected}), got another (${owner})`;
}
