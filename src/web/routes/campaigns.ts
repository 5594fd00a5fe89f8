import { CountersignError } from "../../base/index.ts";
import { type Static, Type, closed } from "../../schema/index.ts";
import { ACTS, CAMPAIGN_ACTS, type CampaignAct, type Desk, MAX_SAMPLE, ROLES } from "../../review/index.ts";
import { campaignPage, journalPage, reviewersPage, revocationsPage, startPage } from "../pages/campaign.ts";
import { OVERSIGHT } from "../pages/home.ts";
import { personPage } from "../pages/person.ts";
import { type SamplesShown, type SampleTyped, samplesPage } from "../pages/samples.ts";
import { isMendable, statusOf } from "../refusal.ts";
import {
  CampaignId,
  ItemId,
  Line,
  PageNumber,
  type Route,
  type Told,
  Version,
  type Visit,
  Words,
  go,
  oneOf,
  partOf,
  route,
} from "../route.ts";

const Campaign = closed({ campaign: CampaignId });
const Paged = closed({ page: PageNumber });

const DONE: Readonly<Record<CampaignAct, Told>> = {
  open: "opened",
  remind: "reminded",
  refresh: "refreshed",
  end_review: "review_ended",
  verify: "verified",
  sign_off: "result_signed_off",
  acknowledge: "acknowledged",
  close: "closed",
};

function troubleOf({ message, fix }: CountersignError) {
  return { message, fix };
}

async function samplesShown(
  { web, actor, params }: Visit<Static<typeof Campaign>>,
  number: number,
): Promise<SamplesShown> {
  const view = await web.desk.campaign(actor, params.campaign);
  const list = await web.desk.journal(actor, params.campaign, { ...partOf(number), kind: "sampled" });
  return { view, page: number, list };
}

/** By a word and a number, or by ids: one of them. */
function sampleOf({ nonce, size, ids }: SampleTyped): Parameters<Desk["sample"]>[2] {
  if (ids !== undefined && nonce === undefined && size === undefined) {
    const lines = ids.split(/\s+/).filter((line) => line !== "");
    return { ids: lines };
  }
  if (ids === undefined && nonce !== undefined && size !== undefined) return { nonce, size };
  throw new CountersignError("E_INPUT", "Give a word and a number of items, or ids of items.");
}

