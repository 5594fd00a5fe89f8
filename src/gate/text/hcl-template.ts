import type { Node as Syntax } from "web-tree-sitter";
import type { ForExpression, TemplatePart } from "./hcl-tree.ts";

/** What turns the expressions within a template into a tree. */
export type ReadExpression<V> = (syntax: Syntax) => V;

/** A piece of a template in the order of the text, before its directives are put together. */
type Piece<V> =
  | { readonly kind: "text"; text: string }
  | { readonly kind: "value"; readonly value: V }
  | { readonly kind: "if"; readonly condition: V }
  | { readonly kind: "for"; readonly names: ForExpression["names"]; readonly over: V }
  | { readonly kind: "else" }
  | { readonly kind: "end" };

/** A piece with whether it takes away the blanks beside it. */
interface Marked<V> {
  readonly piece: Piece<V>;
  readonly stripsBefore: boolean;
  readonly stripsAfter: boolean;
}

const NOTHING_STRIPPED = { stripsBefore: false, stripsAfter: false };

/** The parts of `"…"`. */
export function quotedParts<V>(
  syntax: Syntax,
  text: string,
  read: ReadExpression<V>,
): readonly TemplatePart<V>[] {
  const pieces = marked(syntax, { text, from: syntax.startIndex + 1, to: syntax.endIndex - 1 }, read);
  stripped(pieces);
  return assembled(pieces, unescaped);
}

/**
 * The parts of `<<WORD …`, without the indentation of its lines where it is `<<-`. Each of its lines is a literal by itself, as HCL's scanner has it,
 * so that `~` strips no more than one; not so of a template that is merely written as one (`isBare`).
 */
export function heredocParts<V>(
  syntax: Syntax,
  { text, isBare }: { text: string; isBare: boolean },
  read: ReadExpression<V>,
): readonly TemplatePart<V>[] {
  const [opening, closing] = [syntax.child(1), syntax.child(syntax.childCount - 1)];
  const from = text.indexOf("\n", opening?.endIndex ?? 0) + 1;
  const end = closing?.startIndex ?? syntax.endIndex;
  const to = Math.max(from, text.lastIndexOf("\n", end) + 1);
  const whole = marked(syntax, { text, from, to }, read);
  const pieces = isBare ? whole : whole.flatMap(byLine);
  stripped(pieces);
  if (text.slice(syntax.startIndex, syntax.startIndex + 3) === "<<-") unindent(pieces);
  return assembled(pieces, unescapedMarks);
}

