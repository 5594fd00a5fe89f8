import { counted, number } from "../../base/index.ts";
import { ACTS, type CampaignView, type JournalLine, MAX_SAMPLE, type Paged } from "../../review/index.ts";
import { type Html, NOTHING, html } from "../html.ts";
import { type PageAnswer, type Visit } from "../route.ts";
import { campaignFrame, pathOf } from "./campaign.ts";
import { type Trouble, facts, form, input, moment, named, pager, submit, textarea } from "./parts.ts";

/** What was filled in when drawing was refused. */
export interface SampleTyped {
  readonly nonce?: string | undefined;
  readonly size?: number | undefined;
  readonly ids?: string | undefined;
}

export interface SamplesShown {
  readonly view: CampaignView;
  readonly page: number;
  readonly list: Paged<JournalLine>;
  readonly trouble?: Trouble;
  readonly typed?: SampleTyped;
}

export function samplesPage(visit: Visit, shown: SamplesShown, status = 200): PageAnswer {
  const { view, page, list, trouble } = shown;
  const draws = ACTS.sample.some((role) => visit.actor.roles.includes(role));
  return campaignFrame(
    view,
    "Samples",
    html`<p class="hint">
        Drawn from the population as it was sealed, ${number(view.campaign.population.item_count)} items.
        Items that joined later are in none.
      </p>
      ${draws && drawing(visit, shown)}
      <h2>Samples so far</h2>
      ${list.rows.length === 0 ? html`<p class="empty">None was drawn yet.</p>` : list.rows.map((line) => sampleCard(view, line))}
      ${pager(`${pathOf(view)}/samples`, page, list.total)}`,
    trouble,
    status,
  );
}

function drawing(visit: Visit, { view, typed = {} }: SamplesShown): Html {
  const path = `${pathOf(view)}/samples`;
  return html`<div class="card">
      <h2>Draw by a word</h2>
      ${form(
        visit,
        path,
        html`${input({ name: "nonce", label: "Word", hint: "8 to 200 characters that you make up now: nobody could know it when the population was sealed. With it anyone can draw the same sample again.", required: true, max: 200, value: typed.nonce ?? "" })}
        ${input({ name: "size", label: `Number of items, at most ${number(MAX_SAMPLE)}`, type: "number", required: true, value: typed.size === undefined ? "" : String(typed.size) })}
        ${submit("Draw the sample")}`,
      )}
    </div>
    <details class="card" ${typed.ids !== undefined && html`open`}>
      <summary>Name the items yourself</summary>
      ${form(
        visit,
        path,
        html`${textarea({ name: "ids", label: "Ids of items, a line each", required: true, value: typed.ids ?? "" })}
        ${submit("Take these items")}`,
      )}
    </details>`;
}

function sampleCard(view: CampaignView, { number: entry, at, by, sha256, sample }: JournalLine): Html {
  if (sample === undefined) return NOTHING;
  const path = `${pathOf(view)}/items`;
  return html`<section class="card" aria-labelledby="sample-${entry}">
    <h3 id="sample-${entry}">
      ${counted(sample.item_ids.length, "item")} of ${number(sample.population_count)}, entry ${number(entry)}
    </h3>
    ${facts([
      ["Drawn", html`${moment(at)} by ${named(by)}`],
      ["Method", sample.method],
      ["Word", sample.nonce !== undefined && html`<code>${sample.nonce}</code>`],
      ["Digest of the population", html`<code class="digest">${sample.population_sha256}</code>`],
      ["Digest of the entry", html`<code class="digest">${sha256}</code>`],
    ])}
    <details>
      <summary>The items, in the order in which they were drawn</summary>
      <ol class="ids">
        ${sample.item_ids.map(
          (id) =>
            html`<li>
              <a href="${path}/${id}"><code>${id}</code></a>
            </li>`,
        )}
      </ol>
    </details>
  </section>`;
}
