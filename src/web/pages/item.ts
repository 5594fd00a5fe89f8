import { counted, number } from "../../base/index.ts";
import { GRANT_ACTIONS } from "../../access/index.ts";
import {
  type CampaignItem,
  type Choice,
  DECISION_KINDS,
  type ReviewItem,
  isReason,
  reviewedPartsText,
} from "../../review/index.ts";
import type { ItemView, Paged, PersonBehind } from "../../review/index.ts";
import { type Html, NOTHING, type Part, html } from "../html.ts";
import { type Crumb, type PageAnswer, type Visit, page } from "../route.ts";
import {
  CHANGE,
  CHOICE,
  DECISION,
  ITEM_STATE,
  OUTCOME,
  PERSON_STATUS,
  RECOMMENDED,
  RISK,
  listed,
  usageSaid,
} from "../words.ts";
import { overlooks } from "./home.ts";
import { meanwhile } from "./item-meanwhile.ts";
import { late, marks } from "./items.ts";
import {
  type Trouble,
  askedSaid,
  badge,
  bullets,
  checkbox,
  day,
  end,
  endMoment,
  facts,
  form,
  hidden,
  input,
  moment,
  named,
  note,
  pager,
  submit,
  textarea,
  troubleSummary,
} from "./parts.ts";
import { personPath } from "./person.ts";
import { pathDrawing } from "./path-drawing.ts";
import { everyOwner, everyTier, ofOwners } from "./whose-secrets.ts";

export interface ItemShown {
  readonly view: ItemView;
  readonly trouble?: Trouble;
  /** It changed between being shown and the act. */
  readonly conflict?: boolean;
  readonly choice?: Choice;
  /** What was typed to give it to somebody else, when that was refused. */
  readonly handing?: Handing;
  /** Default 422 where there is trouble. */
  readonly status?: number;
}

export interface Handing {
  readonly act: "hand_on" | "reassign";
  readonly to: string;
  readonly reason: string;
}

export function pathOf(view: ItemView): string {
  return `/campaigns/${view.campaign.campaign_id}/items/${view.item.item.item_id}`;
}

function crumbsOf(view: ItemView): Crumb[] {
  return [
    { to: "/", text: "Access reviews" },
    { to: `/campaigns/${view.campaign.campaign_id}/items`, text: view.campaign.title },
  ];
}

export function itemPage(visit: Visit, shown: ItemShown): PageAnswer {
  const { view, trouble, conflict = false } = shown;
  const { item } = view.item;
  return page(
    item.principal.name,
    html`${
        conflict
          ? note(
              "bad",
              html`<h2>It changed since you opened it</h2>
                <p>
                  Nothing was recorded. What stands here is the item as it is now: look at it again before you
                  decide.
                </p>`,
            )
          : troubleSummary(trouble)
      }
      <div class="two">
        <div class="item">
          <p class="lede">${inWords(item)}</p>
          <p class="jump"><a href="#deciding">To the decision</a></p>
          <p>
            ${badge(RISK[item.risk])} ${marks(item)} ${late(view.item)} ${badge(ITEM_STATE[view.item.state])}
            ${view.item.outcome !== undefined && badge(OUTCOME[view.item.outcome])}
          </p>
          ${meanwhile(view.item)} ${recommendation(item)} ${unknowns(item)}
          <section aria-labelledby="way">
            <h2 id="way">How the access comes about</h2>
            ${pathDrawing(item)}
            <ol class="steps">
              ${item.path.map((line) => html`<li>${line}</li>`)}
            </ol>
            ${
              item.conditions.length > 0 &&
              html`<h3>${item.certainty === "possible" ? "What is not known" : "Conditions"}</h3>
                ${bullets(item.conditions)}`
            }
          </section>
          ${secretsOf(view)} ${details(view.item, overlooks(visit))} ${history(view)}
        </div>
        ${deciding(visit, shown)}
      </div>
      ${neighbours(view)}`,
    {
      crumbs: crumbsOf(view),
      status: conflict ? 409 : trouble === undefined ? 200 : (shown.status ?? 422),
      ...(conflict
        ? { refused: "E_CONFLICT" }
        : trouble !== undefined && { refused: shown.status === 403 ? "E_FORBIDDEN" : "E_REVIEW" }),
    },
  );
}

