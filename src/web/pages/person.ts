import { counted, number } from "../../base/index.ts";
import type { CampaignItem, LoginReach, PersonReport } from "../../review/index.ts";
import { type Html, html } from "../html.ts";
import { type PageAnswer, page } from "../route.ts";
import { DECISION, ITEM_STATE, OUTCOME, PERSON_STATUS, RISK, listed } from "../words.ts";
import { askedSaid, badge, day, end, facts, named, note, table } from "./parts.ts";
import { askedOn, stateBadge } from "./requests.ts";

/** Where the page of a person stands, by the id that rosters give or by an address. */
export function personPath(
  campaign: string,
  asked: { readonly id: string } | { readonly email: string },
): string {
  return `/campaigns/${campaign}/person?${new URLSearchParams(asked).toString()}`;
}

export function personPage({ person, campaign, items, item_count, overview }: PersonReport): PageAnswer {
  const path = `/campaigns/${campaign.campaign_id}`;
  return page(
    person.name,
    html`${facts([
        ["Status", badge(PERSON_STATUS[person.status])],
        ["Left on", person.terminated_at && end(person.terminated_at)],
        ["Title", person.title && named(person.title)],
        ["Email", person.email && named(person.email)],
        ["Manager", person.manager_email && named(person.manager_email)],
        ["Employed by", person.third_party && "a third party"],
        ["Number", html`<code>${person.person_id}</code>`],
      ])}
      ${
        overview === undefined
          ? note("plain", "Of this person you see the items that you are asked about, or decided on.")
          : reach(overview.logins)
      }
      <h2>Items in this campaign</h2>
      ${table({
        caption: `Items of ${campaign.title}`,
        columns: ["Access", "Secrets", "Risk", "State", "Asked", "Decisions so far"],
        rows: items.map((one) => ({ cells: itemCells(path, one) })),
        empty: "None of the campaign’s items is about this person.",
      })}
      ${left(item_count - items.length)} ${overview !== undefined && requests(overview)}`,
    {
      crumbs: [
        { to: "/", text: "Access reviews" },
        { to: `${path}/items`, text: campaign.title },
      ],
    },
  );
}

function left(count: number): Html | false {
  return count > 0 && html`<p>${number(count)} more are not listed here.</p>`;
}

function reach(logins: NonNullable<PersonReport["overview"]>["logins"]): Html {
  return html`<h2>Logins, and what they reach</h2>
    ${
      "why_not" in logins
        ? note("warn", `What this person can reach is not known: ${logins.why_not}.`)
        : html`${table({
              caption: "By the newest snapshot, of what could be read",
              columns: ["Login", "May read", "May change", "Administers", "State"],
              rows: logins.map((login: LoginReach) => ({
                cells: [
                  html`${named(login.name)} <span class="sub">on ${named(login.store_id)}</span>`,
                  counted(login.readable_secret_count, "secret"),
                  counted(login.writable_secret_count, "secret"),
                  login.administers ? badge(["yes", "warn"]) : "not seen",
                  login.disabled ? badge(["disabled", "plain"]) : "not disabled",
                ],
              })),
              empty: "No login is known to be this person’s.",
            })}
            <p class="hint">What could not be read may hold more: the campaign’s overview names it.</p>`
    }`;
}

function requests(overview: NonNullable<PersonReport["overview"]>): Html {
  return html`<h2>Requests</h2>
    ${table({
      caption: "Requests for this person or their logins, newest first",
      columns: ["Request", "Access", "Asked", "Ends", "State"],
      rows: overview.requests.map(({ request, approval_fault }) => ({
        cells: [
          html`<a href="/requests/${request.request_id}">${request.request_id}</a>`,
          html`${listed(request.actions)}
            <span class="sub"
              >${counted(request.secrets.length, "secret or pattern", "secrets or patterns")}</span
            >`,
          html`${askedOn(request)} <span class="sub">${named(request.requested_by)}</span>`,
          request.ends_at === undefined ? "no end" : end(request.ends_at),
          stateBadge(request, approval_fault),
        ],
      })),
      empty: "No request for this person is known.",
    })}
    ${left(overview.request_count - overview.requests.length)}`;
}

function itemCells(path: string, { item, state, outcome, reviewer, decisions }: CampaignItem): Html[] {
  return [
    html`<a href="${path}/items/${item.item_id}">${named(item.principal.name)}</a>
      <span class="sub">${listed(item.actions)} on ${named(item.store_id)}</span>`,
    html`${counted(item.secrets.count, "secret")}`,
    badge(RISK[item.risk]),
    html`${badge(ITEM_STATE[state])} ${outcome !== undefined && badge(OUTCOME[outcome])}`,
    reviewer === undefined ? badge(["nobody could be found", "bad"]) : askedSaid(reviewer),
    decisions.length === 0
      ? html`none yet`
      : html`${decisions.map(
          ({ kind, by, at, justification }) =>
            html`<span class="sub">
              ${badge(DECISION[kind])} ${by === "rule" ? "by rule" : named(by)},
              ${day(at)}${justification !== undefined && html`: ${justification}`}
            </span>`,
        )}`,
  ];
}
