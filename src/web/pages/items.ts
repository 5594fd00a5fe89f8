import { counted, endDay, number } from "../../base/index.ts";
import { groupsOf, isWaiting } from "./person-groups.ts";
import type { CampaignItem, Choice, OfflineResult } from "../../review/index.ts";
import { ITEM_STATES, isTheirs } from "../../review/index.ts";
import { ITEM_SORTS, type ItemPage, type ItemSort } from "../../review/index.ts";
import { type Html, NOTHING, html } from "../html.ts";
import type { ItemFilters } from "../routes/item-filters.ts";
import { type PageAnswer, type Visit, page } from "../route.ts";
import {
  CHANGE,
  CHOICE,
  DECISION,
  ITEM_STATE,
  OUTCOME,
  RECOMMENDED,
  RISK,
  listed,
  usageSaid,
} from "../words.ts";
import { overlooks } from "./home.ts";
import { pathInShort, secretsInShort } from "./row-in-short.ts";
import { ofOwners } from "./whose-secrets.ts";
import {
  type Trouble,
  askedSaid,
  badge,
  checkbox,
  day,
  exactId,
  form,
  input,
  named,
  note,
  pager,
  progress,
  select,
  submit,
  table,
  textarea,
  troubleSummary,
} from "./parts.ts";

const SORT: Readonly<Record<ItemSort, string>> = {
  risk: "risk, highest first",
  principal: "name",
  last_used: "last use, longest ago first",
  secrets: "number of secrets, most first",
};

export interface ListShown {
  readonly list: ItemPage;
  readonly filters: ItemFilters;
  readonly trouble?: Trouble;
  /** What was chosen when the act was refused. */
  readonly chosen?: Chosen;
}

/** What was ticked and filled in before the page came again. */
interface Chosen {
  readonly items: readonly string[];
  readonly choice: Partial<Choice>;
}

export function itemsPage(visit: Visit, shown: ListShown, status = 200): PageAnswer {
  const { list, filters, trouble } = shown;
  const { campaign } = list;
  const path = `/campaigns/${campaign.campaign_id}`;
  const mine = filters.query.whose === "mine";
  return page(
    mine ? "Your items" : "All items",
    html`${troubleSummary(trouble)}
    ${
      campaign.own.total > 0 &&
      html`<p>
        ${progress(campaign.own.done, campaign.own.total, "of your items")}${campaign.due_at !== undefined && html`, due ${day(campaign.due_at)}`}
      </p>`
    }
    ${mine && campaign.own.total > 0 && signOffNote(path, list)} ${filterForm(visit, path, list, filters)}
    ${theList(visit, path, shown)} ${pager(`${path}/items?${filters.search_text}`, filters.page, list.total)}
    ${mine && offline(visit, path)}`,
    {
      crumbs: [
        { to: "/", text: "Access reviews" },
        { to: overlooks(visit) ? path : `${path}/items`, text: campaign.title },
      ],
      status,
      ...(trouble !== undefined && { refused: "E_REVIEW" }),
    },
  );
}

function signOffNote(path: string, { sign_off }: ItemPage): Html {
  const { may, signed_at, why_not } = sign_off;
  if (signed_at !== undefined) return note("plain", html`You signed off your list on ${day(signed_at)}.`);
  if (may)
    return note(
      "warn",
      html`All is decided. <a href="${path}/sign-off">Sign off your list</a>: until then you can undo.`,
    );
  return why_not === undefined ? NOTHING : html`<p class="hint">Signing off: ${why_not}</p>`;
}