export const CAMPAIGN_ROUTES: readonly Route[] = [
  route("GET", "/start", {
    action: "campaign.start_page",
    access: ["compliance"],
    handle: async (visit) => startPage(visit, await visit.web.desk.templates(visit.actor)),
  }),
  route("POST", "/start", {
    action: "campaign.start",
    access: ["compliance"],
    body: closed({ template: Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,63}$" }) }),
    async handle(visit) {
      const { web, actor, body } = visit;
      try {
        return go(`/campaigns/${await web.desk.start(actor, body.template)}`, "started");
      } catch (error) {
        if (!isMendable(error)) throw error;
        return startPage(visit, await web.desk.templates(actor), troubleOf(error), statusOf(error));
      }
    },
  }),
  route("GET", "/campaigns/:campaign", {
    action: "campaign.page",
    access: OVERSIGHT,
    params: Campaign,
    handle: async (visit) =>
      campaignPage(visit, await visit.web.desk.campaign(visit.actor, visit.params.campaign)),
  }),
  route("POST", "/campaigns/:campaign/acts/:act", {
    action: "campaign.act",
    access: [...ACTS.run_campaign, ...ACTS.acknowledge],
    params: closed({ campaign: CampaignId, act: oneOf(CAMPAIGN_ACTS) }),
    body: closed({ version: Version, statement: Type.Optional(Words) }),
    async handle(visit) {
      const { web, actor, params, body } = visit;
      try {
        await web.desk.act(actor, params.campaign, params.act, body.version, body.statement);
      } catch (error) {
        if (!isMendable(error)) throw error;
        return campaignPage(
          visit,
          await web.desk.campaign(actor, params.campaign),
          troubleOf(error),
          statusOf(error),
        );
      }
      return go(`/campaigns/${params.campaign}`, DONE[params.act]);
    },
  }),
  route("GET", "/campaigns/:campaign/reviewers", {
    action: "campaign.reviewers",
    access: OVERSIGHT,
    params: Campaign,
    query: Paged,
    async handle({ web: { desk }, actor, params, query }) {
      const view = await desk.campaign(actor, params.campaign);
      return reviewersPage(
        view,
        query.page,
        await desk.reviewers(actor, params.campaign, partOf(query.page)),
      );
    },
  }),
  route("GET", "/campaigns/:campaign/person", {
    action: "campaign.person",
    access: ROLES,
    params: Campaign,
    query: closed({
      id: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
      email: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
    }),
    async handle({ web: { desk }, actor, params, query: { id, email } }) {
      const asked = id !== undefined ? { id } : email !== undefined ? { email } : undefined;
      if (asked === undefined) throw new CountersignError("E_NOT_FOUND", "expected a person, got nobody");
      return personPage(await desk.person(actor, params.campaign, asked));
    },
  }),
  route("GET", "/campaigns/:campaign/revocations", {
    action: "campaign.revocations",
    access: OVERSIGHT,
    params: Campaign,
    query: Paged,
    async handle(visit) {
      const {
        web: { desk },
        actor,
        params,
        query,
      } = visit;
      const view = await desk.campaign(actor, params.campaign);
      return revocationsPage(
        visit,
        view,
        query.page,
        await desk.revocations(actor, params.campaign, partOf(query.page)),
      );
    },
  }),
  route("POST", "/campaigns/:campaign/revocations/:item/ticket", {
    action: "revocation.ticket",
    access: ACTS.ticket,
    params: closed({ campaign: CampaignId, item: ItemId }),
    body: closed({ version: Version, reference: Line }),
    async handle(visit) {
      const {
        web: { desk },
        actor,
        params,
        body,
      } = visit;
      try {
        await desk.noteTicket(actor, params.campaign, params.item, body.version, body.reference);
      } catch (error) {
        if (!isMendable(error)) throw error;
        const view = await desk.campaign(actor, params.campaign);
        const list = await desk.revocations(actor, params.campaign, partOf(1));
        return revocationsPage(visit, view, 1, list, troubleOf(error), statusOf(error));
      }
      return go(`/campaigns/${params.campaign}/revocations`, "ticket_noted");
    },
  }),
  route("GET", "/campaigns/:campaign/samples", {
    action: "campaign.samples",
    access: OVERSIGHT,
    params: Campaign,
    query: Paged,
    handle: async (visit) => samplesPage(visit, await samplesShown(visit, visit.query.page)),
  }),
  route("POST", "/campaigns/:campaign/samples", {
    action: "campaign.sample",
    access: ACTS.sample,
    params: Campaign,
    body: closed({
      nonce: Type.Optional(Line),
      size: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SAMPLE })),
      ids: Type.Optional(Type.String({ maxLength: 40 * MAX_SAMPLE })),
    }),
    async handle(visit) {
      const { web, actor, params, body } = visit;
      try {
        await web.desk.sample(actor, params.campaign, sampleOf(body));
      } catch (error) {
        if (!isMendable(error)) throw error;
        const shown = await samplesShown(visit, 1);
        return samplesPage(visit, { ...shown, trouble: troubleOf(error), typed: body }, statusOf(error));
      }
      return go(`/campaigns/${params.campaign}/samples`, "sampled");
    },
  }),
  route("GET", "/campaigns/:campaign/journal", {
    action: "campaign.journal",
    access: OVERSIGHT,
    params: Campaign,
    query: Paged,
    async handle({ web: { desk }, actor, params, query }) {
      const view = await desk.campaign(actor, params.campaign);
      return journalPage(view, query.page, await desk.journal(actor, params.campaign, partOf(query.page)));
    },
  }),
];