/** The access in one plain sentence. */
function inWords(item: ReviewItem): Html {
  const { principal, secrets } = item;
  const who = principal.person === undefined ? NOTHING : html` (${named(principal.person.name)})`;
  const verb = { certain: "can", conditional: "can, on conditions,", possible: "may be able to" }[
    item.certainty
  ];
  return html`<strong>${named(principal.name)}</strong>${who} ${verb} ${listed(item.actions)}
    <strong>${counted(secrets.count, "secret")}</strong>${ofOwners(secrets)} on ${named(item.store_id)}.`;
}

function recommendation({ recommendation: { kind, reason } }: ReviewItem): Html {
  return note("plain", html`Recommended: ${badge(RECOMMENDED[kind])} ${reason}`);
}

function unknowns(item: ReviewItem): Html {
  if (item.unknowns.length === 0) return NOTHING;
  return note(
    "warn",
    html`<h2>What could not be read</h2>
      ${bullets(item.unknowns)}`,
  );
}

function secretsOf(view: ItemView): Html {
  const { secrets } = view.item.item;
  const left = secrets.count - secrets.sample.length;
  return html`<section aria-labelledby="secrets">
    <h2 id="secrets">${counted(secrets.count, "secret")}</h2>
    <div class="secrets-list">${bullets(secrets.sample.map((id) => html`<code>${id}</code>`))}</div>
    ${left > 0 && html`<p><a href="${pathOf(view)}/secrets">All ${number(secrets.count)} secrets</a>: ${number(left)} are not listed here.</p>`}
  </section>`;
}

/** `linked`: whoever looks may see the request. */
function details(row: CampaignItem, linked: boolean): Html {
  const { item } = row;
  const { principal, secrets, usage, last_review, request } = item;
  const { person } = principal;
  const used: Part = usage.known
    ? html`${badge(usageSaid(usage))} since ${day(usage.observed_from)}, when the log begins;
      ${number(usage.used_secret_count)} of ${counted(secrets.count, "secret")}
      used${usage.last_used_at !== undefined && html`, last on ${moment(usage.last_used_at)}`}`
    : html`${badge(usageSaid(usage))} ${usage.reason}`;
  return html`<section aria-labelledby="details">
    <h2 id="details">All that is known</h2>
    ${facts([
      ["Principal", html`<code>${principal.id}</code> (${principal.type})`],
      ["Owner of the principal", principal.owner === undefined ? "none is known" : named(principal.owner)],
      [
        "Person",
        person === undefined ? "none is known to stand behind it" : personSaid(row.campaign_id, person),
      ],
      ["Left on", person?.terminated_at && end(person.terminated_at)],
      ["Moved on", person?.moved_at && end(person.moved_at)],
      ["Manager", person?.manager_email && named(person.manager_email)],
      ["Store", named(item.store_id)],
      [
        (secrets.owner_count ?? 1) > 1 ? "Owners of the secrets" : "Owner of the secrets",
        everyOwner(secrets),
      ],
      ["Tier", everyTier(secrets)],
      [
        "Privileged",
        item.privileged && (item.privileged_because === undefined ? "yes" : bullets(item.privileged_because)),
      ],
      ["Environment", secrets.environment],
      ["Actions", listed(item.actions)],
      [
        "Seen since",
        html`${day(item.observed_from)}, in the snapshots that are kept; it may have been granted earlier`,
      ],
      ["Use", used],
      ["Change", html`${badge(CHANGE[item.change])} ${item.change_detail}`],
      [
        "Last review",
        last_review &&
          html`${DECISION[last_review.decision][0]} by ${named(last_review.by)} on ${day(last_review.at)}, in
          ${last_review.campaign_id}`,
      ],
      ["Last review of each secret", reviewedPartsText(item)],
      [
        "Request",
        request &&
          html`${linked ? html`<a href="/requests/${request.request_id}">${request.request_id}</a>` : named(request.request_id)},
          approved by
          ${named(request.approved_by)}${request.ends_at !== undefined && html`, until ${end(request.ends_at)}`}`,
      ],
      ["Ends", item.ends_at && endMoment(item.ends_at)],
      ["Collector", principal.collector && "this is the identity that the collection was made with"],
      [
        "Needs",
        html`${counted(item.needs.reviewers, "reviewer")}${item.needs.security && " and then security"}${item.needs.because.length > 0 && html`: ${listed(item.needs.because)}`}`,
      ],
      [
        "Asked",
        row.reviewer === undefined
          ? badge(["nobody could be found", "bad"])
          : html`${askedSaid(row.reviewer)}, ${row.assigned_because}`,
      ],
      ["Digest", html`<code class="digest">${row.seen_sha256}</code>`],
    ])}
  </section>`;
}

