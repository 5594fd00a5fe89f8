import { posix } from "node:path";
import type { Expression as Code, HclBlock, HclBody } from "../../text/hcl-tree.ts";
import { at, entriesOf, textOf, type Node } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Beside } from "../format.ts";

/** Directories of modules that are looked into for one plan. */
const MAX_DIRECTORIES = 1000;

/** What reads a directory's files as Terraform does, with override files. */
type BlocksOf = (files: readonly SourceText[]) => readonly HclBlock[];

/**
 * The source that a plan was made of, as far as it is there: blocks by their addresses without keys, and the code of what the plan's
 * configuration calls an expression. A module that is not of the tree has none.
 */
export class Written {
  readonly #blocks = new Map<string, HclBlock>();
  readonly #codes = new Map<Node, Code>();

  block(configured: string): HclBlock | undefined {
    return this.#blocks.get(configured);
  }

  /** How an expression of `configuration` is written. */
  code(expression: Node): Code | undefined {
    return this.#codes.get(expression);
  }

  get isEmpty(): boolean {
    return this.#blocks.size === 0;
  }

  /** A module's blocks, by the plan's `root_module` or `module`. `path`: of the module, e.g. `module.db.` */
  add(module: Node, path: string, blocks: readonly HclBlock[]): void {
    const named = new Map(blocks.map((block) => [[block.type, ...block.labels].join(" "), block]));
    const resources = at(module, "resources");
    for (const node of resources?.kind === "list" ? resources.items : []) {
      const [type = "", name = ""] = [textOf(at(node, "type")), textOf(at(node, "name"))];
      const isData = textOf(at(node, "mode")) === "data";
      const block = named.get(`${isData ? "data" : "resource"} ${type} ${name}`);
      if (block === undefined) continue;
      this.#blocks.set(`${path}${isData ? "data." : ""}${type}.${name}`, block);
      this.#expressions(at(node, "expressions"), block.body);
      const each = block.body.attributes.get("for_each")?.value;
      const expression = at(node, "for_each_expression");
      if (each !== undefined && expression !== undefined) this.#codes.set(expression, each);
    }
    for (const [name, { value }] of entriesOf(at(module, "outputs"))) {
      const code = named.get(`output ${name}`)?.body.attributes.get("value")?.value;
      const expression = at(value, "expression");
      if (code !== undefined && expression !== undefined) this.#codes.set(expression, code);
    }
    for (const [name, { value }] of entriesOf(at(module, "variables"))) {
      const code = named.get(`variable ${name}`)?.body.attributes.get("default")?.value;
      const written = at(value, "default");
      if (code !== undefined && written !== undefined) this.#codes.set(written, code);
    }
    for (const [name, { value }] of entriesOf(at(module, "module_calls"))) {
      const block = named.get(`module ${name}`);
      if (block !== undefined) this.#expressions(at(value, "expressions"), block.body);
    }
  }

  #expressions(expressions: Node | undefined, body: HclBody): void {
    for (const [name, { value }] of entriesOf(expressions)) {
      const code = body.attributes.get(name)?.value;
      if (code !== undefined) this.#codes.set(value, code);
      else {
        const items = value.kind === "list" ? value.items : [value];
        // What is put together is no expression of the plan's.
        const blocks = body.blocks.filter(({ type }) => type === name);
        if (blocks.length === items.length)
          items.forEach((item, nth) => {
            const block = blocks[nth];
            if (block !== undefined) this.#expressions(item, block.body);
          });
      }
    }
  }
}

/** Blocks of a type within another; undefined where some are put together, so that it is not known which is which. */
export function blocksCalled(type: string, { blocks }: HclBody): readonly HclBlock[] | undefined {
  const dynamic = blocks.some((one) => one.type === "dynamic" && one.labels[0] === type);
  return dynamic ? undefined : blocks.filter((one) => one.type === type);
}

/** The source of a plan and of those of its modules that lie in directories. `home`: of the root module. */
export async function writtenOf(
  configuration: Node | undefined,
  home: string,
  { files, blocksOf }: Pick<Beside, "files"> & { readonly blocksOf: () => Promise<BlocksOf> },
): Promise<Written | undefined> {
  const root = at(configuration, "root_module");
  if (root === undefined) return undefined;
  const written = new Written();
  const read = new Map<string, readonly HclBlock[]>();
  const waiting: [module: Node, path: string, directory: string][] = [[root, "", home]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [module, path, directory] = next;
    let blocks = read.get(directory);
    if (blocks === undefined) {
      if (read.size >= MAX_DIRECTORIES) break;
      const found = await files(directory);
      blocks = found.length === 0 ? [] : (await blocksOf())(found);
      read.set(directory, blocks);
    }
    if (blocks.length === 0) continue;
    written.add(module, path, blocks);
    for (const [name, { value }] of entriesOf(at(module, "module_calls"))) {
      const source = textOf(at(value, "source")) ?? "";
      const called = at(value, "module");
      if (called !== undefined && /^\.\.?(?:\/|$)/.test(source))
        waiting.push([called, `${path}module.${name}.`, joined(directory, source)]);
    }
  }
  return written.isEmpty ? undefined : written;
}

/** A path without `.` and inner `..`; it may begin with `..`. */
function joined(directory: string, path: string): string {
  const found = posix.join(directory, path).replace(/\/$/, "");
  return found === "." ? "" : found;
}

/** Functions that hand on what they are given, or nothing. Source: Terraform, "Built-in Functions". */
const HANDING_ON = new Set([
  "coalesce",
  "compact",
  "concat",
  "distinct",
  "flatten",
  "nonsensitive",
  "one",
  "sensitive",
  "tolist",
  "toset",
  "tostring",
  "try",
]);

/**
 * Whether what is written is what it refers to and nothing more: `aws_kms_key.main.arn`, a list of such, or `"${aws_kms_key.main.arn}"`; not
 * `"${aws_kms_key.main.arn}-x"`.
 */
export function isReferenceAlone(code: Code): boolean {
  switch (code.kind) {
    case "name":
      return true;
    case "attribute":
    case "index":
      return isReferenceAlone(code.of);
    case "splat":
      return isReferenceAlone(code.of) && isReferenceAlone(code.each);
    case "literal":
      // Of a list, other items are known by themselves; a text would be no reference at all.
      return code.value === null;
    case "tuple":
      return code.items.every((item) => item.kind === "literal" || isReferenceAlone(item));
    case "template":
      return (
        code.parts.length === 1 &&
        code.parts.every((part) => part.kind === "value" && isReferenceAlone(part.value))
      );
    case "call":
      return HANDING_ON.has(code.name) && code.args.every(isReferenceAlone);
    case "for":
      return code.key === undefined && isReferenceAlone(code.over) && isReferenceAlone(code.value);
    case "conditional":
      return isReferenceAlone(code.yes) && isReferenceAlone(code.no);
    default:
      return false;
  }
}
