import { ACTS, type CampaignSummary } from "../../review/index.ts";
import { type Html, html } from "../html.ts";
import { type PageAnswer, type Visit, page } from "../route.ts";
import { CAMPAIGN_STATE } from "../words.ts";
import { badge, day, facts, named, note, progress } from "./parts.ts";

/** Who sees whole campaigns, not only their own items. */
export const OVERSIGHT = ACTS.read_all;

export function overlooks({ actor }: Visit): boolean {
  return OVERSIGHT.some((role) => actor.roles.includes(role));
}

export function homePage(visit: Visit, campaigns: readonly CampaignSummary[]): PageAnswer {
  const running = campaigns.filter(({ state }) => state !== "closed");
  const closed = campaigns.filter(({ state }) => state === "closed");
  return page(
    "Access reviews",
    html`${visit.actor.roles.includes("compliance") && html`<p><a class="button" href="/start">Start a campaign</a></p>`}
    ${
      running.length === 0
        ? html`<p class="empty">No review is running that you have a part in.</p>`
        : html`<h2>Running</h2>
            ${running.map((campaign) => card(visit, campaign))}`
    }
    ${
      closed.length > 0 &&
      html`<h2>Closed</h2>
        ${closed.map((campaign) => card(visit, campaign))}`
    }`,
  );
}

function card(visit: Visit, campaign: CampaignSummary): Html {
  const { campaign_id, title, state, due_at, as_of, own, all, own_signed_off_at } = campaign;
  const path = `/campaigns/${campaign_id}`;
  const late =
    state === "in_review" &&
    due_at !== undefined &&
    own.done < own.total &&
    due_at < visit.web.clock.now().toISOString();
  return html`<section class="card" aria-labelledby="${campaign_id}">
    <h3 id="${campaign_id}">
      <a href="${own.total > 0 ? `${path}/items` : overlooks(visit) ? path : `${path}/items`}"
        >${named(title)}</a
      >
    </h3>
    <p>${badge(CAMPAIGN_STATE[state])} ${late && badge(["overdue", "bad"])}</p>
    ${facts([
      ["Access as of", day(as_of)],
      ["Due", due_at === undefined ? undefined : day(due_at)],
      ["Your items", own.total === 0 ? "none" : progress(own.done, own.total, "items")],
      [
        "Your list",
        own_signed_off_at === undefined ? undefined : html`signed off on ${day(own_signed_off_at)}`,
      ],
      ["All items", all && progress(all.done, all.total, "items")],
    ])}
    ${
      state === "in_review" && own.total > 0 && own.done === own.total && own_signed_off_at === undefined
        ? note(
            "warn",
            html`You have decided on all your items. <a href="${path}/sign-off">Sign off your list</a>.`,
          )
        : undefined
    }
    <p class="links">
      <a href="${path}/items">Your items<span class="unseen"> of ${title}</span></a>
      ${overlooks(visit) && html`<a href="${path}">The campaign<span class="unseen"> ${title}</span></a>`}
    </p>
  </section>`;
}
