import { SourceText } from "./source-text.ts";
import { yamlDocuments } from "./yaml.ts";

/**
 * Names of a file's outermost keys, JSON or YAML, of all its documents; of a list, those of its items. Escapes, flow style, tags and
 * merges are told as a reader of the file has them. What is malformed tells those that can be made out, perhaps none.
 */
export function rootKeys(text: string): ReadonlySet<string> {
  if (!/^\s*(?:[[{]|\/[/*])/.test(text)) return inYaml(text);
  const json = inJson(text);
  return json.isWhole ? json.keys : json.keys.union(inYaml(text));
}

/** Keys of JSON, with comments or without; whether there is nothing else among them, as YAML in its flow style has. */
function inJson(text: string): { readonly keys: Set<string>; readonly isWhole: boolean } {
  const keys = new Set<string>();
  let depth = 0;
  let outermost = 1;
  let last = 0;
  let isWhole = true;
  const steps = /["{}[\]]|\/\/|\/\*/g;
  for (let step = steps.exec(text); step !== null; step = steps.exec(text)) {
    const [sign] = step;
    const at = step.index;
    if (depth <= outermost && !BETWEEN.test(text.slice(last, at))) isWhole = false;
    if (sign === "//") steps.lastIndex = endOf(text, "\n", at);
    else if (sign === "/*") steps.lastIndex = endOf(text, "*/", at + 2);
    else if (sign === '"') {
      const end = stringEnd(text, at);
      steps.lastIndex = end;
      COLON.lastIndex = end;
      if (depth === outermost && COLON.test(text)) keys.add(unescaped(text.slice(at, end)));
    } else if (sign === "[" || sign === "{") {
      if (depth === 0 && sign === "[") outermost = 2;
      depth += 1;
    } else depth -= 1;
    last = steps.lastIndex;
  }
  return { keys, isWhole };
}

/** What stands between the strings, lists and maps of JSON. */
const BETWEEN = /^(?:[\s,:]|-?\d[\d.eE+-]*|true|false|null)*$/;

/** What follows a key; a comment may stand before the colon. */
const COLON = /\s*[:/]/y;

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

/** Behind the quote that ends a string which begins at an offset. A loop, since an expression over megabytes overflows. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function unescaped(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** A key at the beginning of a line, as nearly all are written. */
const PLAIN_KEY = /^(["']?)([A-Za-z$][\w$.:-]*)\1[ \t]*:(?=\s|$)/gm;

function inYaml(text: string): Set<string> {
  const lines = text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
  const found = new Set<string>();
  for (const [, , key = ""] of lines.matchAll(PLAIN_KEY)) found.add(key);
  if (!isUnusual(lines)) return found;
  for (const { root } of yamlDocuments(new SourceText("", lines), { merges: true }))
    for (const map of root?.kind === "list" ? root.items : [root])
      if (map?.kind === "map") for (const key of map.entries.keys()) found.add(key);
  return found;
}

/** Whether lines have to be read as YAML to tell their outermost keys. */
function isUnusual(lines: string): boolean {
  let isFirst = true;
  for (const line of lines.split("\n")) {
    if (/^---(?=\s|$)/.test(line)) {
      if (/^---\s+[^\s#]/.test(line)) return true;
      isFirst = true;
    } else if (!/^\s*(?:#|$)/.test(line)) {
      if (/^(?:[[{?!&*<]|"[^"]*\\|["']<<)/.test(line) || (isFirst && /^[ \t]/.test(line))) return true;
      isFirst = false;
    }
  }
  return false;
}
