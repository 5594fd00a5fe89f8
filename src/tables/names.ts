import { CountersignError } from "../base/index.ts";
import { nameLiteral } from "./literal.ts";

/** White space and comments ahead of a statement. */
const AHEAD = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/;

/**
 * A query with the defined names that it says, and those that they say, in a WITH ahead of it: for an engine on which nothing
 * is to be left. They take no line of their own, so that the engine's errors name the lines of the query. E_SQL for what is
 * no query.
 */
export function withNames(sql: string, defined: ReadonlyMap<string, string>): string {
  const ahead = AHEAD.exec(sql)?.[0] ?? "";
  const text = sql.slice(ahead.length).replace(/[\s;]+$/, "");
  const [first = ""] = /^(?:[a-z]+|\()/i.exec(text) ?? [];
  if (!["with", "select", "values", "table", "("].includes(first.toLowerCase())) {
    throw new CountersignError("E_SQL", `expected a query, got ${JSON.stringify(text.slice(0, 40))}`, {
      fix: "Begin with SELECT, WITH or VALUES: on Trino nothing else is asked.",
    });
  }
  const definitions = said(text, defined).map(([name, select]) => `${nameLiteral(name)} AS (${select})`);
  if (definitions.length === 0) return `${ahead}${text}`;
  const [own, recursive] = /^with\b(\s+recursive\b)?/i.exec(text) ?? [];
  return own === undefined
    ? `${ahead}WITH ${definitions.join(", ")} ${text}`
    : `${ahead}WITH${recursive ?? ""} ${definitions.join(", ")},${text.slice(own.length)}`;
}

/** The names that a text says, and those that they say; each after those that it says itself. */
function said(text: string, defined: ReadonlyMap<string, string>): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const seen = new Set<string>();
  const look = (within: string): void => {
    for (const [name, select] of defined) {
      if (seen.has(name) || !new RegExp(`\\b${name}\\b`, "i").test(within)) continue;
      seen.add(name);
      look(select);
      found.push([name, select]);
    }
  };
  look(text);
  return found;
}
