import type { GrantStatement } from "../../access/index.ts";
import { number } from "../../base/index.ts";
import { firstSecrets, type ReviewItem } from "../../review/index.ts";
import { type Html, html } from "../html.ts";
import { named } from "./parts.ts";

/** Ways that a row of a list names; its page has them all. */
const NAMED_WAYS = 2;

/** By what the access comes about, so that two paths of one person can be told apart: group or role, policy and line. */
export function pathInShort({ principal, statements, path }: ReviewItem): Html {
  const ways = [...new Set(statements.map((one) => wayText(principal.id, one)))];
  // What decides could not be read: the words say so.
  const told = ways.length === 0 ? path.slice(-1) : ways.slice(0, NAMED_WAYS);
  const left = ways.length - NAMED_WAYS;
  return html`<span class="sub"
    >${told.map((way, at) => html`${at > 0 && "; "}${named(way)}`)}${left > 0 && html`; ${number(left)} more`}</span
  >`;
}

/** `group payments-team, policy payments-read, line 3`. */
function wayText(principal: string, { through, policy, rule, line, note }: GrantStatement): string {
  // A login that is the principal itself tells nothing apart.
  const last = through.findLast(({ id }) => id !== principal);
  const by = last === undefined ? [] : [`${last.kind.replaceAll("_", " ")} ${last.name}`];
  if (policy === "unknown") return [...by, `not known: ${note ?? "it could not be read"}`].join(", ");
  const place = line === undefined ? (rule === undefined ? [] : [rule]) : [`line ${line}`];
  return [...by, `policy ${policy}`, ...place].join(", ");
}

/** The first secrets by id, and how many more there are. */
export function secretsInShort({ secrets }: ReviewItem): Html {
  const { first, left } = firstSecrets(secrets);
  return html`<span class="sub"
    >${first.map((id, at) => html`${at > 0 && ", "}<code>${id}</code>`)}${left > 0 && html` + ${number(left)} more`}</span
  >`;
}
