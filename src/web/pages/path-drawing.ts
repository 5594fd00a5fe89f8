import type { GrantStatement } from "../../access/index.ts";
import type { ReviewItem } from "../../review/index.ts";
import { counted } from "../../base/index.ts";
import { type Html, html } from "../html.ts";
import { listed } from "../words.ts";

/** A box of the drawing. */
export interface PathNode {
  readonly kind: "policy" | "principal" | "secrets" | "through";
  readonly title: string;
  readonly detail: string;
}

/** Chains that are drawn; the others are told in words alone. */
export const MAX_DRAWN = 4;

const WIDTH = 300;
const BOX = 54;
const GAP = 30;
const MAX_CHARS = 34;

/** The boxes from the principal to the secrets, one chain a statement, in the order in which access comes about. */
export function chainOf(item: ReviewItem, statement: GrantStatement): readonly PathNode[] {
  const { principal, secrets } = item;
  const rule =
    statement.rule === undefined
      ? "what it allows could not be read, or is not bound to a path"
      : statement.rule;
  return [
    { kind: "principal", title: principal.name, detail: principal.type },
    // A login that is the principal itself stands there already.
    ...statement.through
      .filter(({ id }) => id !== principal.id)
      .map(({ kind, name }): PathNode => ({
        kind: "through",
        title: name,
        detail: `by ${kind.replaceAll("_", " ")}`,
      })),
    { kind: "policy", title: statement.policy, detail: statement.note ?? rule },
    {
      kind: "secrets",
      title: counted(secrets.count, "secret"),
      detail: listed(statement.actions),
    },
  ];
}

/** The path as drawings, a chain each, and the same in words: nobody needs the drawing. */
export function pathDrawing(item: ReviewItem): Html {
  const drawn = item.statements.slice(0, MAX_DRAWN);
  const left = item.statements.length - drawn.length;
  return html`<div class="paths">${drawn.map((statement, at) => chain(chainOf(item, statement), at))}</div>
    ${left > 0 && html`<p class="hint">${counted(left, "more way")} in the words below, not drawn.</p>`}`;
}

function chain(nodes: readonly PathNode[], at: number): Html {
  const height = nodes.length * (BOX + GAP) - GAP + 4;
  const told = nodes.map(({ title, detail }) => `${title} (${detail})`).join(", then ");
  return html`<svg
    class="path"
    role="img"
    aria-labelledby="path-${at}"
    viewBox="0 0 ${WIDTH} ${height}"
    width="${WIDTH}"
    height="${height}"
  >
    <title id="path-${at}">Way ${at + 1}: ${told}</title>
    ${nodes.map((node, row) => box(node, 2 + row * (BOX + GAP), row < nodes.length - 1))}
  </svg>`;
}

function box({ kind, title, detail }: PathNode, top: number, leadsOn: boolean): Html {
  const middle = WIDTH / 2;
  const foot = top + BOX;
  return html`<g class="${kind}" aria-hidden="true">
    <rect x="2" y="${top}" width="${WIDTH - 4}" height="${BOX}" rx="8"></rect>
    <text x="${middle}" y="${top + 22}" text-anchor="middle" class="name">${short(title)}</text>
    <text x="${middle}" y="${top + 41}" text-anchor="middle" class="detail">${short(detail)}</text>
    ${
      leadsOn &&
      html`<path
        d="M ${middle} ${foot} V ${foot + GAP - 7} M ${middle - 6} ${foot + GAP - 10} L ${middle} ${foot + GAP - 2} L ${middle + 6} ${foot + GAP - 10}"
      ></path>`
    }
  </g>`;
}

/** The drawing holds the beginning and the end of a long name; the words beside it hold all. */
function short(text: string): string {
  const letters = Array.from(text);
  if (letters.length <= MAX_CHARS) return text;
  return `${letters.slice(0, MAX_CHARS - 13).join("")}…${letters.slice(-12).join("")}`;
}
