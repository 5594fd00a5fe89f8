import { printParseErrorCode, visit, type ParseErrorCode } from "jsonc-parser";
import { MAX_DEPTH, MAX_NODES, Unreadable } from "./bounds.ts";
import type { Entry, Node, Spot } from "./node.ts";
import type { SourceText } from "./source-text.ts";

/** What is being filled: a list, or a map with the key whose value comes next. */
type Open =
  | { readonly start: number; readonly items: Node[] }
  | { readonly start: number; readonly entries: Map<string, Entry>; name: string; key?: Entry["key"] };

/**
 * Reads JSON (RFC 8259) as a tree that knows where each value stands. Throws `Unreadable` on the first slip, on deeper nesting than
 * `MAX_DEPTH` and on more values than `MAX_NODES`, and on a key that is written twice: some readers take the last, Terraform takes both, and no reviewer sees it.
 */
export function readJson(source: SourceText, { comments = false } = {}): Node {
  const open: Open[] = [];
  let root: Node | undefined;
  let count = 0;
  const put = (node: Node): void => {
    count += 1;
    if (count > MAX_NODES)
      throw new Unreadable(`expected at most ${MAX_NODES} values, got more`, node.start, "limit");
    const inner = open.at(-1);
    if (inner === undefined) root = node;
    else if ("items" in inner) inner.items.push(node);
    else if (inner.key !== undefined) {
      const { name, key } = inner;
      if (inner.entries.has(name))
        throw new Unreadable(
          `expected each key once, got ${JSON.stringify(name.slice(0, 64))} twice`,
          key.start,
        );
      inner.entries.set(name, { key, value: node });
    }
  };
  const enter = (one: Open): void => {
    open.push(one);
    if (open.length > MAX_DEPTH)
      throw new Unreadable(`expected nesting of at most ${MAX_DEPTH}, got more`, one.start, "limit");
  };
  const leave = (end: number): void => {
    const inner = open.pop();
    if (inner === undefined) return;
    const { start } = inner;
    put(
      "items" in inner
        ? { source, start, end, kind: "list", items: inner.items }
        : { source, start, end, kind: "map", entries: inner.entries },
    );
  };
  visit(
    source.text,
    {
      onObjectBegin: (start) => {
        enter({ start, entries: new Map(), name: "" });
      },
      onObjectProperty: (name, start, length) => {
        const inner = open.at(-1);
        if (inner === undefined || "items" in inner) return;
        inner.name = name.toWellFormed();
        inner.key = { source, start, end: start + length };
      },
      onObjectEnd: (start, length) => {
        leave(start + length);
      },
      onArrayBegin: (start) => {
        enter({ start, items: [] });
      },
      onArrayEnd: (start, length) => {
        leave(start + length);
      },
      onLiteralValue: (value: unknown, start, length) => {
        put(scalar(value, { source, start, end: start + length }));
      },
      onError: (code: ParseErrorCode, offset) => {
        throw new Unreadable(`expected JSON, got a slip (${printParseErrorCode(code)})`, offset);
      },
    },
    { disallowComments: !comments, allowTrailingComma: comments, allowEmptyContent: false },
  );
  if (root === undefined) throw new Unreadable("expected JSON, got nothing", 0);
  return root;
}

/** A plain value at a spot. Half a character, which an escape can write, is shown as one that could not be read: no digest takes it. */
export function scalar(value: unknown, { source, start, end }: Spot): Node {
  if (typeof value === "string") return { source, start, end, kind: "text", text: value.toWellFormed() };
  if (typeof value === "number") return { source, start, end, kind: "number", number: value };
  if (typeof value === "boolean") return { source, start, end, kind: "boolean", boolean: value };
  return { source, start, end, kind: "null" };
}
