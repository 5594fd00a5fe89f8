import { counted } from "../../base/index.ts";
import type { CampaignItem, ItemPage } from "../../review/index.ts";
import { type Html, NOTHING, exact, html } from "../html.ts";
import type { ItemFilters } from "../routes/item-filters.ts";
import { PERSON_STATUS } from "../words.ts";
import { type Table, badge, named } from "./parts.ts";

/** Whether somebody is asked about it now. */
export function isWaiting({ state }: CampaignItem): boolean {
  return state !== "decided" && state !== "gone";
}

interface Selecting {
  /** Whether the item has a box to tick. */
  readonly asked: (row: CampaignItem) => boolean;
  /** Where the form goes that is to come again with a person's boxes ticked. */
  readonly select_at: string;
}

/**
 * Rows that follow one another and are of one person, or of one principal behind whom nobody is known, under a heading: people are
 * decided on one by one. Only in orders that keep a person together.
 */
export function groupsOf(
  { rows, total }: ItemPage,
  { query }: ItemFilters,
  selecting?: Selecting,
): Pick<Table, "groups"> {
  if (query.sort !== "risk" && query.sort !== "principal") return {};
  const parts: CampaignItem[][] = [];
  for (const row of rows) {
    const part = parts.at(-1);
    if (part?.[0] !== undefined && whoOf(part[0]) === whoOf(row)) part.push(row);
    else parts.push([row]);
  }
  const more = query.offset + rows.length < total;
  return {
    groups: parts.map((part, at) => ({
      heading: headingOf(part, more && at === parts.length - 1, selecting),
      count: part.length,
    })),
  };
}

function whoOf({ item: { principal } }: CampaignItem): string {
  return principal.person === undefined
    ? `principal ${principal.id}`
    : `person ${principal.person.person_id}`;
}

function headingOf(part: readonly CampaignItem[], open: boolean, selecting: Selecting | undefined): Html {
  const [first] = part;
  if (first === undefined) return NOTHING;
  const { person, name: principal } = first.item.principal;
  const name = person?.name ?? principal;
  const waiting = part.filter(isWaiting).length;
  return html`<span class="whose">${named(name)}</span> ${
      person === undefined
        ? badge(["nobody is known behind it", "plain"])
        : html`${person.title !== undefined && named(person.title)}
          ${person.status !== "active" && badge(PERSON_STATUS[person.status])}`
    }
    <span class="count"
      >${counted(part.length, "item")} on this page, ${waiting} of ${part.length === 1 ? "it" : "them"} to
      decide${open && "; more may follow on the next page"}</span
    >
    ${selecting !== undefined && selectAll(part, name, selecting)}`;
}

/** Ticks all of a person: by script at once, and without by the page again. */
function selectAll(part: readonly CampaignItem[], name: string, { asked, select_at }: Selecting): Html {
  const ids = part.filter(asked).map(({ item }) => item.item_id);
  if (ids.length < 2) return NOTHING;
  return html`<button
    type="submit"
    class="plain small"
    name="all_of"
    value="${exact(ids.join("."))}"
    formaction="${select_at}"
    formnovalidate
    data-all
  >
    Select all ${ids.length}<span class="unseen"> of ${name}</span>
  </button>`;
}
