import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { CountersignError, compareStrings, fileError, readBounded } from "../base/index.ts";

/** Bounds of one policy directory: Rego files, bytes of one file and of all, names of any kind, levels. */
const MAX_FILES = 8192;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;
const MAX_NAMES = 100_000;
const MAX_DEPTH = 32;

const SCHEMAS = "schemas";
const REGO = ".rego";
const JSON_SCHEMA = ".json";

/** Below it stand functions that policies share; its files are no policies. */
const LIBRARY = "lib/";

export function isLibrary(file: string): boolean {
  return file.startsWith(LIBRARY);
}

/** What a directory of policies holds, by path relative to it, with `/`. */
export interface PolicyDirectory {
  /** As the caller named it. */
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
  /** Subject kind to the schema of the whole input. */
  readonly schemas: Readonly<Record<string, unknown>>;
}

/**
 * Reads the Rego files below `path`, and the schemas in `<path>/schemas` or in `schemas`. Files of other kinds are
 * passed over. A symbolic link to a file stands for that file, one to a directory is passed over since the directory is
 * met by its own name; both must stay below `path`. E_NOT_FOUND, E_DISK; E_POLICY for such a link, for a schema that is
 * not JSON, or past a bound.
 */
export async function readPolicyDirectory(
  path: string,
  { schemas = join(path, SCHEMAS) }: { readonly schemas?: string } = {},
): Promise<PolicyDirectory> {
  const names = await filesBelow(path, MAX_DEPTH);
  const rego = names.filter((name) => name.endsWith(REGO) && !name.startsWith(`${SCHEMAS}/`));
  if (rego.length > MAX_FILES) throw beyond(path, `${MAX_FILES} Rego files`, String(rego.length));
  const text = boundedTexts(path);
  const files: Record<string, string> = {};
  for (const name of rego) files[name] = await text(join(path, name));
  const found: Record<string, unknown> = {};
  for (const name of await filesBelow(schemas, 0)) {
    if (!name.endsWith(JSON_SCHEMA)) continue;
    const file = join(schemas, name);
    found[name.slice(0, -JSON_SCHEMA.length)] = schema(await text(file), file);
  }
  return { path, files, schemas: found };
}

/** Paths of the files below `top`, relative to it, sorted; at most `depth` levels of directories down. */
async function filesBelow(top: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  let count = 0;
  let level = [""];
  try {
    const root = await realpath(top);
    for (let down = 0; level.length > 0; down += 1) {
      const below: string[] = [];
      for (const directory of level) {
        for (const entry of await readdir(join(top, directory), { withFileTypes: true })) {
          count += 1;
          if (count > MAX_NAMES) throw beyond(top, `${MAX_NAMES} files and directories`, "more");
          const name = `${directory}${entry.name}`;
          if (entry.isDirectory()) below.push(`${name}/`);
          else if (!entry.isSymbolicLink() || (await isFileWithin(root, join(top, name)))) files.push(name);
        }
      }
      if (down >= depth) {
        if (depth > 0 && below.length > 0) throw beyond(top, `${depth} levels of directories`, "more");
        break;
      }
      level = below;
    }
  } catch (thrown) {
    throw fileError(thrown, top, "read");
  }
  return files.sort(compareStrings);
}

/** Whether a symbolic link leads to a file below `root`; E_POLICY where it leads out of it, in a circle or nowhere. */
async function isFileWithin(root: string, link: string): Promise<boolean> {
  let target: string;
  try {
    target = await realpath(link);
  } catch (cause) {
    throw astray(link, `one that leads nowhere (${String((cause as NodeJS.ErrnoException).code)})`, cause);
  }
  if (target !== root && !target.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) {
    throw astray(link, "one that leads out of it");
  }
  return !(await stat(target)).isDirectory();
}

function astray(link: string, got: string, cause?: unknown): CountersignError {
  return new CountersignError(
    "E_POLICY",
    `expected symbolic links that stay in the policy directory, got ${got}`,
    {
      location: { file: link },
      fix: "Remove the link, or put what it leads to into the directory.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function beyond(path: string, bound: string, got: string): CountersignError {
  return new CountersignError("E_POLICY", `expected at most ${bound}, got ${got}`, {
    location: { file: path },
    fix: "Name the directory that holds the policies alone.",
  });
}

/** Reads texts, all together within the bound. */
function boundedTexts(path: string): (file: string) => Promise<string> {
  let total = 0;
  return async (file) => {
    const bytes = await readBounded(file, {
      what: "a source",
      maxBytes: MAX_FILE_BYTES,
      code: "E_POLICY",
    });
    total += bytes.length;
    if (total > MAX_TOTAL_BYTES) throw beyond(path, `${MAX_TOTAL_BYTES} bytes of sources`, "more");
    return bytes.toString("utf8");
  };
}

function schema(source: string, file: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch (cause) {
    throw new CountersignError("E_POLICY", `expected JSON Schema, got something that is not JSON`, {
      location: { file },
      cause,
    });
  }
}