function personSaid(campaign: string, { person_id, name, title, status }: PersonBehind): Html {
  return html`<a href="${personPath(campaign, { id: person_id })}">${named(name)}</a
    >${title !== undefined && html`, ${named(title)}`} ${badge(PERSON_STATUS[status])}`;
}

function deciding(visit: Visit, shown: ItemShown): Html {
  const { view } = shown;
  const { may } = view;
  return html`<section aria-labelledby="deciding" class="deciding">
    <h2 id="deciding">Decide</h2>
    ${may.why_not.length > 0 && note("plain", bullets(may.why_not))}
    ${may.decide && decisionForm(visit, shown)} ${may.undo && undoForm(visit, view)}
    ${may.hand_on && handOnForm(visit, shown)} ${may.reassign && reassignForm(visit, shown)}
    ${!may.decide && !may.undo && !may.hand_on && !may.reassign && may.why_not.length === 0 && html`<p>There is nothing for you to decide here.</p>`}
  </section>`;
}

function seen({ item }: ItemView): Html {
  return html`${hidden("version", item.version)} ${hidden("seen_sha256", item.seen_sha256)}`;
}

/** Where certifying needs none. */
const OPTIONAL =
  "Not needed to certify; needed to reduce, to limit in time, and to revoke what nothing speaks against. The auditor reads it.";

function decisionForm(visit: Visit, { view, choice }: ItemShown): Html {
  const { item } = view.item;
  const kept = choice?.keep_actions ?? item.actions;
  const gone = choice?.revoke_secrets ?? [];
  return form(
    visit,
    `${pathOf(view)}/decide`,
    html`${seen(view)}
      <fieldset class="choices">
        <legend>Your decision</legend>
        ${DECISION_KINDS.map((kind) => option(kind, choice?.kind))}
      </fieldset>
      <fieldset data-of="reduce">
        <legend>Where reduced: what may stay</legend>
        ${GRANT_ACTIONS.filter((action) => item.actions.includes(action)).map((action) => checkbox("keep_actions", action, action, kept.includes(action)))}
      </fieldset>
      <fieldset data-of="reduce">
        <legend>Where reduced: secrets that are taken out</legend>
        ${item.secrets.sample.map((id, at) => checkbox("revoke_secrets", id, html`<code>${id}</code>`, gone.includes(id), `secret-${at}`))}
        ${
          item.secrets.count > item.secrets.sample.length &&
          textarea({
            name: "more_secrets",
            label: "Others of its secrets, a line each",
            hint: "Ids as the list of all its secrets has them.",
          })
        }
      </fieldset>
      <div data-of="time_limit">
        ${input({ name: "until", label: "Where limited in time: until the end of this day", type: "date", value: choice?.until?.slice(0, 10) ?? "" })}
      </div>
      ${textarea({ name: "justification", label: "Justification", hint: view.may.justify ?? OPTIONAL, value: choice?.justification ?? "" })}
      ${submit("Record the decision")}`,
    { id: "decision" },
  );
}

function option(kind: (typeof DECISION_KINDS)[number], chosen: string | undefined): Html {
  const { text, hint, key } = CHOICE[kind];
  return html`<div class="option">
    <input
      type="radio"
      name="choice"
      id="choice-${kind}"
      value="${kind}"
      data-key="${key}"
      required
      aria-describedby="choice-${kind}-hint"
      ${kind === chosen && html`checked`}
    />
    <label for="choice-${kind}">${text}</label> <kbd aria-hidden="true">${key}</kbd>
    <p class="hint" id="choice-${kind}-hint">${hint}</p>
  </div>`;
}

