import { number } from "../../base/index.ts";
import type { CampaignView } from "../../review/index.ts";
import { html } from "../html.ts";
import type { Evidence } from "../ports.ts";
import type { PageAnswer, Visit } from "../route.ts";
import { campaignFrame, pathOf } from "./campaign.ts";
import { form, moment, note, submit, table } from "./parts.ts";

/** The files of a campaign's evidence, and how they come about. */
export function evidencePage(
  visit: Visit,
  view: CampaignView,
  { making, made, trouble }: Evidence,
): PageAnswer {
  const path = `${pathOf(view)}/evidence`;
  return campaignFrame(
    view,
    "Evidence",
    html`<p class="hint">
        The same files as <code>countersign review report</code> writes: a PDF, lists of everything, and a
        manifest with their digests. Journal and ledger are compared first.
      </p>
      ${trouble !== undefined && note("bad", html`<p>It could not be made: ${trouble}</p>`)}
      ${
        making
          ? note(
              "warn",
              html`<p>
                It is being made. Of a large campaign that takes minutes. <a href="${path}">Look again</a>.
              </p>`,
            )
          : made?.current !== true &&
            form(visit, path, submit(made === undefined ? "Make the evidence" : "Make it again, of now"))
      }
      ${
        made !== undefined &&
        html`<p>
            Made ${moment(made.at)}.
            ${!made.current && html`Something happened since, in this campaign or another: it tells of before.`}
          </p>
          ${table({
            caption: "Files of the evidence",
            columns: ["File", "Bytes", "SHA-256"],
            rows: made.files.map(({ file, bytes, sha256 }) => ({
              cells: [
                html`<a href="${path}/${file}">${file}</a>`,
                number(bytes),
                html`<code class="digest">${sha256}</code>`,
              ],
            })),
            empty: "There are no files.",
          })}
          <p class="hint">
            With all files in one directory, <code>sha256sum -c MANIFEST.sha256</code> checks them.
          </p>`
      }`,
  );
}
