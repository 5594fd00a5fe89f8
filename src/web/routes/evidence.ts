import { ACTS } from "../../review/index.ts";
import { Type, closed } from "../../schema/index.ts";
import { evidencePage } from "../pages/evidence.ts";
import type { Reports } from "../ports.ts";
import { Refusal } from "../refusal.ts";
import { CampaignId, type Route, type Web, go, route } from "../route.ts";

const Campaign = closed({ campaign: CampaignId });

function reportsOf({ reports }: Web): Reports {
  if (reports === undefined)
    throw new Refusal(404, "not_found", "No evidence is to be had from this server.");
  return reports;
}

export const EVIDENCE_ROUTES: readonly Route[] = [
  route("GET", "/campaigns/:campaign/evidence", {
    action: "evidence.page",
    access: ACTS.export_evidence,
    params: Campaign,
    async handle(visit) {
      const { web, actor, params } = visit;
      const view = await web.desk.campaign(actor, params.campaign);
      return evidencePage(visit, view, await reportsOf(web).evidence(actor, params.campaign));
    },
  }),
  route("POST", "/campaigns/:campaign/evidence", {
    action: "evidence.make",
    access: ACTS.export_evidence,
    params: Campaign,
    async handle({ web, actor, params }) {
      // Whoever may not see the campaign learns nothing of it.
      await web.desk.campaign(actor, params.campaign);
      await reportsOf(web).make(actor, params.campaign);
      return go(`/campaigns/${params.campaign}/evidence`, "evidence_asked");
    },
  }),
  route("GET", "/campaigns/:campaign/evidence/:file", {
    action: "evidence.file",
    access: ACTS.export_evidence,
    audited: true,
    params: closed({
      campaign: CampaignId,
      file: Type.String({ pattern: "^[A-Za-z][A-Za-z0-9._-]{0,79}$" }),
    }),
    async handle({ web, actor, params }) {
      await web.desk.campaign(actor, params.campaign);
      return {
        kind: "file",
        keep: false,
        file: await reportsOf(web).file(actor, params.campaign, params.file),
      };
    },
  }),
];