function undoForm(visit: Visit, view: ItemView): Html {
  return form(
    visit,
    `${pathOf(view)}/undo`,
    html`${seen(view)}
      <p>You have decided. Until you sign off your list, you can take it back.</p>
      ${submit("Undo my decision", "plain")}`,
  );
}

/** Ids of the fields by which somebody else is named. */
const FIELDS = {
  hand_on: { to: "to", reason: "reason" },
  reassign: { to: "reassign-to", reason: "reassign-reason" },
} as const;

/** The field that a refusal is about; none where the page has no such form any more. */
export function handingField({ may }: Pick<ItemView, "may">, { act, reason }: Handing): string | undefined {
  if (!may[act]) return undefined;
  return FIELDS[act][isReason(reason) ? "to" : "reason"];
}

/** The two fields of the form, with what was typed and what is wrong with it. */
function handingFields(
  { handing, trouble }: ItemShown,
  act: Handing["act"],
  labels: { readonly to: string; readonly reason: string },
): Html {
  const ids = FIELDS[act];
  const typed = handing?.act === act ? handing : undefined;
  const wrong = (id: string): string | undefined =>
    typed !== undefined && trouble?.field === id ? trouble.message : undefined;
  const field = (id: string) => ({ id, required: true, error: wrong(id) });
  return html`${input({ ...field(ids.to), name: "to", label: labels.to, type: "email", max: 254, value: typed?.to ?? "" })}
  ${textarea({ ...field(ids.reason), name: "reason", label: labels.reason, value: typed?.reason ?? "" })}`;
}

function handOnForm(visit: Visit, shown: ItemShown): Html {
  const { view, handing } = shown;
  return html`<details class="hand-on" id="hand-on" ${handing?.act === "hand_on" && html`open`}>
    <summary data-key="h">I cannot decide: hand it on <kbd aria-hidden="true">h</kbd></summary>
    ${form(
      visit,
      `${pathOf(view)}/hand-on`,
      html`${seen(view)}
      ${handingFields(shown, "hand_on", { to: "Email of who can decide", reason: "Why they can" })}
      ${submit("Hand on", "plain")}`,
    )}
  </details>`;
}

function reassignForm(visit: Visit, shown: ItemShown): Html {
  const { view, handing } = shown;
  const open = view.item.reviewer === undefined || handing?.act === "reassign";
  return html`<details class="hand-on" ${open && html`open`}>
    <summary>Ask somebody else</summary>
    ${form(
      visit,
      `${pathOf(view)}/reassign`,
      html`${seen(view)}
      ${handingFields(shown, "reassign", { to: "Email of who is to decide", reason: "Why they" })}
      ${submit("Ask them", "plain")}`,
    )}
  </details>`;
}

function history({ history: lines, item }: ItemView): Html {
  return html`<section aria-labelledby="history">
    <h2 id="history">What happened so far</h2>
    ${lines.length === 0 && item.decisions.length === 0 && html`<p class="empty">Nothing yet.</p>`}
    <ol class="steps">
      ${lines.map(
        ({ number: entry, at, by, what, sha256 }) =>
          html`<li>
            ${moment(at)}, ${by === "rule" ? "by rule" : named(by)}: ${what}
            <span class="sub"
              >entry ${number(entry)} of the journal, <code class="digest">${sha256}</code></span
            >
          </li>`,
      )}
    </ol>
  </section>`;
}

function neighbours(view: ItemView): Html {
  const to = (item: string): string => `/campaigns/${view.campaign.campaign_id}/items/${item}`;
  return html`<nav class="pager" aria-label="Your open items">
    ${view.previous !== undefined && html`<a href="${to(view.previous)}" data-key="p" rel="prev">Previous open item</a>`}
    ${view.next !== undefined && html`<a href="${to(view.next)}" data-key="n" rel="next">Next open item</a>`}
  </nav>`;
}

export function secretsPage(view: ItemView, shown: number, list: Paged<string>): PageAnswer {
  return page(
    "All secrets of the item",
    html`<p>${inWords(view.item.item)}</p>
      <ul>
        ${list.rows.map((id) => html`<li><code>${id}</code></li>`)}
      </ul>
      ${pager(`${pathOf(view)}/secrets`, shown, list.total)}`,
    { crumbs: [...crumbsOf(view), { to: pathOf(view), text: view.item.item.principal.name }] },
  );
}
