import { html as tag, raw } from "hono/html";
import { printable } from "../base/index.ts";

/** Markup that is safe to send: every value in it was escaped. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

/** What may stand in a template; `false` and `undefined` are nothing, a list is its parts one after another. */
export type Part = Html | string | number | false | undefined | readonly Part[];

/**
 * Markup of a template. Every text is escaped for HTML, and control, direction and zero-width characters are shown as escapes: a
 * name of a store must not rewrite or reorder the page that somebody decides by.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return tag(strings, ...parts.map(shown)) as unknown as Html;
}

/** Text as it is, escaped for HTML alone: for values that a form sends back. */
export function exact(text: string): Html {
  return tag`${text}` as unknown as Html;
}

export const NOTHING: Html = raw("");

const DOCTYPE = raw("<!doctype html>") as unknown as Html;

export function document(root: Html): string {
  return html`${DOCTYPE}${root}`.toString();
}

function shown(part: Part): Part {
  if (typeof part === "string") return printable(part);
  return Array.isArray(part) ? (part as readonly Part[]).map(shown) : part;
}
