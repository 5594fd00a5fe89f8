import { CountersignError } from "../../base/index.ts";
import { Unreadable } from "../text/bounds.ts";
import { SourceText } from "../text/source-text.ts";
import { OWN_PARSERS } from "./documents.ts";

/** A file of data, and the keys below which its document stands: directories within the one that was named. */
export interface DataFile {
  readonly path: string;
  readonly below: readonly string[];
  readonly text: string;
}

/**
 * The documents of all files as one, as `opa` loads them: each is an object, keys are united at every level, and two values for one key
 * are refused. E_INPUT.
 */
export async function mergedData(files: readonly DataFile[]): Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = {};
  for (const { path, below, text } of files) {
    const document = await dataDocument(path, text);
    const nested = below.reduceRight<unknown>((inner, key) => ({ [key]: inner }), document);
    merge(data, nested as Record<string, unknown>, path);
  }
  return data;
}

async function dataDocument(path: string, text: string): Promise<Record<string, unknown>> {
  const source = new SourceText(path, text);
  const fail = (message: string, offset: number): CountersignError => {
    const { line, column } = source.place(offset);
    return new CountersignError("E_INPUT", message, { location: { file: path, line, column } });
  };
  try {
    const parse = path.endsWith(".json") ? OWN_PARSERS.json : OWN_PARSERS.yaml;
    const read = await parse?.(source);
    const [slip] = read?.slips ?? [];
    if (slip !== undefined) throw slip;
    const value = read?.documents[0]?.value;
    if (read?.documents.length === 1 && typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (thrown) {
    if (thrown instanceof Unreadable) throw fail(thrown.message, thrown.offset);
    throw thrown;
  }
  throw fail("expected one document of data that is an object, got something else", 0);
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>, path: string): void {
  for (const [key, value] of Object.entries(from)) {
    if (key === "__proto__") continue;
    const there = Object.hasOwn(into, key) ? into[key] : undefined;
    if (there === undefined) into[key] = value;
    else if (isObject(there) && isObject(value)) merge(there, value, path);
    else
      throw new CountersignError("E_INPUT", `expected each key of data once, got ${key} again`, {
        location: { file: path },
      });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
