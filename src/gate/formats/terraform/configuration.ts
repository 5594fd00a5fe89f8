import type { Expression, HclAttribute, HclBlock, HclBody } from "../../text/hcl-tree.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { HclReader } from "../../text/hcl.ts";
import type { Unread } from "../format.ts";
import { jsonFile } from "./json-syntax.ts";

/** The files of a directory: what Terraform calls a module. */
export interface Directory {
  /** `""` is the top of the tree. */
  readonly path: string;
  readonly blocks: readonly HclBlock[];
  /** Values of variables that Terraform reads by itself, by name. */
  readonly given: ReadonlyMap<string, HclAttribute>;
  readonly unread: readonly Unread[];
  /** Any of its files, to stand for it. */
  readonly file: SourceText;
}

const IS_VALUES = /(?:^|\/)(?:terraform|[^/]*\.auto)\.tfvars(?:\.json)?$/;
const IS_CONFIGURATION = /\.(?:tf|tofu)(?:\.json)?$/;

export function isTerraformFile(path: string): boolean {
  return IS_CONFIGURATION.test(path) || IS_VALUES.test(path);
}

/** Whether a file is called as Terraform's are but for capitals in the end of its name, so that Terraform takes it for none of its own. */
export function isMiscalled(path: string): boolean {
  return !isTerraformFile(path) && isTerraformFile(path.toLowerCase());
}

/** Files by directory, each as Terraform and OpenTofu put them together. Source: "Files and Configuration Structure", "Override Files". */
export function directoriesOf(files: readonly SourceText[], reader: HclReader): Map<string, Directory> {
  const byDirectory = Map.groupBy(files, ({ path }) => path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  return new Map(
    [...byDirectory].flatMap(([path, own]): [string, Directory][] => {
      const made = directoryOf(path, own, reader);
      return made === undefined ? [] : [[path, made]];
    }),
  );
}

function directoryOf(path: string, all: readonly SourceText[], reader: HclReader): Directory | undefined {
  const names = new Set(all.map((file) => file.path));
  // OpenTofu takes its own file for Terraform's of the same name.
  const files = all.filter(({ path: one }) => {
    const own = one.replace(/\.tf(\.json)?$/, ".tofu$1");
    return own === one || !names.has(own);
  });
  const unread: Unread[] = [];
  const read = (file: SourceText): HclBody => {
    const { body, slips } = file.path.endsWith(".json") ? jsonFile(file, reader) : reader.file(file);
    for (const { spot, reason, detail } of slips)
      unread.push({ format: "terraform", place: spot.source.place(spot.start, spot.end), reason, detail });
    return body;
  };
  const configured = files.filter((file) => IS_CONFIGURATION.test(file.path));
  const [file] = configured;
  if (file === undefined) return undefined;
  const isOverride = ({ path: one }: SourceText): boolean =>
    /(?:^|[/_])override\.(?:tf|tofu)(?:\.json)?$/.test(one);
  let blocks = configured.filter((one) => !isOverride(one)).flatMap((one) => read(one).blocks);
  for (const one of configured.filter(isOverride)) blocks = overridden(blocks, read(one).blocks);
  const given = new Map(
    files
      .filter((one) => IS_VALUES.test(one.path))
      .sort(byPrecedence)
      .flatMap((one) => [...read(one).attributes]),
  );
  return { path, blocks, given, unread, file };
}

/** Those that are read later hold. Source: "Variable Definition Precedence". */
function byPrecedence({ path: a }: SourceText, { path: b }: SourceText): number {
  const rank = (path: string): string => (path.includes(".auto.tfvars") ? `2 ${path}` : `1 ${path}`);
  return rank(a) < rank(b) ? -1 : 1;
}

/** Blocks with what an override file says of them: its attributes take the place of theirs, and so do its blocks of a type. */
function overridden(blocks: readonly HclBlock[], others: readonly HclBlock[]): HclBlock[] {
  const keyOf = ({ type, labels }: HclBlock): string => [type, ...labels].join(" ");
  const found = [...blocks];
  for (const other of others) {
    const at = found.findIndex((one) => keyOf(one) === keyOf(other));
    const own = found[at];
    if (own === undefined) {
      found.push(other);
      continue;
    }
    const types = new Set(other.body.blocks.map(({ type }) => type));
    found[at] = {
      ...own,
      body: {
        ...own.body,
        attributes: new Map([...own.body.attributes, ...other.body.attributes]),
        blocks: [...own.body.blocks.filter(({ type }) => !types.has(type)), ...other.body.blocks],
      },
    };
  }
  return found;
}

/** A path with `.` and `..` gone; undefined of one that leaves the tree. */
export function normalPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return `${path.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

/** A path as seen from a directory of the tree; as `normalPath`. */
export function pathFrom(directory: string, path: string): string | undefined {
  return normalPath(directory === "" ? path : `${directory}/${path}`);
}

/** What a name such as `aws.eu` says that is no value: of providers. */
export function referenceOf(expression: Expression | undefined): string | undefined {
  if (expression?.kind === "name") return expression.name;
  if (expression?.kind === "literal" && typeof expression.value === "string") return expression.value;
  if (expression?.kind !== "attribute") return undefined;
  const of = referenceOf(expression.of);
  return of === undefined ? undefined : `${of}.${expression.name}`;
}