function filterForm(visit: Visit, path: string, list: ItemPage, filters: ItemFilters): Html {
  const words = (said: Readonly<Record<string, readonly [string, unknown]>>): (readonly [string, string])[] =>
    Object.entries(said).map(([value, [text]]) => [value, text]);
  const plain = (values: readonly string[]): (readonly [string, string])[] =>
    values.map((value) => [value, value]);
  return html`<details class="filters" ${filters.narrowed && html`open`}>
    <summary>Filter and sort</summary>
    <form method="get" action="${path}/items" role="search">
      <div class="grid">
        ${input({ name: "search", label: "Search names", type: "search", value: filters.query.search ?? "", max: 200 })}
        ${select({ name: "state", label: "State", any: "any", options: ITEM_STATES.map((state) => [state, ITEM_STATE[state][0]] as const), value: filters.query.state ?? "" })}
        ${select({ name: "risk", label: "Risk", any: "any", options: words(RISK), value: filters.query.risk ?? "" })}
        ${select({ name: "tier", label: "Tier", any: "any", options: plain(list.tiers), value: filters.query.tier ?? "" })}
        ${select({ name: "store", label: "Store", any: "any", options: plain(list.stores), value: filters.query.store ?? "" })}
        ${select({ name: "recommendation", label: "Recommendation", any: "any", options: words(RECOMMENDED), value: filters.query.recommendation ?? "" })}
        ${select({
          name: "privileged",
          label: "Privileged",
          any: "any",
          options: [
            ["true", "yes"],
            ["false", "no"],
          ],
          value: filters.query.privileged === undefined ? "" : String(filters.query.privileged),
        })}
        ${select({ name: "unassigned", label: "With nobody who decides", any: "any", options: [["true", "only these"]], value: filters.query.unassigned === true ? "true" : "" })}
        ${select({ name: "sort", label: "Sort by", options: ITEM_SORTS.map((sort) => [sort, SORT[sort]] as const), value: filters.query.sort })}
        ${
          overlooks(visit) &&
          input({
            name: "reviewer",
            label: "Reviewer (email)",
            value: filters.query.reviewer ?? "",
            max: 254,
          })
        }
        ${
          overlooks(visit) &&
          select({
            name: "whose",
            label: "Whose items",
            options: [
              ["mine", "yours"],
              ["all", "everyone’s"],
            ],
            value: filters.query.whose,
          })
        }
      </div>
      <p>
        ${submit("Show", "plain")} <a href="${path}/items?whose=${filters.query.whose}">Remove all filters</a>
      </p>
    </form>
  </details>`;
}

function theList(visit: Visit, path: string, { list, filters, chosen }: ListShown): Html {
  const rows = list.rows.map((row) => ({
    id: row.item.item_id,
    cells: cells(path, row, filters.query.whose === "all"),
  }));
  const columns = [
    "Who",
    "Access",
    "Marks",
    "Use",
    "Recommendation",
    "State",
    ...(filters.query.whose === "all" ? ["Reviewer"] : []),
  ];
  const caption = `${filters.query.whose === "mine" ? "Items that you are asked about" : "Items of all reviewers"}, ${number(list.total)}`;
  const empty = filters.narrowed ? "No item fits the filters." : "There are no items here.";
  const decides = list.campaign.state === "in_review" && !visit.actor.roles.includes("auditor");
  if (!decides || rows.length === 0)
    return table({ caption, columns, rows, empty, ...groupsOf(list, filters) });
  const mine = filters.query.whose === "mine";
  const asked = (row: CampaignItem): boolean =>
    isWaiting(row) && (mine || isTheirs(visit.actor, row.reviewer));
  const here = `${filters.search_text}&page=${filters.page}`;
  const lead = {
    name: "Select",
    cells: list.rows.map((row) => (asked(row) ? box(row, chosen?.items ?? []) : NOTHING)),
  };
  const groups = groupsOf(list, filters, { asked, select_at: `${path}/items/select?${here}` });
  return form(
    visit,
    `${path}/items?${here}`,
    html`${table({ caption, columns, rows, empty, lead, ...groups })} ${bulk(list.bulk_limit, chosen?.choice)}`,
    { id: "list" },
  );
}

