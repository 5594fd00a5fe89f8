import { compareStrings } from "../../base/index.ts";
import { Unreadable } from "../text/bounds.ts";
import { readJson } from "../text/json.ts";
import { plainValue } from "../text/node.ts";
import type { SourceText } from "../text/source-text.ts";
import { STDIN_PATH } from "../tree.ts";
import { readYaml } from "../text/yaml.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { parseDotenv, parseIni } from "./small-formats.ts";
import { parseToml } from "./toml.ts";
import { yaml11 } from "./yaml11.ts";

/** What rules are asked about: one input, and where it begins in its file. */
export interface OwnDocument {
  readonly value: unknown;
  /** UTF-16 offset. */
  readonly offset: number;
}

/** What a file holds. One document that is malformed does not hide the others. */
export interface OwnContents {
  readonly documents: readonly OwnDocument[];
  readonly slips: readonly Unreadable[];
}

/** Reads a file of one kind. Throws `Unreadable` where nothing of it can be had. */
export type OwnParser = (source: SourceText) => OwnContents | Promise<OwnContents>;

/** Kinds of files that conftest has a parser for. */
export const PARSER_NAMES = [
  "codeowners",
  "cue",
  "cyclonedx",
  "dockerfile",
  "dotenv",
  "edn",
  "groovy",
  "hcl1",
  "hcl2",
  "hocon",
  "ignore",
  "ini",
  "json",
  "jsonc",
  "jsonnet",
  "nginx",
  "properties",
  "spdx",
  "textproto",
  "toml",
  "vcl",
  "xml",
  "yaml",
] as const;

export type ParserName = (typeof PARSER_NAMES)[number];

export type OwnParsers = Readonly<Partial<Record<ParserName, OwnParser>>>;

/** Parsers that are there. */
export const OWN_PARSERS: OwnParsers = {
  dockerfile: ({ text }) => each([parseDockerfile(text)]),
  dotenv: ({ text }) => each(parseDotenv(text)),
  // The grammar is loaded by those alone who have such files.
  hcl2: async (source) => each(await (await import("./hcl2.ts")).parseHcl2(source)),
  ini: ({ text }) => each(parseIni(text)),
  json: (source) => each(plainJson(source)),
  jsonc: (source) => each(plainValue(readJson(source, { comments: true }))),
  toml: async (source) => each(await parseToml(source)),
  yaml: yamlDocuments,
};

/** The kinds of files that own rules can be asked about. */
export const PARSERS = (Object.keys(OWN_PARSERS) as ParserName[]).sort(compareStrings);

const BY_EXTENSION: ReadonlyMap<string, ParserName> = new Map<string, ParserName>([
  ...PARSER_NAMES.filter((name) => name !== "dotenv").map((name) => [name, name] as const),
  ["yml", "yaml"],
  ["tf", "hcl2"],
  ["hcl", "hcl2"],
  ["tfvars", "hcl2"],
  ["gitignore", "ignore"],
  ["dockerignore", "ignore"],
  ["env", "dotenv"],
  ["textpb", "textproto"],
]);

/** The kind of file that conftest takes a file for by its name; undefined of those that it does not know. */
export function parserOf(path: string): ParserName | undefined {
  // JSON is YAML.
  if (path === STDIN_PATH) return "yaml";
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (name === "dockerfile" || name.startsWith("dockerfile.")) return "dockerfile";
  if (name.startsWith(".env.")) return "dotenv";
  if (name === "nginx.conf") return "nginx";
  if (name === "jenkinsfile" || name.startsWith("jenkinsfile.")) return "groovy";
  if (name === "codeowners") return "codeowners";
  const dot = name.lastIndexOf(".");
  return dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1));
}

/** Each item of a list is an input of its own, as conftest has it. */
function each(value: unknown): OwnContents {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  return { documents: values.map((one) => ({ value: one, offset: 0 })), slips: [] };
}

function plainJson(source: SourceText): unknown {
  try {
    return JSON.parse(source.text);
  } catch {
    readJson(source); // knows where the slip is
    throw new Unreadable("expected JSON, got a slip", 0);
  }
}

/** Documents of a YAML file. One that is empty is no input, unless the file has no other. */
function yamlDocuments(source: SourceText): OwnContents {
  const read = readYaml(source, { merges: true, scalars: yaml11 });
  const slips = read.flatMap(({ slip }) => (slip === undefined ? [] : [slip]));
  const roots = read.flatMap(({ root }) => (root === undefined ? [] : [root]));
  const documents = roots.map((root) => ({ value: plainValue(root), offset: root.start }));
  const [only] = documents;
  if (only === undefined) return { documents: slips.length === 0 ? [{ value: null, offset: 0 }] : [], slips };
  return documents.length === 1 && Array.isArray(only.value)
    ? { ...each(only.value), slips }
    : { documents, slips };
}
