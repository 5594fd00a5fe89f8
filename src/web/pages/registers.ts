import { counted, number } from "../../base/index.ts";
import type { Paged, PersonView } from "../../review/index.ts";
import { html } from "../html.ts";
import { AUDIT_OUTCOMES, type AuditEntry, type AuditOutcome } from "../ports.ts";
import { type PageAnswer, page } from "../route.ts";
import { PERSON_STATUS, type Said } from "../words.ts";
import { badge, bullets, end, input, moment, named, pager, select, submit, table } from "./parts.ts";

export function peoplePage(list: Paged<PersonView>, shown: number, search: string | undefined): PageAnswer {
  return page(
    "People",
    html`<form method="get" action="/people" role="search" class="inline">
        ${input({ name: "search", label: "Search names and emails", type: "search", value: search ?? "", max: 200 })}
        ${submit("Show", "plain")}
      </form>
      ${table({
        caption: "People of the rosters, and the principals behind which they are",
        columns: ["Person", "Status", "Title and manager", "Principals", "Remarks"],
        rows: list.rows.map((person) => ({
          cells: [
            html`${named(person.name)}
              <span class="sub">${person.email !== undefined && named(person.email)}</span>`,
            html`${badge(PERSON_STATUS[person.status])}
            ${person.third_party && badge(["third party", "plain"])}
            ${person.terminated_at !== undefined && html`<span class="sub">on ${end(person.terminated_at)}</span>`}`,
            html`${person.title !== undefined && named(person.title)}
              <span class="sub">${person.manager_email !== undefined && named(person.manager_email)}</span>`,
            person.principals.length === 0
              ? "none"
              : html`${bullets(person.principals.slice(0, 10).map(({ name, store_id }) => html`${named(name)} <span class="sub">on ${named(store_id)}</span>`))}
                ${person.principals.length > 10 && html`<span class="sub">${counted(person.principals.length - 10, "more")}</span>`}`,
            bullets(person.remarks),
          ],
        })),
        empty: "No roster tells of anybody.",
      })}
      ${pager(search === undefined ? "/people" : `/people?search=${encodeURIComponent(search)}`, shown, list.total)}`,
  );
}

const OUTCOME: Readonly<Record<AuditOutcome, Said>> = {
  done: ["done", "good"],
  failed: ["failed", "bad"],
  refused: ["refused", "warn"],
};

export interface AuditFilters {
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
}

export function auditPage(
  list: { readonly total: number; readonly entries: readonly AuditEntry[] },
  shown: number,
  filters: AuditFilters,
  actions: readonly string[],
): PageAnswer {
  const query = new URLSearchParams(Object.entries(filters) as [string, string][]).toString();
  return page(
    "Audit log",
    html`<p class="hint">
        Every sign-in, act, export and refusal of this server. ${number(list.total)} that fit.
      </p>
      <form method="get" action="/audit" class="inline">
        ${input({ name: "who", label: "Who", value: filters.who ?? "", max: 254 })}
        ${select({ name: "action", label: "Action", any: "any", options: actions.map((action) => [action, action] as const), value: filters.action ?? "" })}
        ${select({ name: "outcome", label: "Outcome", any: "any", options: AUDIT_OUTCOMES.map((one) => [one, one] as const), value: filters.outcome ?? "" })}
        ${submit("Show", "plain")}
      </form>
      ${table({
        caption: "Audit log, newest first",
        columns: ["When", "Who", "Action", "Outcome", "About", "Address", "Request"],
        rows: list.entries.map((entry) => ({
          cells: [
            moment(entry.at),
            entry.who === undefined ? "not signed in" : named(entry.who),
            entry.action,
            html`${badge(OUTCOME[entry.outcome])} <span class="sub">${entry.reason}</span>`,
            html`<code class="digest">${entry.about ?? ""}</code>`,
            html`<code>${entry.address}</code>`,
            html`<code>${entry.request_id}</code>`,
          ],
        })),
        empty: "Nothing fits.",
      })}
      ${pager(query === "" ? "/audit" : `/audit?${query}`, shown, list.total)}`,
  );
}
