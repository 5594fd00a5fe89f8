import { createRequire } from "node:module";
import { Language, Parser, type Node as Syntax, type Tree } from "web-tree-sitter";
import { MAX_DEPTH, Unreadable } from "./bounds.ts";
import { expressionOf, type ReadTerms } from "./hcl-expression.ts";
import type { Expression, HclAttribute, HclBlock, HclBody } from "./hcl-tree.ts";
import type { Spot } from "./node.ts";
import type { SourceText } from "./source-text.ts";

/** A file of HCL 2 as far as it can be read. */
export interface HclFile {
  readonly body: HclBody;
  /** One for each block of the file that cannot be read; where the file cannot, one alone, and the body is empty. */
  readonly slips: readonly HclSlip[];
}

export interface HclSlip {
  /** Where it is malformed. */
  readonly spot: Spot;
  /** All that is not read for that. */
  readonly lost: Spot;
  readonly reason: "limit" | "malformed";
  readonly detail: string;
}

/** Most characters of a file that is parsed: people's files have at most some 100,000. */
const MAX_CHARS = 8 * 1024 * 1024;

/** Most blocks of a file that are told one by one to be malformed. */
const MAX_SLIPS = 50;

/** What was read from an offset on, and where reading goes on. */
interface Part extends HclFile {
  readonly next: number | undefined;
}

/** Reads HCL 2, with where everything stands. */
export class HclReader {
  readonly #parser: Parser;

  private constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Loads the grammar: some 0.3 MB of Wasm that nothing else needs. */
  static async load(): Promise<HclReader> {
    await Parser.init();
    const grammar = createRequire(import.meta.url).resolve(
      "@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm",
    );
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return new HclReader(parser);
  }

  file(source: SourceText): HclFile {
    const whole: Spot = { source, start: 0, end: source.text.length };
    if (source.text.length > MAX_CHARS) {
      const detail = `expected at most ${MAX_CHARS} characters, got ${source.text.length}`;
      return { body: emptyBody(whole), slips: [{ spot: whole, lost: whole, reason: "limit", detail }] };
    }
    const attributes = new Map<string, HclAttribute>();
    const blocks: HclBlock[] = [];
    const slips: HclSlip[] = [];
    for (let from: number | undefined = 0; from !== undefined;) {
      const part = this.#from(source, from);
      for (const [name, one] of part.body.attributes) attributes.set(name, one);
      blocks.push(...part.body.blocks);
      slips.push(...part.slips);
      from = slips.length < MAX_SLIPS ? part.next : undefined;
    }
    return { body: { ...whole, attributes, blocks }, slips };
  }

  /** What a file holds from an offset on, up to where reading has to begin anew. */
  #from(source: SourceText, from: number): Part {
    const rest: Spot = { source, start: from, end: source.text.length };
    const text = " ".repeat(from) + source.text.slice(from);
    return this.#parsed(text, (root) => {
      const terms: ReadTerms = { text, spotOf: (syntax) => spotIn(source, syntax) };
      const top = root.namedChildren.filter(({ type }) => type !== "comment");
      const [body, ...others] = top;
      if (body === undefined) return { body: emptyBody(rest), slips: [], next: undefined };
      const isLoose = [root, body].some((one) => isSlip(one) || one.children.some(isSlip));
      if (isLoose || others.length > 0 || body.type !== "body")
        return { body: emptyBody(rest), slips: [slipOf(root, rest, terms)], next: undefined };
      return partOf(body, terms);
    });
  }

  /** A template by itself, such as a file that `templatefile` is given, or a text of the JSON syntax. All of it stands at one spot. */
  template(text: string, spot: Spot): Expression {
    const plain: Expression = { ...spot, kind: "literal", value: text };
    if (!/[$%]\{/.test(text)) return plain;
    // Unlike quoted templates, heredocs know no backslashes, as these texts do not.
    const wrapped = `a = <<${TEMPLATE_END}\n${text}\n${TEMPLATE_END}\n`;
    return this.#parsed(wrapped, (root) => {
      const expression = root.namedChildren[0]?.namedChildren[0]?.namedChildren.at(-1);
      if (root.hasError || expression === undefined || text.includes(TEMPLATE_END))
        throw new Unreadable("expected a template, got a slip in one", spot.start);
      const read = expressionOf(expression, { text: wrapped, spotOf: () => spot, isBare: true });
      return read.kind === "template" ? withoutLastLineEnd(read) : read;
    });
  }

  /** What is made of the syntax of a whole file. Throws `Unreadable` where any of it is malformed. */
  whole<T>(source: SourceText, use: (body: Syntax | undefined) => T): T {
    const { text } = source;
    if (text.length > MAX_CHARS)
      throw new Unreadable(`expected at most ${MAX_CHARS} characters, got ${text.length}`, 0, "limit");
    return this.#parsed(text, (root) => {
      if (root.hasError) {
        const lost: Spot = { source, start: 0, end: text.length };
        const { spot, detail } = slipOf(root, lost, { text, spotOf: (syntax) => spotIn(source, syntax) });
        throw new Unreadable(detail, spot.start);
      }
      return use(root.namedChildren.find(({ type }) => type === "body"));
    });
  }

  #parsed<T>(text: string, use: (root: Syntax) => T): T {
    const tree: Tree | null = this.#parser.parse(text);
    if (tree === null) throw new Error("expected a tree from the parser, got none");
    try {
      return use(tree.rootNode);
    } finally {
      tree.delete();
    }
  }
}

