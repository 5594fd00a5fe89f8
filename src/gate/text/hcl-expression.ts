import type { Node as Syntax } from "web-tree-sitter";
import { MAX_DEPTH, Unreadable } from "./bounds.ts";
import { heredocParts, namesOf, quotedParts, unescaped } from "./hcl-template.ts";
import type { Expression, ObjectEntry, TemplatePart } from "./hcl-tree.ts";
import type { Spot } from "./node.ts";

/** What a syntax tree is read with. */
export interface ReadTerms {
  /** The text that was parsed. */
  readonly text: string;
  readonly spotOf: (syntax: Syntax) => Spot;
  /** Whether the text is a template by itself, which is written as a heredoc to be read. */
  readonly isBare?: true;
}

/** An expression of a tree in which nothing is malformed. Throws `Unreadable` on deeper nesting than `MAX_DEPTH`. */
export function expressionOf(syntax: Syntax, terms: ReadTerms, depth = 0): Expression {
  return new Reader(terms).read(syntax, depth);
}

class Reader {
  readonly #terms: ReadTerms;

  constructor(terms: ReadTerms) {
    this.#terms = terms;
  }

  read(syntax: Syntax, depth: number): Expression {
    if (depth > MAX_DEPTH * 3)
      throw new Unreadable(`expected nesting of at most ${MAX_DEPTH}, got more`, syntax.startIndex, "limit");
    switch (syntax.type) {
      case "expression":
      case "collection_value":
      case "operation":
      case "for_expr":
      case "template_expr":
        return this.#terminal(syntax, depth);
      case "conditional": {
        const [condition, yes, no] = this.#inner(syntax, depth);
        return this.#made(syntax, { kind: "conditional", condition, yes, no });
      }
      case "unary_operation":
      case "binary_operation":
        return this.#operation(syntax, depth);
      case "literal_value":
        return this.#literal(syntax);
      case "quoted_template":
      case "heredoc_template":
        return this.#template(syntax, depth);
      case "tuple":
        return this.#made(syntax, { kind: "tuple", items: this.#inner(syntax, depth) });
      case "object":
        return this.#made(syntax, { kind: "object", entries: this.#entries(syntax, depth) });
      case "variable_expr":
        return this.#made(syntax, { kind: "name", name: syntax.text });
      case "function_call":
        return this.#call(syntax, depth);
      case "for_tuple_expr":
      case "for_object_expr":
        return this.#for(syntax, depth);
      default:
        throw new Unreadable(`expected an expression, got ${syntax.type}`, syntax.startIndex);
    }
  }

  #made(syntax: Syntax, own: object): Expression {
    return { ...this.#terms.spotOf(syntax), ...own } as Expression;
  }

