import type { Node as Syntax } from "web-tree-sitter";
import { MAX_DEPTH, Unreadable } from "../text/bounds.ts";
import { HclReader } from "../text/hcl.ts";
import { heredocParts, quotedParts, unescaped } from "../text/hcl-template.ts";
import type { TemplatePart } from "../text/hcl-tree.ts";
import type { SourceText } from "../text/source-text.ts";

type Json = boolean | number | string | null | readonly Json[] | { readonly [key: string]: Json };
type Members = Map<string, Members | Json[] | { readonly value: Json }>;

let reader: Promise<HclReader> | undefined;

/**
 * A file of HCL 2 in the form that conftest gives it: blocks below their type and labels, each a list of bodies; what is no literal as
 * the text of a template. Source: github.com/tmccombs/hcl2json, `convert`. Throws `Unreadable` where any of it is malformed, since rules
 * would take what is lost for what is not there.
 */
export async function parseHcl2(source: SourceText): Promise<Json> {
  reader ??= HclReader.load();
  return (await reader).whole(source, (body) => new Converter(source.text).body(body?.namedChildren ?? []));
}

class Converter {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  body(children: readonly Syntax[], depth = 0): Json {
    bounded(depth, children[0]);
    const members: Members = new Map();
    for (const child of children) if (child.type === "block") this.#block(child, members, depth);
    const written = new Set<string>();
    for (const child of children) {
      if (child.type !== "attribute") continue;
      const [name, value] = meaningful(child);
      if (name === undefined || value === undefined) continue;
      if (written.has(name.text))
        throw new Unreadable(`expected each attribute once, got ${name.text} again`, name.startIndex);
      written.add(name.text);
      members.set(name.text, { value: this.#expression(value, depth + 1) });
    }
    return plain(members);
  }

  #block(syntax: Syntax, members: Members, depth: number): void {
    const [type, ...labels] = syntax.namedChildren
      .filter((child) => child.type === "identifier" || child.type === "string_lit")
      .map((child) => (child.type === "string_lit" ? unescaped(child.text.slice(1, -1)) : child.text));
    const mixed = (): Unreadable =>
      new Unreadable(
        `expected blocks called ${type ?? ""} with as many labels each, got others`,
        syntax.startIndex,
      );
    let key = type ?? "";
    let within = members;
    for (const label of labels) {
      const next = within.get(key) ?? new Map<string, never>();
      if (!(next instanceof Map)) throw mixed();
      within.set(key, next);
      within = next;
      key = label;
    }
    const there = within.get(key) ?? [];
    if (!Array.isArray(there)) throw mixed();
    const inner = syntax.namedChildren.find((child) => child.type === "body");
    there.push(this.body(inner?.namedChildren ?? [], depth + 1));
    within.set(key, there);
  }

  #expression(syntax: Syntax, depth: number): Json {
    bounded(depth, syntax);
    const only = bare(syntax);
    switch (only?.type) {
      case "literal_value":
        return this.#literal(only);
      case "unary_operation": {
        const value = signed(only, this.#operand(only));
        return value ?? wrapped(syntax);
      }
      case "quoted_template":
      case "heredoc_template": {
        const parts = this.#parts(only);
        const [first] = parts;
        // One interpolation alone is its value.
        if (only.type === "quoted_template" && parts.length === 1 && first?.kind === "value")
          return this.#expression(first.value, depth + 1);
        return this.#template(parts, depth);
      }
      case "tuple":
        return only.namedChildren
          .filter(({ type }) => type === "expression")
          .map((child) => this.#expression(child, depth + 1));
      case "object":
        return this.#object(only, depth);
      case undefined:
      default:
        return wrapped(syntax);
    }
  }

  #literal(syntax: Syntax): boolean | number | string | null {
    const [literal = syntax] = syntax.namedChildren;
    const { text } = literal;
    if (literal.type === "string_lit") return escaped(unescaped(text.slice(1, -1)));
    if (literal.type === "numeric_lit") return Number(text);
    return literal.type === "bool_lit" ? text === "true" : null;
  }

  /** What a sign stands before, where that is a literal and no text. */
  #operand(syntax: Syntax): boolean | number | null | undefined {
    const [operand, ...more] = meaningful(syntax);
    if (operand?.type !== "literal_value" || more.length > 0) return undefined;
    const value = this.#literal(operand);
    return typeof value === "string" ? undefined : value;
  }