const TEMPLATE_END = "COUNTERSIGN_END_OF_TEMPLATE";

/** Of what was wrapped as a heredoc, the end of its last line is none of it; and one interpolation alone is its value. */
function withoutLastLineEnd(read: Expression & { kind: "template" }): Expression {
  const last = read.parts.at(-1);
  if (last?.kind !== "text" || !last.text.endsWith("\n")) return read;
  const text = last.text.slice(0, -1);
  const parts = [...read.parts.slice(0, -1), ...(text === "" ? [] : [{ kind: "text" as const, text }])];
  return { ...read, parts };
}

function spotIn(source: SourceText, { startIndex, endIndex }: Syntax): Spot {
  return { source, start: startIndex, end: endIndex };
}

function emptyBody(spot: Spot): HclBody {
  return { ...spot, attributes: new Map(), blocks: [] };
}

/** What begins a block at the top of a file: a brace that is not closed swallows these, and behind it they are read by themselves. */
const TOP =
  /^(?:check|data|ephemeral|import|locals|module|moved|output|provider|removed|resource|terraform|variable)\b[^=\n]*\{/gm;

/** Where the next block begins, within what a malformed one seems to hold. */
function nextTop({ source, start, end }: Spot): number | undefined {
  TOP.lastIndex = start + 1;
  const found = TOP.exec(source.text);
  return found !== null && found.index < end ? found.index : undefined;
}

function partOf(syntax: Syntax, terms: ReadTerms): Part {
  const slips: HclSlip[] = [];
  const sound: Syntax[] = [];
  let next: number | undefined;
  for (const child of syntax.namedChildren) {
    if (!child.hasError) {
      sound.push(child);
      continue;
    }
    const lost = terms.spotOf(child);
    next = nextTop(lost);
    slips.push(slipOf(child, next === undefined ? lost : { ...lost, end: next - 1 }, terms));
    if (next !== undefined) break;
  }
  const body = bodyOf(sound, terms, (thrown, child) => {
    const lost = terms.spotOf(child);
    const spot = { ...lost, start: thrown.offset, end: thrown.offset };
    slips.push({ spot, lost, reason: thrown.reason, detail: thrown.message });
  });
  return { body: { ...terms.spotOf(syntax), ...body }, slips, next };
}

/** `caught`: what is told of a child that cannot be read; absent, nothing around it can. */
function bodyOf(
  children: readonly Syntax[],
  terms: ReadTerms,
  caught?: (thrown: Unreadable, child: Syntax) => void,
  depth = 0,
): Pick<HclBody, "attributes" | "blocks"> {
  const attributes = new Map<string, HclAttribute>();
  const blocks: HclBlock[] = [];
  for (const child of children) {
    try {
      if (child.type === "attribute") {
        const [name, value] = child.namedChildren.filter(({ type }) => type !== "comment");
        if (name === undefined || value === undefined || attributes.has(name.text)) continue;
        attributes.set(name.text, { key: terms.spotOf(name), value: expressionOf(value, terms) });
      } else if (child.type === "block") blocks.push(blockOf(child, terms, depth));
    } catch (thrown) {
      if (!(thrown instanceof Unreadable) || caught === undefined) throw thrown;
      caught(thrown, child);
    }
  }
  return { attributes, blocks };
}

function blockOf(syntax: Syntax, terms: ReadTerms, depth: number): HclBlock {
  if (depth > MAX_DEPTH)
    throw new Unreadable(`expected nesting of at most ${MAX_DEPTH}, got more`, syntax.startIndex, "limit");
  const [type, ...labels] = syntax.namedChildren.filter(
    (child) => child.type === "identifier" || child.type === "string_lit",
  );
  const within = syntax.namedChildren.find((child) => child.type === "body");
  const spot = terms.spotOf(syntax);
  return {
    ...spot,
    type: type?.text ?? "",
    labels: labels.map(({ type: kind, text }) => (kind === "string_lit" ? text.slice(1, -1) : text)),
    body: { ...spot, ...bodyOf(within?.namedChildren ?? [], terms, undefined, depth + 1) },
  };
}

function isSlip({ isError, isMissing }: Syntax): boolean {
  return isError || isMissing;
}

/** The first place within that is malformed. */
function slipOf(syntax: Syntax, lost: Spot, terms: ReadTerms): HclSlip {
  let found = syntax;
  for (let next: Syntax | undefined = syntax; next !== undefined;) {
    found = next;
    if (isSlip(next)) break;
    next = next.children.find((child) => isSlip(child) || child.hasError);
  }
  const what = found.isMissing ? `expected ${missingWord(found.type)}, got none` : "expected HCL, got a slip";
  const written = lost.source.text.slice(lost.start, lost.end).trimEnd().length;
  const { line, end_line } = lost.source.place(lost.start, lost.start + written);
  const { source, start: at } = terms.spotOf(found);
  // A brace that is missing at the end of the file is missing in the block that is lost.
  const start = Math.min(Math.max(at, lost.start), lost.end);
  return {
    spot: { source, start, end: start },
    lost,
    reason: "malformed",
    detail: `${what}: lines ${line} to ${end_line} are not read`,
  };
}

const WORDS: Readonly<Record<string, string>> = {
  block_end: "the closing brace of a block",
  "{": "a value",
  "}": "a closing brace",
  identifier: "a name",
};

function missingWord(type: string): string {
  return WORDS[type] ?? type.replaceAll("_", " ");
}