  /** Expressions directly within, those of arguments included. */
  #inner(syntax: Syntax, depth: number): Expression[] {
    return syntax.namedChildren
      .filter(({ type }) => type === "expression")
      .map((child) => this.read(child, depth + 1));
  }

  /** A term with what is asked of it behind it. */
  #terminal(syntax: Syntax, depth: number): Expression {
    const [first, ...rest] = syntax.namedChildren.filter(
      ({ type }) => type !== "comment" && !type.endsWith("_start") && !type.endsWith("_end"),
    );
    if (first === undefined) throw new Unreadable("expected an expression, got nothing", syntax.startIndex);
    return this.#steps(this.read(first, depth + 1), rest, depth);
  }

  #steps(of: Expression, steps: readonly Syntax[], depth: number): Expression {
    let reached = of;
    for (const [place, step] of steps.entries()) {
      if (depth + place > MAX_DEPTH * 3)
        throw new Unreadable(`expected nesting of at most ${MAX_DEPTH}, got more`, step.startIndex, "limit");
      reached = this.#step(reached, step, depth);
    }
    return reached;
  }

  #step(of: Expression, step: Syntax, depth: number): Expression {
    const { source, end } = this.#terms.spotOf(step);
    const spot = { source, start: of.start, end: Math.max(of.start, end) };
    if (step.type === "get_attr") {
      const name = step.namedChildren.find(({ type }) => type === "identifier")?.text ?? "";
      return { ...spot, kind: "attribute", of, name };
    }
    if (step.type === "index") {
      const [how] = step.namedChildren;
      const written = how?.namedChildren.find(({ type }) => type === "expression");
      if (written !== undefined) return { ...spot, kind: "index", of, key: this.read(written, depth + 1) };
      const key: Expression = {
        ...this.#terms.spotOf(step),
        kind: "literal",
        value: Number(step.text.slice(1)),
      };
      return { ...spot, kind: "index", of, key };
    }
    if (step.type === "splat") {
      const [form] = step.namedChildren;
      const steps = form?.namedChildren ?? [];
      // Behind `.*` an index is one of the whole, behind `[*]` of each.
      const index = form?.type === "attr_splat" ? steps.findIndex(({ type }) => type === "index") : -1;
      const [ofEach, ofWhole] = index === -1 ? [steps, []] : [steps.slice(0, index), steps.slice(index)];
      const item: Expression = { ...this.#terms.spotOf(step), kind: "name", name: "*" };
      const splat: Expression = { ...spot, kind: "splat", of, each: this.#steps(item, ofEach, depth) };
      return this.#steps(splat, ofWhole, depth);
    }
    throw new Unreadable(`expected a part of a value, got ${step.type}`, step.startIndex);
  }

  #operation(syntax: Syntax, depth: number): Expression {
    const at = syntax.children.findIndex(({ isNamed, text }) => !isNamed && text !== "(" && text !== ")");
    const sign = syntax.children[at]?.text ?? "";
    const sides = [syntax.children.slice(0, at), syntax.children.slice(at + 1)];
    const operands = sides
      .map((side) => side.filter(({ isNamed, type }) => isNamed && type !== "comment"))
      .filter((side) => side.length > 0)
      .map(([first, ...steps]) => this.#steps(this.read(first as Syntax, depth + 1), steps, depth));
    return this.#made(syntax, { kind: "operation", operator: sign, operands });
  }

  #literal(syntax: Syntax): Expression {
    const [literal = syntax] = syntax.namedChildren;
    const { text } = literal;
    const value = (): boolean | number | string | null => {
      if (literal.type === "string_lit") return unescaped(text.slice(1, -1));
      if (literal.type === "numeric_lit") return Number(text);
      return literal.type === "bool_lit" ? text === "true" : null;
    };
    return this.#made(syntax, { kind: "literal", value: value() });
  }

  #template(syntax: Syntax, depth: number): Expression {
    const { text, isBare } = this.#terms;
    const read = (inner: Syntax): Expression => this.read(inner, depth + 1);
    const parts: readonly TemplatePart[] =
      syntax.type === "heredoc_template"
        ? heredocParts(syntax, { text, isBare: isBare === true }, read)
        : quotedParts(syntax, text, read);
    return this.#made(syntax, { kind: "template", parts });
  }

  #entries(syntax: Syntax, depth: number): ObjectEntry[] {
    return syntax.namedChildren
      .filter(({ type }) => type === "object_elem")
      .map((element) => {
        const [key, value] = [element.childForFieldName("key"), element.childForFieldName("val")];
        if (key === null || value === null)
          throw new Unreadable("expected a key and its value, got less", element.startIndex);
        const written = this.read(key, depth + 1);
        const isWord = written.kind === "name" && !key.text.startsWith("(");
        return {
          key: isWord
            ? { ...this.#terms.spotOf(key), kind: "literal" as const, value: written.name }
            : written,
          value: this.read(value, depth + 1),
        };
      });
  }

  #call(syntax: Syntax, depth: number): Expression {
    const given = syntax.namedChildren.find(({ type }) => type === "function_arguments");
    const args = given === undefined ? [] : this.#inner(given, depth);
    const spreads = given?.namedChildren.some(({ type }) => type === "ellipsis") ?? false;
    const name = syntax.namedChildren.find(({ type }) => type === "identifier")?.text ?? "";
    return this.#made(syntax, { kind: "call", name, args, spreads });
  }

  #for(syntax: Syntax, depth: number): Expression {
    const intro = syntax.namedChildren.find(({ type }) => type === "for_intro");
    const over = intro?.namedChildren.find(({ type }) => type === "expression");
    if (intro === undefined || over === undefined)
      throw new Unreadable("expected what is gone through, got nothing", syntax.startIndex);
    const own = this.#inner(syntax, depth);
    const [first, second] = own;
    const condition = syntax.namedChildren
      .find(({ type }) => type === "for_cond")
      ?.namedChildren.find(({ type }) => type === "expression");
    return this.#made(syntax, {
      kind: "for",
      names: namesOf(intro),
      over: this.read(over, depth + 1),
      ...(syntax.type === "for_object_expr" ? { key: first, value: second } : { value: first }),
      ...(condition === undefined ? {} : { condition: this.read(condition, depth + 1) }),
      groups: syntax.namedChildren.some(({ type }) => type === "ellipsis"),
    });
  }
}
