import { createRequire } from "node:module";
import type { Document } from "yaml";
import { CountersignError, type ErrorCode, type Location } from "../base/index.ts";
import type { CompiledSchema } from "../schema/index.ts";

/** Greatest YAML text that is parsed, in characters: configuration and mappings are written by people. */
const MAX_YAML_CHARS = 4 * 1024 * 1024;

/** The parser, 70 files, when something is read: most of what commands do reads none. */
const yaml = (): typeof import("yaml") => createRequire(import.meta.url)("yaml") as typeof import("yaml");

/** A YAML file's value, which can still say where each part of it stands. */
export interface YamlFile<T> {
  readonly value: T;
  /** Where the value at `path` stands, or its innermost parent that is there. */
  readonly locate: (path: readonly string[]) => Location;
  /** Where the last key of `path` stands. */
  readonly locateKey: (path: readonly string[]) => Location;
}

export interface YamlOptions<T> {
  readonly file: string;
  readonly code: ErrorCode;
  readonly schema: CompiledSchema<T>;
  /** Changes the plain value before it is checked, e.g. puts references in. */
  readonly prepare?: (raw: unknown, locate: YamlFile<T>["locate"]) => unknown;
}

/**
 * Reads YAML 1.2 (core schema) of a known shape. Slips of syntax, duplicate keys and values that do not fit throw
 * `code` with file, line and column.
 */
export function readYaml<T>(text: string, options: YamlOptions<T>): YamlFile<T> {
  const { file, code, schema, prepare } = options;
  if (text.length > MAX_YAML_CHARS) {
    const message = `expected at most ${MAX_YAML_CHARS} characters, got ${text.length}`;
    throw new CountersignError(code, message, { location: { file } });
  }
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const [slip] = [...document.errors, ...document.warnings];
  if (slip !== undefined) {
    const message = `expected valid YAML, got: ${slip.message}`;
    throw new CountersignError(code, message, { location: at(slip.pos[0]), cause: slip });
  }
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== "1.2") {
    // Of 1.1: `yes` is true there, 010 is 8 and 1:30 is 90.
    const message = `expected YAML 1.2, got a directive that asks for ${version}`;
    throw new CountersignError(code, message, { location: at(0) });
  }
  const locate = (path: readonly string[]) => at(valueOffset(document, path));
  const locateKey = (path: readonly string[]) => at(keyOffset(document, path));
  const raw = plainValue(document, { file, code });
  const value = prepare === undefined ? raw : prepare(raw, locate);
  if (schema.fits(value)) return { value, locate, locateKey };

  const { path, expected, unknownKey, fix } = schema.misfit();
  const name = path.length === 0 ? "the file" : path.join(".");
  throw new CountersignError(
    code,
    unknownKey ? `expected only known keys, got ${name}` : `expected another value: ${name} ${expected}`,
    { location: unknownKey ? locateKey(path) : locate(path), ...(fix === undefined ? {} : { fix }) },
  );
}

/** How often aliases may be used: a file of a few lines must not grow without bound. */
const MAX_ALIASES = 100;

function plainValue(document: Document, { file, code }: { file: string; code: ErrorCode }): unknown {
  try {
    if (!holdsItself(document)) return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw new CountersignError(code, `expected at most ${MAX_ALIASES} uses of aliases, got more`, {
      location: { file },
      cause,
    });
  }
  throw new CountersignError(
    code,
    "expected aliases of what stands elsewhere, got one within its own anchor",
    {
      location: { file },
    },
  );
}

/** Whether an alias stands within what it names: such a value has no end. */
function holdsItself(document: Document): boolean {
  const { isCollection, visit } = yaml();
  let found = false;
  visit(document, {
    Alias: (_key, { source }, path) => {
      found ||= path.some((node) => isCollection(node) && node.anchor === source);
    },
  });
  return found;
}

function valueOffset(document: Document, path: readonly string[]): number {
  const { isNode } = yaml();
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: readonly string[]): number {
  const { isMap, isNode, isScalar } = yaml();
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const key = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : valueOffset(document, path.slice(0, -1));
}
