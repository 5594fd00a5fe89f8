import { MAX_DEPTH, Unreadable } from "../text/bounds.ts";
import type { SourceText } from "../text/source-text.ts";

/**
 * A TOML file in the form that conftest gives it: times as RFC 3339. One without an offset, which is that of the machine there, has `Z`,
 * so that the same file is judged alike everywhere. Throws `Unreadable`, also for what JSON cannot say (`inf`, `nan`).
 */
export async function parseToml(source: SourceText): Promise<unknown> {
  const { parse, TomlDate, TomlError } = await import("smol-toml");
  const plain = (value: unknown, key: string): unknown => {
    if (typeof value === "bigint") return Number(value);
    if (typeof value === "number" && !Number.isFinite(value))
      throw new Unreadable(`expected numbers that JSON has, got ${value} for ${key}`, 0);
    if (value instanceof TomlDate) return instant(value);
    if (Array.isArray(value)) return value.map((one) => plain(one, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, name)]));
  };
  try {
    return plain(parse(source.text, { integersAsBigInt: "asNeeded", maxDepth: MAX_DEPTH }), "");
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const [said = ""] = thrown.message.split("\n");
    const offset = source.offsetOf(thrown.line - 1, thrown.column - 1);
    throw new Unreadable(
      `expected TOML, got a slip (${said.replace(/^Invalid TOML document: /, "")})`,
      offset,
    );
  }
}

function instant(date: Date & { isDate(): boolean; isTime(): boolean; isLocal(): boolean }): string {
  const said = date
    .toISOString()
    .replace(/\.(\d*?)0*(?!\d)/, (_, digits: string) => (digits === "" ? "" : `.${digits}`));
  if (date.isTime()) return `0000-01-01T${said}Z`;
  if (date.isDate()) return `${said}T00:00:00Z`;
  return date.isLocal() ? `${said}Z` : said;
}