interface Range {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Interpolations and directives, with the text between them. */
function marked<V>(syntax: Syntax, { text, from, to }: Range, read: ReadExpression<V>): Marked<V>[] {
  const found: Marked<V>[] = [];
  let at = from;
  const literal = (end: number): void => {
    if (end > at) found.push({ piece: { kind: "text", text: text.slice(at, end) }, ...NOTHING_STRIPPED });
  };
  for (const one of interpolations(syntax)) {
    literal(one.startIndex);
    found.push(...pieceOf(one, read));
    at = one.endIndex;
  }
  literal(to);
  return found;
}

const INTERPOLATING = new Set([
  "template_else_intro",
  "template_for_end",
  "template_for_start",
  "template_if_end",
  "template_if_intro",
  "template_interpolation",
]);

function* interpolations(syntax: Syntax): Generator<Syntax> {
  for (const child of syntax.namedChildren) {
    if (INTERPOLATING.has(child.type)) yield child;
    else if (/^template_(?:directive|for|if)$/.test(child.type)) yield* interpolations(child);
  }
}

function pieceOf<V>(syntax: Syntax, read: ReadExpression<V>): Marked<V>[] {
  const { children } = syntax;
  const strips = {
    stripsBefore: children[1]?.type === "strip_marker",
    stripsAfter: children.at(-2)?.type === "strip_marker",
  };
  const expression = syntax.namedChildren.find(({ type }) => type === "expression");
  const make = (piece: Piece<V>): Marked<V>[] => [{ piece, ...strips }];
  if (expression === undefined) {
    if (syntax.type === "template_else_intro") return make({ kind: "else" });
    return syntax.type === "template_interpolation" ? [] : make({ kind: "end" });
  }
  const value = read(expression);
  if (syntax.type === "template_interpolation") return make({ kind: "value", value });
  if (syntax.type === "template_if_intro") return make({ kind: "if", condition: value });
  return make({ kind: "for", names: namesOf(syntax), over: value });
}

/** The one or two names of `for … in`. */
export function namesOf(syntax: Syntax): ForExpression["names"] {
  const names = syntax.namedChildren.filter(({ type }) => type === "identifier").map(({ text }) => text);
  const [first = "", second] = names;
  return second === undefined ? { value: first } : { key: first, value: second };
}

function byLine<V>(one: Marked<V>): Marked<V>[] {
  if (one.piece.kind !== "text") return [one];
  const lines = one.piece.text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.map((text) => ({ ...one, piece: { kind: "text", text } }));
}

/** Takes away the indentation that all lines share which are not blank. Source: hclsyntax, `flushHeredocTemplateParts`. */
function unindent<V>(pieces: readonly Marked<V>[]): void {
  const beginning: (Piece<V> & { kind: "text" })[] = [];
  let least = Number.POSITIVE_INFINITY;
  let isNewLine = true;
  for (const { piece } of pieces) {
    if (isNewLine && piece.kind !== "text") least = 0;
    else if (isNewLine && piece.kind === "text" && piece.text.trim() !== "") {
      least = Math.min(least, piece.text.length - piece.text.trimStart().length);
      beginning.push(piece);
    } else if (isNewLine && piece.kind === "text" && !piece.text.endsWith("\n")) {
      least = Math.min(least, piece.text.length);
      beginning.push(piece);
    }
    isNewLine = piece.kind === "text" && piece.text.endsWith("\n");
  }
  if (!Number.isFinite(least)) return;
  for (const piece of beginning) piece.text = piece.text.slice(least);
}

/** Pieces as a tree, with escapes put in. */
function assembled<V>(
  pieces: readonly Marked<V>[],
  decode: (text: string) => string,
): readonly TemplatePart<V>[] {
  let at = 0;
  const block = (): { parts: TemplatePart<V>[]; by: "else" | "end" } => {
    const parts: TemplatePart<V>[] = [];
    while (at < pieces.length) {
      const piece = pieces[at]?.piece;
      at += 1;
      if (piece === undefined) break;
      if (piece.kind === "else" || piece.kind === "end") return { parts, by: piece.kind };
      if (piece.kind === "text") {
        if (piece.text !== "") parts.push({ kind: "text", text: decode(piece.text) });
      } else if (piece.kind === "value") parts.push(piece);
      else if (piece.kind === "for") parts.push({ ...piece, parts: block().parts });
      else {
        const yes = block();
        parts.push({ ...piece, yes: yes.parts, no: yes.by === "else" ? block().parts : [] });
      }
    }
    return { parts, by: "end" };
  };
  return block().parts;
}

/** Takes away the blanks at the end of what is before a mark, and at the beginning of what is behind one. */
function stripped<V>(pieces: readonly Marked<V>[]): void {
  for (const [place, { stripsBefore, stripsAfter }] of pieces.entries()) {
    const [before, after] = [pieces[place - 1]?.piece, pieces[place + 1]?.piece];
    if (stripsBefore && before?.kind === "text") before.text = before.text.trimEnd();
    if (stripsAfter && after?.kind === "text") after.text = after.text.trimStart();
  }
}

/** `$${` and `%%{`, which begin nothing. */
function unescapedMarks(text: string): string {
  return text.replace(/([$%])\1\{/g, "$1{");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/** Source: HCL Native Syntax Specification, "Quoted template". */
export function unescaped(text: string): string {
  return unescapedMarks(
    text.replace(
      /\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(.))/g,
      (whole, short?: string, long?: string, one?: string) => {
        const code = short ?? long;
        if (code === undefined) return ESCAPES[one ?? ""] ?? whole;
        const point = Number.parseInt(code, 16);
        return point > 0x10_ff_ff ? whole : String.fromCodePoint(point).toWellFormed();
      },
    ),
  );
}