/** As a box of the list sends it: id, version, digest. */
export function selectedOf({ item, version, seen_sha256 }: CampaignItem): string {
  return `${item.item_id}.${version}.${seen_sha256}`;
}

function box(row: CampaignItem, chosen: readonly string[]): Html {
  const { item } = row;
  const value = selectedOf(row);
  const label = html`<span class="unseen"
    >Select ${item.principal.name}, ${counted(item.secrets.count, "secret")}</span
  >`;
  return checkbox("items", value, label, chosen.includes(value), `select-${exactId(item.item_id)}`);
}

function bulk(limit: number, choice: Chosen["choice"] | undefined): Html {
  return html`<fieldset class="bulk">
    <legend>Decide on the selected items alike</legend>
    <p class="hint">
      At most ${counted(limit, "item")} at once. Items that are privileged, critical, or not advised to be
      certified need a look of their own: they cannot be certified or limited like this.
    </p>
    <div class="choices">
      ${(["certify", "revoke", "time_limit"] as const).map(
        (kind) =>
          html`<span class="check"
            ><input
              type="radio"
              name="choice"
              id="bulk-${kind}"
              value="${kind}"
              required
              ${choice?.kind === kind && html`checked`}
            />
            <label for="bulk-${kind}">${CHOICE[kind].text}</label></span
          >`,
      )}
    </div>
    ${input({ name: "until", id: "bulk-until", label: "Until the end of this day, where limited in time", type: "date", value: choice?.until?.slice(0, 10) ?? "" })}
    ${textarea({ name: "justification", id: "bulk-justification", label: "Justification, for all of them", value: choice?.justification ?? "" })}
    ${submit("Decide on the selected items")}
  </fieldset>`;
}

function cells(path: string, row: CampaignItem, withReviewer: boolean): Html[] {
  const { item, state, outcome, reviewer, decisions } = row;
  const { principal, secrets } = item;
  const [kind, why] = [RECOMMENDED[item.recommendation.kind], item.recommendation.reason];
  return [
    html`<a href="${path}/items/${item.item_id}">${named(principal.person?.name ?? principal.name)}</a>
      <span class="sub"
        >${principal.person !== undefined && html`${named(principal.name)}, `}${principal.type} on
        ${named(item.store_id)}</span
      >`,
    html`${listed(item.actions)}
      <span class="sub"
        >${counted(secrets.count, "secret")}${ofOwners(secrets)}, tier ${secrets.tier ?? "not known"}</span
      >
      ${secretsInShort(item)} ${pathInShort(item)}`,
    html`${badge(RISK[item.risk])} ${marks(item)} ${late(row)}`,
    html`${badge(usageSaid(item.usage))}
    ${item.usage.known && item.usage.last_used_at !== undefined && html`<span class="sub">last ${day(item.usage.last_used_at)}</span>`}`,
    html`${badge(kind)} <span class="sub">${why}</span>`,
    html`${outcome === undefined ? badge(ITEM_STATE[state]) : badge(OUTCOME[outcome])}
    ${outcome === undefined && decisions.length > 0 && html`<span class="sub">${listed(decisions.map((one) => `${DECISION[one.kind][0]} by ${one.by}`))}</span>`}`,
    ...(withReviewer
      ? [html`${reviewer === undefined ? badge(["nobody", "bad"]) : askedSaid(reviewer)}`]
      : []),
  ];
}

/** What became of an item while the campaign ran, as badges. */
export function late({ joined_at, changed_at, escalated_at }: CampaignItem): Html[] {
  const told = [
    ["joined later", joined_at],
    ["changed during the review", changed_at],
    ["escalated", escalated_at],
  ] as const;
  return told.flatMap(([text, at]) => (at === undefined ? [] : [badge([text, "warn"])]));
}

