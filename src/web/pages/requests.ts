import { counted } from "../../base/index.ts";
import { GRANT_ACTIONS } from "../../access/index.ts";
import { type AccessRequest, type Approval } from "../../review/index.ts";
import type { NewRequest, Paged, RequestView } from "../../review/index.ts";
import { type Html, html } from "../html.ts";
import { type PageAnswer, type Visit, page } from "../route.ts";
import { REQUEST_STATE, listed } from "../words.ts";
import {
  type Trouble,
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
  select,
  start,
  startMoment,
  submit,
  table,
  textarea,
  troubleSummary,
} from "./parts.ts";

const CRUMBS = [{ to: "/requests", text: "Access requests" }];

export function requestsPage(
  visit: Visit,
  list: Paged<RequestView>,
  shown: number,
  state: AccessRequest["state"] | undefined,
): PageAnswer {
  const states = Object.entries(REQUEST_STATE).map(([value, [text]]) => [value, text] as const);
  return page(
    "Access requests",
    html`${!visit.actor.roles.includes("auditor") && html`<p><a class="button" href="/requests/new">Ask for access</a></p>`}
      <form method="get" action="/requests" class="inline">
        ${select({ name: "state", label: "State", any: "any", options: states, value: state ?? "" })}
        ${submit("Show", "plain")}
      </form>
      ${table({
        caption: "Requests, newest first",
        columns: ["Request", "For whom", "Access", "Asked", "Ends", "State"],
        rows: list.rows.map(({ request, asked_of_actor, approval_fault }) => ({
          cells: [
            html`<a href="/requests/${request.request_id}">${request.request_id}</a>`,
            named(request.principal),
            html`${listed(request.actions)}
              <span class="sub"
                >${counted(request.secrets.length, "secret or pattern", "secrets or patterns")}</span
              >`,
            html`${askedOn(request)} <span class="sub">${named(request.requested_by)}</span>`,
            request.ends_at === undefined ? "no end" : end(request.ends_at),
            html`${stateBadge(request, approval_fault)}
            ${request.high_privilege && badge(["high privilege", "warn"])}
            ${asked_of_actor !== undefined && badge(["your approval is missing", "warn"])}`,
          ],
        })),
        empty: "There are no requests.",
      })}
      ${pager(state === undefined ? "/requests" : `/requests?state=${state}`, shown, list.total)}`,
  );
}

export function newRequestPage(
  visit: Visit,
  given?: NewRequest,
  trouble?: Trouble,
  status = 200,
): PageAnswer {
  return page(
    "Ask for access",
    html`${troubleSummary(trouble)}
    ${form(
      visit,
      "/requests/new",
      html`${input({ name: "principal", label: "For whom", hint: "Email of a person, or id or name of a principal.", required: true, value: given?.principal ?? "" })}
        ${textarea({ name: "secrets", label: "Secrets", hint: "Ids, or patterns with *, a line each.", required: true, value: given?.secrets.join("\n") ?? "" })}
        <fieldset>
          <legend>What for</legend>
          ${GRANT_ACTIONS.map((action) => checkbox("actions", action, action, given?.actions.includes(action) ?? action === "read"))}
        </fieldset>
        ${input({ name: "starts", label: "From this day", type: "date", value: given?.starts_at?.slice(0, 10) ?? "" })}
        ${input({ name: "ends", label: "Until the end of this day", hint: "Temporary access ends with it; what is left after it is a finding.", type: "date", value: given?.ends_at?.slice(0, 10) ?? "" })}
        ${textarea({ name: "justification", label: "Business justification", required: true, value: given?.justification ?? "" })}
        ${submit("Ask")}`,
    )}`,
    { crumbs: CRUMBS, status, ...(trouble !== undefined && { refused: "E_REVIEW" }) },
  );
}

export function requestPage(
  visit: Visit,
  { request, asked_of_actor, approval_fault, fits_nothing }: RequestView,
  trouble?: Trouble,
  status = 200,
): PageAnswer {
  const written = isListed(request) ? startMoment : moment;
  return page(
    `Request ${request.request_id}`,
    html`${troubleSummary(trouble)}
      <p>
        ${stateBadge(request, approval_fault)}
        ${request.high_privilege && badge(["high privilege: security approves as well", "warn"])}
      </p>
      ${
        approval_fault !== undefined &&
        note(
          "bad",
          html`It counts for nothing: a manager must approve and, of high privilege, security, none of them
          whoever asked for it or has it.`,
        )
      }
      ${
        fits_nothing === true &&
        note("warn", "Nothing in the newest snapshot fits these secrets: look for a slip in their names.")
      }
      ${facts([
        ["For whom", named(request.principal)],
        ["Secrets", bullets(request.secrets.map((secret) => html`<code>${secret}</code>`))],
        ["Actions", listed(request.actions)],
        ["Justification", request.justification],
        ["Asked", html`${written(request.requested_at)} by ${named(request.requested_by)}`],
        [
          "Stated by",
          request.stated_by !== undefined &&
            html`the system ${named(request.stated_by)}, with its approvals; it is answered there`,
        ],
        ["From", request.starts_at && written(request.starts_at)],
        ["Ends", request.ends_at === undefined ? "no end" : endMoment(request.ends_at)],
        ["Manager", approval(request.manager_approval)],
        ["Security", request.high_privilege && approval(request.security_approval)],
      ])}
      ${asked_of_actor !== undefined && answerForm(visit, request, asked_of_actor)}`,
    { crumbs: CRUMBS, status, ...(trouble !== undefined && { refused: "E_REVIEW" }) },
  );
}

/** Whether a register or an integration states it, by days or instants; what is asked here has instants alone. */
function isListed({ version, stated_by }: AccessRequest): boolean {
  return version === 0 || stated_by !== undefined;
}

/** The day on which it was asked for, as it was written. */
export function askedOn(request: AccessRequest): Html {
  return (isListed(request) ? start : day)(request.requested_at);
}

/** Where a request stands; an approval that does not hold is none. */
export function stateBadge({ state }: AccessRequest, fault: RequestView["approval_fault"]): Html {
  return badge(fault === undefined ? REQUEST_STATE[state] : [`stated as approved, but: ${fault}`, "bad"]);
}

function approval(given: Approval | undefined): Html {
  if (given === undefined) return html`not answered yet`;
  const { approved, by, at, remark } = given;
  return html`${badge(approved ? ["approved", "good"] : ["refused", "bad"])} by ${named(by)} on
  ${endMoment(at)}${remark !== undefined && html`: ${remark}`}`;
}

function answerForm(visit: Visit, request: AccessRequest, as: "manager" | "security"): Html {
  return html`<section aria-labelledby="answer">
    <h2 id="answer">Your answer, as ${as}</h2>
    ${form(
      visit,
      `/requests/${request.request_id}/answer`,
      html`${hidden("version", request.version)} ${textarea({ name: "remark", label: "Remark" })}
        <p>
          <button type="submit" name="answer" value="approve" class="primary">Approve</button>
          <button type="submit" name="answer" value="refuse" class="danger">Refuse</button>
        </p>`,
    )}
  </section>`;
}
