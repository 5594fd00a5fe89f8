import { type Instant, endDay, number, statedDay, statedFirstDay } from "../../base/index.ts";
import { SECURITY } from "../../review/index.ts";
import { type Html, NOTHING, type Part, exact, html } from "../html.ts";
import { PAGE_SIZE, type Visit } from "../route.ts";
import type { Said } from "../words.ts";

export function badge([text, tone]: Said): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** A name that a store, a roster or a person gave: set apart, so that its direction does not reach what stands beside it. */
export function named(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** Who is asked: a person, or anyone of a role. */
export function askedSaid(reviewer: string): Html {
  return reviewer === SECURITY ? html`anyone of security` : named(reviewer);
}

/** Day and minute in UTC; the same for everyone who looks. */
export function moment(at: Instant): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 16)} UTC</time>`;
}

export function day(at: Instant): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)}</time>`;
}

/** When something ends: the day that a list wrote, where it wrote no time. */
export function end(at: Instant): Html {
  return html`<time datetime="${at}">${endDay(at)}</time>`;
}

/** The same, with the minute where one was written. */
export function endMoment(at: Instant): Html {
  return statedDay(at) === undefined ? moment(at) : end(at);
}

/** When something begins, or was asked: the day that a list wrote, where it wrote no time. */
export function start(at: Instant): Html {
  return html`<time datetime="${at}">${statedFirstDay(at) ?? at.slice(0, 10)}</time>`;
}

/** The same, with the minute where one was written. */
export function startMoment(at: Instant): Html {
  return statedFirstDay(at) === undefined ? moment(at) : start(at);
}

/** How much is done, in words and as a bar. `of`: what is counted, e.g. `items`. */
export function progress(done: number, total: number, of: string): Html {
  if (total === 0) return html`<span>no ${of}</span>`;
  const text = `${number(done)} of ${number(total)} ${of} done`;
  return html`<span class="progress"
    ><progress max="${total}" value="${done}" aria-label="${text}"></progress> ${text}</span
  >`;
}

/** Terms and what they are; those without a description are left out. */
export function facts(rows: readonly (readonly [term: string, what: Part])[]): Html {
  const given = rows.filter(([, what]) => what !== undefined && what !== false);
  return html`<dl class="facts">
    ${given.map(
      ([term, what]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${what}</dd>
        </div>`,
    )}
  </dl>`;
}

export interface Table {
  readonly caption: string;
  /** The first column names its row. */
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly Part[]; readonly id?: string }[];
  /** Said in place of a table without rows. */
  readonly empty: string;
  /** Of a column before the first that has no name of its own, e.g. of boxes to tick. */
  readonly lead?: { readonly name: string; readonly cells: readonly Html[] };
  /** Parts of the rows in order, each under a heading; together they are all rows. */
  readonly groups?: readonly { readonly heading: Html; readonly count: number }[];
}

/** Roles are said although the elements have them: as cards on a phone the elements would lose them. */
export function table(of: Table): Html {
  const { caption, columns, rows, empty, lead, groups } = of;
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<table role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${lead !== undefined && html`<td role="cell"><span class="unseen">${lead.name}</span></td>`}
        ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
      </tr>
    </thead>
    ${(groups ?? [{ heading: undefined, count: rows.length }]).map(({ heading, count }, at, all) => {
      const from = all.slice(0, at).reduce((sum, before) => sum + before.count, 0);
      return html`<tbody role="rowgroup">
        ${
          heading !== undefined &&
          html`<tr role="row" class="group">
            <th role="rowheader" scope="rowgroup" colspan="${columns.length + (lead === undefined ? 0 : 1)}">
              ${heading}
            </th>
          </tr>`
        }
        ${rows.slice(from, from + count).map((_, index) => tableRow(of, from + index))}
      </tbody>`;
    })}
  </table>`;
}

function tableRow({ rows, columns, lead }: Table, at: number): Html | undefined {
  const row = rows[at];
  if (row === undefined) return undefined;
  return html`<tr role="row" ${row.id !== undefined && html`id="row-${row.id}" data-row`}>
    ${lead !== undefined && html`<td role="cell" class="lead">${lead.cells[at]}</td>`}
    ${row.cells.map((cell, column) =>
      column === 0
        ? html`<th role="rowheader" scope="row">${cell}</th>`
        : html`<td role="cell" data-label="${columns[column] ?? ""}">${cell}</td>`,
    )}
  </tr>`;
}

/** Links to the other pages of a list. `path`: of the first page, with its filters. */
export function pager(path: string, shown: number, total: number): Html {
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  if (last === 1) return html`<p class="count">${number(total)} in all.</p>`;
  const link = (to: number, text: string): Html | false =>
    to >= 1 &&
    to <= last &&
    to !== shown &&
    html`<a href="${pathWith(path, "page", String(to))}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages of the list">
    <p>Page ${shown} of ${last}, ${number(total)} in all.</p>
    ${link(1, "First")} ${link(shown - 1, "Previous")} ${link(shown + 1, "Next")} ${link(last, "Last")}
  </nav>`;
}

