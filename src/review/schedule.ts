import type { Instant } from "../base/index.ts";
import { CADENCES, type Cadence, type Campaign, type CampaignTerms } from "./model.ts";

/** The period that an instant is in, in UTC: `2026-11`, `2026-q4`, `2026-h2`, `2026`. Of a template without a cadence its day. */
export function periodOf(at: Instant, every: Cadence | undefined): string {
  if (every === undefined) return at.slice(0, 10);
  const [year, month] = [at.slice(0, 4), Number(at.slice(5, 7))];
  const part = Math.ceil(month / CADENCES[every]);
  switch (every) {
    case "month":
      return at.slice(0, 7);
    case "quarter":
      return `${year}-q${part}`;
    case "half_year":
      return `${year}-h${part}`;
    case "year":
      return year;
  }
}

export function campaignId(template: string, at: Instant, every: Cadence | undefined): string {
  return `${template}-${periodOf(at, every)}`;
}

/** When the period begins that an instant is in, in UTC. */
function periodStart(at: Instant, every: Cadence): Instant {
  const months = CADENCES[every];
  const month = Math.floor((Number(at.slice(5, 7)) - 1) / months) * months;
  return new Date(Date.UTC(Number(at.slice(0, 4)), month)).toISOString();
}

function nextPeriod(at: Instant, every: Cadence): Instant {
  const start = new Date(periodStart(at, every));
  return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + CADENCES[every])).toISOString();
}

/** A template whose next campaign should have been made. */
export interface DueCampaign {
  readonly template: string;
  /** Id of the campaign that is missing. */
  readonly campaign_id: string;
  readonly period: string;
  /** Since when it is due: the beginning of the period that comes after the last one's, or of this one where there was none. */
  readonly due_at: Instant;
  /** Periods between the last campaign and this one of which there is none. */
  readonly missed_count: number;
  readonly last_campaign_id?: string;
}

/** What of a campaign the schedule looks at. */
export type Scheduled = Pick<Campaign, "campaign_id" | "created_at"> & {
  readonly terms: Pick<CampaignTerms, "template">;
};

/** Templates with a cadence that have no campaign in the period of `now`, in the order of the templates. */
export function dueCampaigns(
  templates: readonly Pick<CampaignTerms, "every" | "template">[],
  campaigns: Iterable<Scheduled>,
  now: Instant,
): DueCampaign[] {
  const byTemplate = Map.groupBy(campaigns, ({ terms }) => terms.template);
  return templates.flatMap(({ template, every }) => {
    if (every === undefined) return [];
    const [last] = [...(byTemplate.get(template) ?? [])].sort(
      (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at),
    );
    const due_at = last === undefined ? periodStart(now, every) : nextPeriod(last.created_at, every);
    if (Date.parse(due_at) > Date.parse(now)) return [];
    const period = periodOf(now, every);
    return [
      {
        template,
        campaign_id: `${template}-${period}`,
        period,
        due_at,
        missed_count: periodsBetween(due_at, now, every),
        ...(last === undefined ? {} : { last_campaign_id: last.campaign_id }),
      },
    ];
  });
}

/** When a template's next campaign is due; undefined of one without a cadence. */
export function nextDue(
  every: Cadence | undefined,
  lastCreatedAt: Instant | undefined,
  now: Instant,
): Instant | undefined {
  if (every === undefined) return undefined;
  return lastCreatedAt === undefined ? periodStart(now, every) : nextPeriod(lastCreatedAt, every);
}

function periodsBetween(from: Instant, to: Instant, every: Cadence): number {
  const months = (at: Instant): number => Number(at.slice(0, 4)) * 12 + Number(at.slice(5, 7)) - 1;
  return (
    Math.floor(months(periodStart(to, every)) / CADENCES[every]) - Math.floor(months(from) / CADENCES[every])
  );
}
