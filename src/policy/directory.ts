import { readFile, readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { CountersignError, compareStrings, fileError } from "../base/index.ts";

/** Bounds of one policy directory. */
const MAX_FILES = 8192;
const MAX_FILE_BYTES = 1024 * 1024;

const SCHEMAS = "schemas";
const REGO = ".rego";

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
 * passed over. E_NOT_FOUND, E_DISK; E_POLICY for a schema that is not JSON, or past a bound.
 */
export async function readPolicyDirectory(
  path: string,
  { schemas = join(path, SCHEMAS) }: { readonly schemas?: string } = {},
): Promise<PolicyDirectory> {
  const names = await listed(path, true);
  const rego = names.filter((name) => name.endsWith(REGO) && !name.startsWith(`${SCHEMAS}/`));
  if (rego.length > MAX_FILES) {
    throw new CountersignError("E_POLICY", `expected at most ${MAX_FILES} Rego files, got ${rego.length}`, {
      location: { file: path },
    });
  }
  const files: Record<string, string> = {};
  for (const name of rego) files[name] = await text(join(path, name));
  const found: Record<string, unknown> = {};
  for (const name of await listed(schemas, false)) {
    if (name.endsWith(".json")) found[name.slice(0, -".json".length)] = await schema(join(schemas, name));
  }
  return { path, files, schemas: found };
}

async function listed(path: string, recursive: boolean): Promise<string[]> {
  try {
    const names = await readdir(path, { recursive });
    return names.map((name) => name.split(sep).join("/")).sort(compareStrings);
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

async function text(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_FILE_BYTES) return await readFile(path, "utf8");
    throw new CountersignError("E_POLICY", `expected at most ${MAX_FILE_BYTES} bytes, got ${size}`, {
      location: { file: path },
    });
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

async function schema(path: string): Promise<unknown> {
  const source = await text(path);
  try {
    return JSON.parse(source) as unknown;
  } catch (cause) {
    throw new CountersignError("E_POLICY", `expected JSON Schema, got something that is not JSON`, {
      location: { file: path },
      cause,
    });
  }
}
