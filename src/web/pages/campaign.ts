import { counted, number } from "../../base/index.ts";
import {
  ACTS,
  ITEM_STATES,
  REVOCATION_STATES,
  SECURITY,
  changeText,
  askedManagementText,
  unsignedText,
} from "../../review/index.ts";
import type {
  CampaignAct,
  CampaignTemplate,
  CampaignView,
  ConcreteChange,
  JournalLine,
  Paged,
  ReviewerProgress,
  RevocationPage,
  RevocationView,
} from "../../review/index.ts";
import { type Html, NOTHING, type Part, exact, html } from "../html.ts";
import { type PageAnswer, type Visit, page } from "../route.ts";
import { ACT, CAMPAIGN_STATE, ITEM_STATE, REVOCATION, REVOKING, listed } from "../words.ts";
import { personPath } from "./person.ts";
import { population, termsOf } from "./population.ts";
import {
  type Trouble,
  askedSaid,
  badge,
  bullets,
  day,
  facts,
  form,
  hidden,
  input,
  moment,
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

const TABS = [
  ["", "Overview"],
  ["/items?whose=all", "All items"],
  ["/reviewers", "Reviewers"],
  ["/revocations", "Revocations"],
  ["/samples", "Samples"],
  ["/journal", "Journal"],
  ["/evidence", "Evidence"],
] as const;

export function pathOf({ campaign }: CampaignView): string {
  return `/campaigns/${campaign.campaign_id}`;
}

/** A page of a campaign, with the ways to the others. */
export function campaignFrame(
  view: CampaignView,
  title: string,
  main: Html,
  trouble?: Trouble,
  status = 200,
): PageAnswer {
  const path = pathOf(view);
  const inner = title !== view.campaign.terms.title;
  return page(
    title,
    html`<nav class="tabs" aria-label="Parts of the campaign">
        <ul>
          ${TABS.map(([tail, text]) => html`<li><a href="${path}${tail}" ${title === text || (tail === "" && !inner) ? html`aria-current="page"` : NOTHING}>${text}</a></li>`)}
        </ul>
      </nav>
      ${troubleSummary(trouble)} ${main}`,
    {
      crumbs: [
        { to: "/", text: "Access reviews" },
        ...(inner ? [{ to: path, text: view.campaign.terms.title }] : []),
      ],
      status,
      ...(trouble !== undefined && { refused: status === 409 ? "E_CONFLICT" : "E_REVIEW" }),
    },
  );
}

export function campaignPage(
  visit: Visit,
  view: CampaignView,
  trouble?: Trouble,
  status?: number,
): PageAnswer {
  const { campaign, summary, states, unassigned, unsigned = [], asked_management = [], revocations } = view;
  const management = askedManagementText(asked_management);
  const { terms } = campaign;
  const all = summary.all ?? summary.own;
  return campaignFrame(
    view,
    terms.title,
    html`<p>${badge(CAMPAIGN_STATE[campaign.state])} ${progress(all.done, all.total, "items")}</p>
      ${
        unassigned > 0 &&
        note(
          "bad",
          html`${counted(unassigned, "item")} with nobody who decides.
            <a href="${pathOf(view)}/items?whose=all&amp;unassigned=true">Hand them to somebody</a>.`,
        )
      }
      ${
        unsigned.length > 0 &&
        note(
          "bad",
          html`Not signed off by who decided: ${unsignedText(unsigned)}. Nobody signs off once the review has
          ended.`,
        )
      }
      ${asked_management.length > 0 && note("bad", html`${management.what}. ${management.fix}`)}
      ${acts(visit, view)}
      ${facts([
        ["Campaign", html`<code>${campaign.campaign_id}</code>`],
        ["Access as of", moment(campaign.as_of)],
        ["Created", html`${moment(campaign.created_at)} by ${named(campaign.created_by)}`],
        ["Opened", campaign.opened_at && moment(campaign.opened_at)],
        ["Due", campaign.due_at && moment(campaign.due_at)],
        [
          "Lists signed off",
          campaign.signed_off.length > 0 &&
            counted(new Set(campaign.signed_off.map(({ by }) => by)).size, "reviewer"),
        ],
        ["Review ended", campaign.review_ended_at && moment(campaign.review_ended_at)],
        ["Remediation due", campaign.remediation_due_at && moment(campaign.remediation_due_at)],
        [
          "Signed off",
          campaign.sign_off &&
            html`${moment(campaign.sign_off.at)} by ${named(campaign.sign_off.by)}:
            ${campaign.sign_off.statement}`,
        ],
        [
          "Acknowledged",
          campaign.acknowledgement &&
            html`${moment(campaign.acknowledgement.at)} by ${named(campaign.acknowledgement.by)}:
            ${campaign.acknowledgement.statement}`,
        ],
        ["Closed", campaign.closed_at && moment(campaign.closed_at)],
      ])}
      <h2>Items by state</h2>
      ${facts(ITEM_STATES.map((state) => [ITEM_STATE[state][0], number(states[state])] as const))}
      <h2>Revocations by state</h2>
      ${facts(REVOCATION_STATES.map((state) => [REVOCATION[state][0], number(revocations[state])] as const))}
      ${population(campaign)} ${termsOf(terms)}`,
    trouble,
    status,
  );
}

function acts(visit: Visit, view: CampaignView): Html {
  if (view.may.length === 0) return NOTHING;
  return html`<section aria-labelledby="acts">
    <h2 id="acts">What you can do</h2>
    ${view.may.map((act) => actForm(visit, view, act))}
  </section>`;
}

function actForm(visit: Visit, view: CampaignView, act: CampaignAct): Html {
  const { text, hint, statement } = ACT[act];
  return html`<div class="card">
    <h3>${text}</h3>
    <p class="hint">${hint}</p>
    ${form(
      visit,
      `${pathOf(view)}/acts/${act}`,
      html`${hidden("version", view.campaign.version)}
      ${statement && textarea({ name: "statement", id: `statement-${act}`, label: "Statement", required: true })}
      ${submit(text, act === "end_review" || act === "close" ? "danger" : "primary")}`,
    )}
  </div>`;
}

export function reviewersPage(view: CampaignView, shown: number, list: Paged<ReviewerProgress>): PageAnswer {
  const { rubber_stamp } = view.campaign.terms;
  return campaignFrame(
    view,
    "Reviewers",
    html`<p class="hint">
        A reviewer is marked as rubber-stamping who made at least
        ${counted(rubber_stamp.min_decisions, "decision")}, of which at least
        ${Math.round(rubber_stamp.certified_share * 100)} % certify, with at most
        ${counted(rubber_stamp.median_seconds, "second")} between two of them at the median.
      </p>
      ${table({
        caption: "Reviewers and their progress",
        columns: [
          "Reviewer",
          "Asked, and done",
          "Decisions",
          "Certified",
          "Median between decisions",
          "Largest bulk",
          "Measure",
          "Last decision",
          "Signed off",
        ],
        rows: list.rows.map((row) => ({
          cells: [
            row.reviewer === SECURITY
              ? askedSaid(row.reviewer)
              : html`<a href="${personPath(view.campaign.campaign_id, { email: row.reviewer })}"
                  >${named(row.reviewer)}</a
                >`,
            workDone(row),
            number(row.decided),
            number(row.certified),
            row.median_s === undefined ? "not known" : counted(Math.round(row.median_s), "second"),
            number(row.largest_bulk),
            row.rubber_stamp ? badge(["rubber-stamping", "bad"]) : badge(["nothing stands out", "plain"]),
            row.last_decision_at === undefined ? "none yet" : moment(row.last_decision_at),
            row.signed_off_at === undefined ? "not yet" : day(row.signed_off_at),
          ],
        })),
        empty: "Nobody is asked yet.",
      })}
      ${pager(`${pathOf(view)}/reviewers`, shown, list.total)}`,
  );
}

function workDone({ progress: { done, total } }: ReviewerProgress): Html {
  return total > 0 ? progress(done, total, "items") : html`nothing is asked of them`;
}

export function revocationsPage(
  visit: Visit,
  view: CampaignView,
  shown: number,
  list: RevocationPage,
  trouble?: Trouble,
  status?: number,
): PageAnswer {
  const notes = ACTS.ticket.some((role) => visit.actor.roles.includes(role));
  return campaignFrame(
    view,
    "Revocations",
    html`<p class="hint">
        Removed is what no path leads to any more in a later snapshot, where nothing may hide one. What is
        limited in time may stay until its end.
      </p>
      <p class="hint">
        ${
          "why_not" in list.proposed
            ? html`What to change cannot be told: ${list.proposed.why_not}.`
            : html`What to change is proposed on snapshot <code>${list.proposed.snapshot_id}</code>. Nothing
                is executed: read a change before you run it; each says what else it takes away.`
        }
      </p>
      ${table({
        caption: "What has to go, and whether it has",
        columns: ["Who", "Kind", "What must go", "State", "Due", "Ticket", "Last looked at"],
        rows: list.rows.map((row) => ({ cells: revocationCells(visit, view, row, notes) })),
        empty: "Nothing was revoked.",
      })}
      ${pager(`${pathOf(view)}/revocations`, shown, list.total)}`,
    trouble,
    status,
  );
}

/** Secrets of a revocation that its line names. */
const NAMED_SECRETS = 5;

function revocationCells(
  visit: Visit,
  view: CampaignView,
  { revocation, principal_name, person_name, changes }: RevocationView,
  notes: boolean,
): Part[] {
  const {
    item_id,
    actions,
    secret_count,
    state,
    due_at,
    from_at,
    ticket,
    checked,
    removed_at,
    store_id,
    version,
    kind,
    secrets,
    ends_at,
  } = revocation;
  // Verifying takes nothing for reachable against a decision before its end, either.
  const ahead = kind === "time_limit" && state === "open" && visit.web.clock.now().toISOString() <= from_at;
  const left = ahead ? "until then" : state === "unverifiable" ? "may hide a path" : "still reachable";
  return [
    html`<a href="${pathOf(view)}/items/${item_id}">${named(person_name ?? principal_name)}</a>
      <span class="sub"
        >${person_name !== undefined && html`${named(principal_name)} `}on ${named(store_id)}</span
      >`,
    badge(REVOKING[kind]),
    html`${actions.length > 0 && html`${listed(actions)} on ${counted(secret_count, "secret")}`}
      ${secrets.length > 0 && html`<span class="sub">all access to ${counted(secrets.length, "secret")}:</span> ${bullets(secrets.slice(0, NAMED_SECRETS).map((id) => html`<code>${id}</code>`))}`}
      ${secrets.length > NAMED_SECRETS && html`<span class="sub">${number(secrets.length - NAMED_SECRETS)} more, on its page</span>`}
      <span class="sub"
        >from ${day(from_at)}${ends_at !== undefined && html`; what is left ends ${day(ends_at)}`}</span
      >
      ${changes !== undefined && changesSaid(changes)}`,
    html`${badge(ahead ? [`ends on ${from_at.slice(0, 10)}`, "plain"] : REVOCATION[state])}
    ${removed_at !== undefined && html`<span class="sub">since ${day(removed_at)}</span>`}`,
    day(due_at),
    ticket !== undefined
      ? html`${named(ticket.reference)} <span class="sub">${named(ticket.by)}, ${day(ticket.at)}</span>`
      : notes && state !== "removed" && view.campaign.state !== "closed"
        ? form(
            visit,
            `${pathOf(view)}/revocations/${item_id}/ticket`,
            html`${hidden("version", version)}
            ${input({ name: "reference", id: `ticket-${item_id}`, label: `Ticket for ${person_name ?? principal_name}`, required: true, max: 200 })}
            ${submit("Note", "plain")}`,
          )
        : "none",
    checked === undefined
      ? "not yet"
      : html`${day(checked.as_of)}
          <span class="sub">in <code>${checked.snapshot_id}</code></span>
          ${checked.remaining.length > 0 && html`<span class="sub">${left}:</span> ${bullets(checked.remaining)}`}
          ${checked.remaining_count > checked.remaining.length && html`<span class="sub">${number(checked.remaining_count - checked.remaining.length)} more</span>`}`,
  ];
}

/** To be copied: line by line as a file has it. */
function changesSaid(changes: readonly ConcreteChange[]): Html {
  return html`<details>
    <summary>What to change: ${counted(changes.length, "proposal")}</summary>
    ${changes.map(
      (change) =>
        html`<pre tabindex="0" role="group" aria-label="${change.what.slice(0, 200)}">
${changeText(change)
            .split("\n")
            .map((line) => html`${line}${NEW_LINE}`)}</pre>`,
    )}
  </details>`;
}

const NEW_LINE = exact("\n");

export function journalPage(view: CampaignView, shown: number, list: Paged<JournalLine>): PageAnswer {
  return campaignFrame(
    view,
    "Journal",
    html`<p class="hint">
        Everything that was decided, in order and for good; <code>countersign review check</code> compares it
        with the ledger.
      </p>
      ${table({
        caption: "Journal, newest first",
        columns: ["Number", "When", "Who", "What", "Digest", "In the ledger"],
        rows: list.rows.map(({ number: at, at: when, by, what, about, about_count, sha256, published }) => ({
          cells: [
            number(at),
            moment(when),
            by === "rule" ? "by rule" : named(by),
            html`${what}
            ${
              about.length > 0 &&
              html`<span class="sub"
                >on
                ${about.map(({ item_id, name }, place) => html`${place > 0 && ", "}<a href="${pathOf(view)}/items/${item_id}">${named(name)}</a>`)}${about_count > about.length && html` and ${number(about_count - about.length)} more`}</span
              >`
            }`,
            html`<code class="digest">${sha256}</code>`,
            published ? badge(["yes", "good"]) : badge(["not yet", "warn"]),
          ],
        })),
        empty: "Nothing happened yet.",
      })}
      ${pager(`${pathOf(view)}/journal`, shown, list.total)}`,
  );
}

export function startPage(
  visit: Visit,
  templates: readonly CampaignTemplate[],
  trouble?: Trouble,
  status = 200,
): PageAnswer {
  return page(
    "Start a campaign",
    html`${troubleSummary(trouble)}
    ${
      templates.length === 0
        ? html`<p class="empty">
            No campaign is configured. Add one below <code>review.campaigns</code> of
            <code>countersign.yaml</code>.
          </p>`
        : html`<p>It is made of the newest snapshot. Nobody is asked before it is opened.</p>
            ${form(
              visit,
              "/start",
              html`${select({ name: "template", label: "Campaign", options: templates.map(({ name, title, due_from }) => [name, due_from === undefined ? title : `${title}, due from ${due_from.slice(0, 10)}`] as const) })}
              ${submit("Start")}`,
            )}`
    }`,
    {
      crumbs: [{ to: "/", text: "Access reviews" }],
      status,
      ...(trouble !== undefined && { refused: "E_REVIEW" }),
    },
  );
}