  #object(syntax: Syntax, depth: number): Json {
    const members: Members = new Map();
    for (const element of syntax.namedChildren) {
      if (element.type !== "object_elem") continue;
      const [key, value] = [element.childForFieldName("key"), element.childForFieldName("val")];
      if (key === null || value === null)
        throw new Unreadable("expected a key and its value, got less", element.startIndex);
      members.set(this.#key(key, depth), { value: this.#expression(value, depth + 1) });
    }
    return plain(members);
  }

  /** Bare words are texts, with what stands behind their dots. */
  #key(syntax: Syntax, depth: number): string {
    const [first] = syntax.children;
    return first?.type === "variable_expr" ? syntax.text : this.#piece(syntax, depth);
  }

  #parts(syntax: Syntax): readonly TemplatePart<Syntax>[] {
    const same = (inner: Syntax): Syntax => inner;
    return syntax.type === "heredoc_template"
      ? heredocParts(syntax, { text: this.#text, isBare: false }, same)
      : quotedParts(syntax, this.#text, same);
  }

  #template(parts: readonly TemplatePart<Syntax>[], depth: number): string {
    bounded(depth);
    return parts
      .map((part) => {
        if (part.kind === "text") return escaped(part.text);
        if (part.kind === "value") return this.#piece(part.value, depth + 1);
        const inner = (some: readonly TemplatePart<Syntax>[]): string => this.#template(some, depth + 1);
        if (part.kind === "if")
          return choice({ condition: part.condition.text, yes: inner(part.yes), no: inner(part.no) });
        const { key, value } = part.names;
        const names = key === undefined ? value : `${key}, ${value}`;
        return `%{for ${names} in ${part.over.text}}${inner(part.parts)}%{endfor}`;
      })
      .join("");
  }

  /** An expression as a piece of a text. */
  #piece(syntax: Syntax, depth: number): string {
    bounded(depth, syntax);
    const only = bare(syntax);
    if (only?.type === "literal_value") {
      const [literal = only] = only.namedChildren;
      if (literal.type === "numeric_lit") return digits(literal.text);
      return String(this.#literal(only));
    }
    if (only?.type === "quoted_template" || only?.type === "heredoc_template")
      return this.#template(this.#parts(only), depth);
    if (only?.type === "conditional") {
      const [condition, yes, no] = meaningful(only);
      if (condition !== undefined && yes !== undefined && no !== undefined)
        return choice({
          condition: condition.text,
          yes: this.#piece(yes, depth + 1),
          no: this.#piece(no, depth + 1),
        });
    }
    return wrapped(syntax);
  }
}

function bounded(depth: number, syntax?: Syntax): void {
  if (depth > MAX_DEPTH)
    throw new Unreadable(
      `expected nesting of at most ${MAX_DEPTH}, got more`,
      syntax?.startIndex ?? 0,
      "limit",
    );
}

function meaningful(syntax: Syntax): Syntax[] {
  return syntax.namedChildren.filter(({ type }) => type !== "comment");
}

/** What an expression is alone, without brackets around it or steps behind it. */
function bare(syntax: Syntax): Syntax | undefined {
  let reached = syntax;
  while (["expression", "operation", "collection_value", "template_expr"].includes(reached.type)) {
    const [only, ...more] = meaningful(reached);
    if (only === undefined || more.length > 0 || reached.children[0]?.text === "(") return undefined;
    reached = only;
  }
  return reached;
}

function signed(
  { children, startIndex }: Syntax,
  operand: boolean | number | null | undefined,
): boolean | number | undefined {
  if (operand === undefined) return undefined;
  const sign = children[0]?.text;
  if (sign === "-" && typeof operand === "number") return 0 - operand;
  if (sign === "!" && typeof operand === "boolean") return !operand;
  throw new Unreadable(
    `expected a sign before what can have it, got ${sign ?? ""} before another`,
    startIndex,
  );
}

const wrapped = ({ text }: Syntax): string => `\${${text}}`;

/** What would begin something in a template, and is text. */
const escaped = (text: string): string => text.replaceAll(/([$%])\{/g, "$1$1{");

function choice({ condition, yes, no }: { condition: string; yes: string; no: string }): string {
  return `%{if ${condition}}${yes}${no === "" ? "" : `%{else}${no}`}%{endif}`;
}

/** A number as HCL writes it in a text: without an exponent. */
function digits(written: string): string {
  if (/^\d+$/.test(written)) return BigInt(written).toString();
  const value = Number(written);
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

function plain(members: Members): Json {
  const entries = [...members].map(([key, member]): [string, Json] => {
    if (member instanceof Map) return [key, plain(member)];
    return [key, Array.isArray(member) ? member : member.value];
  });
  return Object.fromEntries(entries);
}