/** What sets an item apart, as badges. */
export function marks(item: CampaignItem["item"]): Html[] {
  return [
    ...(item.privileged ? [badge(["privileged", "warn"])] : []),
    ...(item.break_glass ? [badge(["break-glass", "warn"])] : []),
    ...(item.principal.public ? [badge(["open to anyone", "bad"])] : []),
    ...(item.principal.external ? [badge(["from outside", "warn"])] : []),
    ...(item.principal.disabled ? [badge(["disabled", "plain"])] : []),
    ...(item.principal.person?.status === "terminated" ? [badge(["person has left", "bad"])] : []),
    ...(item.principal.person?.third_party === true ? [badge(["third party", "plain"])] : []),
    ...(item.ends_at !== undefined ? [badge([`ends ${endDay(item.ends_at)}`, "plain"])] : []),
    ...(item.change === "new" || item.change === "wider" ? [badge(CHANGE[item.change])] : []),
    ...(item.certainty === "certain"
      ? []
      : [badge([item.certainty === "possible" ? "may be" : "on conditions", "plain"])]),
    ...(item.unknowns.length > 0 ? [badge(["not all could be read", "warn"])] : []),
  ];
}

function offline(visit: Visit, path: string): Html {
  return html`<section aria-labelledby="offline">
    <h2 id="offline">Decide offline</h2>
    <p>
      <a href="${path}/export?format=xlsx">Your items as XLSX</a> ·
      <a href="${path}/export?format=csv">as CSV</a>. Fill in the columns from <code>decision</code> to
      <code>hand_on_to</code>, and bring the file back; every line is checked like a decision on its page.
    </p>
    ${
      !visit.actor.roles.includes("auditor") &&
      form(
        visit,
        `${path}/import`,
        html`${input({ name: "file", label: "File with decisions (CSV or XLSX)", type: "file", required: true })}
        ${submit("Take the decisions over", "plain")}`,
        { upload: true },
      )
    }
  </section>`;
}

export function signOffPage(
  visit: Visit,
  { list, trouble }: Pick<ListShown, "list" | "trouble">,
  status = 200,
): PageAnswer {
  const { campaign } = list;
  const path = `/campaigns/${campaign.campaign_id}`;
  const { may, why_not, signed_at } = list.sign_off;
  return page(
    "Sign off your list",
    html`${troubleSummary(trouble)}
      <p>${progress(campaign.own.done, campaign.own.total, "of your items")}</p>
      ${
        signed_at !== undefined
          ? note("plain", html`You signed off your list on ${day(signed_at)}.`)
          : may
            ? form(
                visit,
                `${path}/sign-off`,
                html`<p>After that, your decisions stand and cannot be undone.</p>
                  ${textarea({ name: "statement", label: "Statement", hint: "In your own words, e.g. that you looked at each item and know why the access is needed.", required: true })}
                  ${submit("Sign off my list")}`,
              )
            : note("plain", why_not ?? "There is nothing to sign off.")
      }`,
    {
      crumbs: [
        { to: "/", text: "Access reviews" },
        { to: `${path}/items`, text: campaign.title },
      ],
      status,
      ...(trouble !== undefined && { refused: "E_REVIEW" }),
    },
  );
}

/** What became of each line of a list that came back: those that nobody answered wait still. */
export function importedPage(campaign: string, result: OfflineResult): PageAnswer {
  return page(
    "Decisions taken over",
    html`<p>
        ${counted(result.accepted, "decision")} recorded, ${counted(result.handed_on, "item")} handed on,
        ${counted(result.refused.length, "line")} refused, ${counted(result.skipped, "line")} left open: no
        decision stood there.
      </p>
      ${table({
        caption: "Lines that were refused: nothing of them was recorded",
        columns: ["Line", "Reason"],
        rows: result.refused.slice(0, 1000).map(({ row, reason }) => ({ cells: [number(row), reason] })),
        empty: "No line was refused.",
      })}`,
    { crumbs: [{ to: `/campaigns/${campaign}/items`, text: "Your items" }] },
  );
}