/** The path with a query parameter set. */
export function pathWith(path: string, name: string, value: string): string {
  const [place = "", search = ""] = path.split("?");
  const query = new URLSearchParams(search);
  query.set(name, value);
  return `${place}?${query.toString()}`;
}

/** The form of an act: it holds the token of the session. */
export function form(
  visit: Visit,
  action: string,
  content: Html,
  options: { readonly upload?: boolean; readonly id?: string } = {},
): Html {
  return html`<form
    method="post"
    action="${action}"
    ${options.id !== undefined && html`id="${options.id}"`}
    ${options.upload === true && html`enctype="multipart/form-data"`}
  >
    ${hidden("form_token", visit.form_token)} ${content}
  </form>`;
}

export function hidden(name: string, value: string | number): Html {
  return html`<input type="hidden" name="${name}" value="${exact(String(value))}" />`;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  readonly required?: boolean;
  /** Distinguishes fields of the same name on one page. */
  readonly id?: string;
  /** What is wrong with what was typed. */
  readonly error?: string | undefined;
}

interface InputField extends Field {
  readonly type?: "date" | "email" | "file" | "number" | "search" | "text";
  readonly max?: number;
}

export function input({ type = "text", max = 300, ...field }: InputField): Html {
  const id = field.id ?? field.name;
  return labelled(
    field,
    html`<input
      type="${type}"
      id="${id}"
      name="${field.name}"
      ${type === "number" && html`min="1" inputmode="numeric"`}
      ${!["date", "file", "number"].includes(type) && html`maxlength="${max}"`}
      ${field.value !== undefined && html`value="${exact(field.value)}"`}
      ${described(field)}
      ${field.required === true && html`required`}
    />`,
  );
}

export function textarea(field: Field): Html {
  const id = field.id ?? field.name;
  return labelled(
    field,
    html`<textarea
      id="${id}"
      name="${field.name}"
      rows="3"
      maxlength="4000"
      ${described(field)}
      ${field.required === true && html`required`}
    >
${exact(field.value ?? "")}</textarea>`,
  );
}

/** `any`: text of the choice that narrows nothing; absent where one must be chosen. */
export function select(
  field: Field & {
    readonly options: readonly (readonly [value: string, text: string])[];
    readonly any?: string;
  },
): Html {
  const options = field.any === undefined ? field.options : [["", field.any] as const, ...field.options];
  return labelled(
    field,
    html`<select id="${field.id ?? field.name}" name="${field.name}" ${described(field)}>
      ${options.map(
        ([value, text]) =>
          html`<option value="${exact(value)}" ${value === (field.value ?? "") && html`selected`}>
            ${text}
          </option>`,
      )}
    </select>`,
  );
}

/** An id of HTML from an id of ours. */
export function exactId(id: string): string {
  return id.replace(/[^\w-]/g, "_");
}

export function checkbox(
  name: string,
  value: string,
  label: Part,
  checked = false,
  id = `${name}-${value}`,
): Html {
  return html`<span class="check"
    ><input
      type="checkbox"
      id="${exact(id)}"
      name="${name}"
      value="${exact(value)}"
      ${checked && html`checked`}
    />
    <label for="${exact(id)}">${label}</label></span
  >`;
}

function labelled(field: Field, control: Html): Html {
  const id = field.id ?? field.name;
  return html`<div class="field">
    <label for="${id}">${field.label}</label>
    ${field.hint === undefined ? NOTHING : html`<p class="hint" id="${id}-hint">${field.hint}</p>`}
    ${field.error !== undefined && html`<p class="error" id="${id}-error">${field.error}</p>`} ${control}
  </div>`;
}

function described(field: Field): Html | false {
  const id = field.id ?? field.name;
  const by = [field.hint !== undefined && `${id}-hint`, field.error !== undefined && `${id}-error`].filter(
    (one) => one !== false,
  );
  if (by.length === 0) return false;
  return html`aria-describedby="${by.join(" ")}" ${field.error !== undefined && html`aria-invalid="true"`}`;
}

export function submit(text: string, kind: "danger" | "plain" | "primary" = "primary"): Html {
  return html`<button type="submit" class="${kind}">${text}</button>`;
}

/** What must be mended before an act can be done; above the form that it is about. */
export interface Trouble {
  readonly message: string;
  readonly fix?: string | undefined;
  /** Id of the field that it is about. */
  readonly field?: string;
}

export function troubleSummary(trouble: Trouble | undefined): Html {
  if (trouble === undefined) return NOTHING;
  const { message, fix, field } = trouble;
  return html`<div class="trouble" role="alert" id="trouble" tabindex="-1">
    <h2>Nothing was recorded</h2>
    <p>${field === undefined ? message : html`<a href="#${field}">${message}</a>`}</p>
    ${fix !== undefined && html`<p>${fix}</p>`}
  </div>`;
}

export function note(tone: "bad" | "plain" | "warn", content: Part): Html {
  return html`<div class="note ${tone}">${content}</div>`;
}

export function bullets(lines: readonly Part[]): Html {
  return lines.length === 0
    ? NOTHING
    : html`<ul>
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>`;
}
