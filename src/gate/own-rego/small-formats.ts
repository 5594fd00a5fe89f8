import { Unreadable } from "../text/bounds.ts";

const INTERPOLATED = /\\?\$\{?[A-Z0-9_]+\}?/g;

/**
 * `.env` files as conftest reads them (gotenv): names to texts. Variables of the machine stand for nothing here, since the same file would
 * then be judged differently elsewhere: those that the file does not set are empty. Throws `Unreadable`.
 */
export function parseDotenv(text: string): Record<string, string> {
  const found = new Map<string, string>();
  const lines = text.split(/\r\n|\r|\n/);
  let offset = 0;
  for (let at = 0; at < lines.length; at += 1) {
    let line = (lines[at] ?? "").trim();
    const start = offset;
    offset += (lines[at] ?? "").length + 1;
    if (line === "" || line.startsWith("#")) continue;
    const quote = openQuote(line);
    if (quote !== undefined) {
      let closed = false;
      while (!closed && at + 1 < lines.length) {
        at += 1;
        const next = lines[at] ?? "";
        offset += next.length + 1;
        line += `\n${next}`;
        const last = next.lastIndexOf(quote);
        closed = last === 0 || (last > 0 && next[last - 1] !== "\\");
      }
      if (!closed) throw new Unreadable("expected a quote that ends, got none", start);
    }
    const [, key, value = ""] =
      /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|[^#\r\n]*?)?\s*(?:#.*)?$/s.exec(
        line,
      ) ?? [];
    if (key === undefined) throw new Unreadable("expected NAME=value, got something else", start);
    found.set(key, valueOf(value.trim(), found));
  }
  return Object.fromEntries(found);
}

/** The quote that a line begins and does not end. */
function openQuote(line: string): string | undefined {
  const at = line.includes("=") ? line.indexOf("=") : line.indexOf(":");
  if (at <= 0) return undefined;
  const value = line.slice(at + 1).trim();
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return undefined;
  const end = value.slice(1).trim().lastIndexOf(quote);
  return end >= 0 && value[end] !== "\\" ? undefined : quote;
}

function valueOf(written: string, earlier: ReadonlyMap<string, string>): string {
  const quote = written.length > 1 && written.startsWith(written.at(-1) ?? "") ? written[0] : undefined;
  const quoted = quote === '"' || quote === "'";
  const inner = quoted ? written.slice(1, -1) : written;
  if (quote === "'") return inner;
  const plain =
    quote === '"'
      ? inner
          .replaceAll("\\n", "\n")
          .replaceAll("\\r", "\r")
          .replaceAll(/\\([^$])/g, "$1")
      : inner;
  return plain.replaceAll(INTERPOLATED, (name) =>
    name.startsWith("\\") ? name.slice(1) : (earlier.get(name.replaceAll(/[${}]/g, "")) ?? ""),
  );
}

/** INI files as conftest reads them (go-ini): sections to keys, of which numbers and booleans are such. What stands before any section is left out, as there. */
export function parseIni(text: string): Record<string, Record<string, unknown>> {
  const sections = new Map<string, Map<string, unknown>>();
  let current: Map<string, unknown> | undefined;
  let offset = 0;
  for (const line of text.split("\n")) {
    const said = line.trim();
    const start = offset;
    offset += line.length + 1;
    if (said === "" || said.startsWith("#") || said.startsWith(";")) continue;
    const name = /^\[(.*)\]/.exec(said)?.[1]?.trim();
    if (name !== undefined) {
      current = sections.get(name) ?? new Map<string, unknown>();
      sections.set(name, current);
      continue;
    }
    const [, key, value] = /^("""[^"]*"""|"[^"]*"|`[^`]*`|[^=:]+?)\s*[=:]\s*(.*)$/.exec(said) ?? [];
    if (key === undefined || value === undefined)
      throw new Unreadable("expected key = value or [section], got something else", start);
    if (value.endsWith("\\") || value.startsWith('"""'))
      throw new Unreadable("expected a value within its line, got one that goes on", start);
    current?.set(unquoted(key), typed(unquoted(withoutComment(value))));
  }
  sections.delete("DEFAULT");
  return Object.fromEntries([...sections].map(([name, keys]) => [name, Object.fromEntries(keys)]));
}

function withoutComment(value: string): string {
  return /^["`']/.test(value) ? value : (/^(.*?)(?:\s[#;].*)?$/.exec(value)?.[1] ?? value).trim();
}

function unquoted(text: string): string {
  return /^(["'`]).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

function typed(text: string): unknown {
  if (/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  if (/^(?:t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:f|F|FALSE|false|False)$/.test(text) ? false : text;
}
