import { counted } from "../../base/index.ts";
import type { CampaignItem } from "../../review/index.ts";
import { type Html, NOTHING, html } from "../html.ts";
import { listed } from "../words.ts";
import { bullets, moment, note } from "./parts.ts";

/** What became of it while the campaign ran: what somebody decided before may be about something else. */
export function meanwhile({ joined_at, changed_at, escalated_at, outcome, widened }: CampaignItem): Html {
  const lines = [
    joined_at !== undefined &&
      html`It joined the campaign on ${moment(joined_at)}, after it was opened: it is not in the sealed
      population.`,
    changed_at !== undefined &&
      html`It changed on ${moment(changed_at)}, during the review: what was decided before does not count, and
      stands in the journal alone.`,
    widened !== undefined &&
      html`Wider since it was revoked: ${counted(widened.secret_count, "secret")}, ${listed(widened.actions)}.
      All of it must go.`,
    escalated_at !== undefined &&
      html`Nobody answered in time: on ${moment(escalated_at)} it went to somebody else.`,
    outcome === "kept" && "Nobody answered, and the campaign’s rule lets the access be. Nobody certified it.",
  ].filter((line) => line !== false);
  return lines.length === 0 ? NOTHING : note("warn", bullets(lines));
}
