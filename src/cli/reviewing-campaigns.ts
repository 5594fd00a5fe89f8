import { EXIT, counted, type ExitCode } from "../base/index.ts";
import {
  askedManagementText,
  isOverdue,
  unsignedText,
  reminderDue,
  type CampaignAct,
  type CampaignSummary,
  type CampaignView,
  type ReviewerProgress,
  type RevocationState,
} from "../review/index.ts";
import type { Environment } from "./environment.ts";
import { notifyAfter, NOTHING_TO_TELL } from "./reviewing-notices.ts";
import { table, wrapped } from "./output.ts";
import { requireFrameworks } from "./review-settings.ts";
import { frameworkIds } from "./rulebook.ts";
import {
  atDesk,
  busy,
  done,
  everyRow,
  progressText,
  told,
  type AtDesk,
  type ReviewOptions,
} from "./reviewing.ts";

const WIDTH = 120;

/** Makes a campaign of the newest snapshot; nobody is asked until it is opened. */
export async function startCampaign(
  environment: Environment,
  template: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor, opened }) => {
    // A framework that a template names by mistake would be frozen with the campaign.
    requireFrameworks(opened.config, await frameworkIds());
    const id = await busy(
      environment,
      "Making the population",
      async () => await desk.running.start(actor, template),
    );
    const view = await desk.reading.campaign(actor, id);
    const { population, snapshot_id } = view.campaign;
    const gaps = population.complete ? "" : `; ${counted(population.gap_count, "gap")} may hide some`;
    told(
      environment,
      options,
      { campaign_id: id, snapshot_id, population, unassigned: view.unassigned },
      [
        `${id}: ${counted(population.item_count, "item")} of snapshot ${snapshot_id}${gaps}.\n`,
        ...(population.unfitting ?? []).map((word) => `Of the scope, ${word}\n`),
        unassignedText(view),
        managementText(view),
        `Nobody is asked yet: countersign review open ${id}\n`,
      ].join(""),
    );
    return EXIT.pass;
  });
}

export async function listCampaigns(environment: Environment, options: ReviewOptions): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const campaigns = await desk.reading.campaigns(actor);
    told(environment, options, { campaigns }, listText(campaigns));
    return EXIT.pass;
  });
}

function listText(campaigns: readonly CampaignSummary[]): string {
  if (campaigns.length === 0) return "No campaign.\n";
  return table([
    ["campaign", "state", "due", "decided", "waits for you"],
    ...campaigns.map(({ campaign_id, state, due_at = "", all, own }) => [
      campaign_id,
      state.replace("_", " "),
      due_at.slice(0, 10),
      all === undefined ? "" : progressText(all),
      own.total === 0 ? "" : `${own.total - own.done}${state === "created" ? ", once it is open" : ""}`,
    ]),
  ]);
}

/** A campaign's state with what keeps it there. */
interface Status {
  readonly view: CampaignView;
  readonly behind: readonly ReviewerProgress[];
  readonly overdue: boolean;
  readonly overdue_revocations: number;
  /** In words, what is missing for the next step; empty: nothing but the step itself. */
  readonly blocking: readonly string[];
  /** What is to be done next, with its command; absent of a closed one. */
  readonly next?: string;
}

/** Where campaigns are. Ends with 1 where something is overdue, or revoked access is still there. */
export async function showStatus(
  environment: Environment,
  campaign: string | undefined,
  options: ReviewOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async (at) => {
    const { desk, actor } = at;
    const closed = new Set<string>();
    const ids: string[] = [];
    for (const { campaign_id, state } of await desk.reading.campaigns(actor)) {
      if (campaign !== undefined && campaign !== campaign_id) continue;
      ids.push(campaign_id);
      if (state === "closed" && campaign === undefined) closed.add(campaign_id);
    }
    if (campaign !== undefined && ids.length === 0) ids.push(campaign);
    const all: Status[] = [];
    for (const id of ids) {
      const status = await statusOf(at, id, environment.ports.clock.now().toISOString());
      // A closed one is of interest as long as what it revoked is not gone.
      if (!closed.has(id) || isMissing(status.view)) all.push(status);
    }
    const exit = all.some(isBad) ? EXIT.violations : EXIT.pass;
    const text = all.length === 0 ? "No campaign is running.\n" : all.map(statusText).join("\n");
    told(environment, options, { campaigns: all.map(statusJson), exit }, text);
    return exit;
  });
}

function isMissing({ revocations: { open, still_reachable, unverifiable } }: CampaignView): boolean {
  return open + still_reachable + unverifiable > 0;
}

function isBad({ view, overdue, overdue_revocations }: Status): boolean {
  return overdue || overdue_revocations > 0 || view.revocations.still_reachable > 0;
}

async function statusOf({ desk, actor }: AtDesk, id: string, now: string): Promise<Status> {
  const view = await desk.reading.campaign(actor, id);
  const { campaign } = view;
  const seesAll = view.summary.all !== undefined;
  const reviewers = seesAll
    ? await everyRow(async (page) => await desk.people.reviewers(actor, id, page))
    : [];
  // Before the first day of reminding nobody is late: a campaign of yesterday has everybody's items open.
  const isLate = campaign.state === "in_review" && reminderDue(campaign, now) !== undefined;
  const behind = isLate ? reviewers.filter(({ progress }) => progress.done < progress.total) : [];
  const revocations = seesAll
    ? await everyRow(async (page) => await desk.reading.revocations(actor, id, page))
    : [];
  const overdue_revocations = revocations.filter(({ revocation }) => isOverdue(revocation, now)).length;
  const overdue = campaign.state === "in_review" && campaign.due_at !== undefined && campaign.due_at < now;
  return { view, behind, overdue, overdue_revocations, ...nextStep(view, overdue) };
}

function nextStep(view: CampaignView, overdue: boolean): Pick<Status, "blocking" | "next"> {
  const { campaign, states, unassigned } = view;
  const { campaign_id: id, sign_off, acknowledgement } = campaign;
  const management = view.asked_management ?? [];
  const { what, fix } = askedManagementText(management);
  const nobody = [
    ...(unassigned === 0
      ? []
      : [`${counted(unassigned, "item")} nobody could be found for: review reassign`]),
    ...(management.length === 0 ? [] : [`somebody who acknowledges: ${what}. ${fix}`]),
  ];
  if (campaign.state === "created") return { blocking: nobody, next: `countersign review open ${id}` };
  if (campaign.state === "closed") {
    return isMissing(view) ? { blocking: [], next: removing(id) } : { blocking: [] };
  }
  if (campaign.state === "in_review") {
    const waiting = states.open + states.second_reviewer + states.security;
    const wait = `${counted(waiting, "item")} without all decisions${overdue ? "; past the due date it can end incomplete" : ""}`;
    return {
      blocking: [...(waiting === 0 ? [] : [wait]), ...unsignedWhy(view, overdue), ...nobody],
      next:
        overdue || (waiting === 0 && (view.unsigned ?? []).length === 0)
          ? `countersign review end ${id}`
          : `reviewers decide and sign off (countersign review items ${id} --mine, review sign-off ${id} --mine); then countersign review end ${id}`,
    };
  }
  if (sign_off === undefined) {
    return {
      blocking: ["compliance has not signed the result off", ...nobody],
      next: `${isMissing(view) ? `${removing(id)}; then ` : ""}countersign review sign-off ${id} --statement …`,
    };
  }
  return acknowledgement === undefined
    ? {
        blocking: ["management has not acknowledged the result", ...nobody],
        next: `countersign review acknowledge ${id} --statement …`,
      }
    : { blocking: [], next: `countersign review close ${id}` };
}

/** How what was revoked comes to be gone, and to be known as gone. */
function removing(id: string): string {
  return `countersign review tickets ${id} --out tickets, carry them out, countersign collect, countersign review verify ${id}`;
}

function unsignedWhy({ campaign, unsigned = [] }: CampaignView, overdue: boolean): string[] {
  if (unsigned.length === 0) return [];
  const late = overdue ? "; past the due date it can end without" : "";
  return [
    `not signed off by who decided: ${unsignedText(unsigned)}: countersign review sign-off ${campaign.campaign_id} --mine${late}`,
  ];
}

function statusJson({ view, ...rest }: Status): object {
  const { campaign, summary, states, unassigned, revocations, may } = view;
  const { campaign_id, state, due_at, remediation_due_at, snapshot_id, as_of } = campaign;
  const own = { own: summary.own, ...(summary.all === undefined ? {} : { all: summary.all }) };
  const { complete } = campaign.population;
  return {
    ...{ campaign_id, state, snapshot_id, as_of, due_at, remediation_due_at, complete },
    ...{ ...own, states, unassigned, revocations, may, unsigned: view.unsigned ?? [] },
    ...rest,
  };
}

const REVOCATION_WORDS: Readonly<Record<RevocationState, string>> = {
  open: "open",
  removed: "removed",
  still_reachable: "still reachable",
  unverifiable: "not to be verified",
};

function statusText({ view, behind, overdue, overdue_revocations, blocking, next }: Status): string {
  const { campaign, summary, revocations } = view;
  const { campaign_id, state, due_at, remediation_due_at, population } = campaign;
  const due = state === "in_remediation" ? remediation_due_at : due_at;
  const told = revocationWords(revocations);
  return [
    `${campaign_id}: ${state.replace("_", " ")}${due === undefined ? "" : `, due ${due}`}${overdue ? ", OVERDUE" : ""}\n`,
    ...(population.complete
      ? []
      : [`  the population is not complete: ${counted(population.gap_count, "gap")}\n`]),
    ...(summary.all === undefined ? [] : [`  decided: ${progressText(summary.all)}\n`]),
    ...(summary.own.total === 0
      ? []
      : [
          `  ${state === "created" ? "waits for you once it is open" : "waits for you"}: ${counted(summary.own.total - summary.own.done, "item")}\n`,
        ]),
    ...behind.map(
      ({ reviewer, progress, rubber_stamp }) =>
        `  behind: ${reviewer}, ${progressText(progress)}${rubber_stamp ? "; decides as if by rubber stamp" : ""}\n`,
    ),
    ...(told === "" ? [] : [`  revocations: ${told}\n`]),
    ...(overdue_revocations === 0
      ? []
      : [`  past their due date: ${counted(overdue_revocations, "revocation")}\n`]),
    ...blocking.map((why) => wrapped(`missing: ${why}`, WIDTH, "  ")),
    ...(next === undefined ? [] : [`  next: ${next}\n`]),
  ].join("");
}

/** Told before anybody decides: it is easily mended then. */
function managementText({ asked_management = [] }: CampaignView): string {
  if (asked_management.length === 0) return "";
  const { what, fix } = askedManagementText(asked_management);
  return `Nobody will be able to acknowledge the result: ${what}. ${fix}\n`;
}

function unassignedText({ unassigned }: CampaignView): string {
  return unassigned === 0
    ? ""
    : `Nobody could be found for ${counted(unassigned, "item")}: review reassign, or review.fallback.\n`;
}

/** Which campaigns are due by the schedule. Ends with 1 where one is. */
export async function showDue(environment: Environment, options: ReviewOptions): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const due = await desk.schedule.due(actor);
    const exit = due.length > 0 ? EXIT.violations : EXIT.pass;
    const lines = due.map(({ campaign_id, due_at, missed_count, last_campaign_id }) => {
      const missed = missed_count === 0 ? "" : `, ${counted(missed_count, "period")} missed before it`;
      const last = last_campaign_id === undefined ? "there was none yet" : `the last was ${last_campaign_id}`;
      return `${campaign_id}: due since ${due_at.slice(0, 10)}${missed}; ${last}\n`;
    });
    told(environment, options, { due, exit }, lines.length === 0 ? "Nothing is due.\n" : lines.join(""));
    return exit;
  });
}

const SAID: Readonly<Record<CampaignAct, string>> = {
  open: "opened: reviewers decide from now on",
  remind: "reminded, as the journal says",
  refresh: "compared with the newest snapshot",
  end_review: "review ended: what was revoked is to be removed",
  verify: "revocations compared with the newest snapshot",
  sign_off: "result signed off",
  acknowledge: "acknowledged by management",
  close: "closed",
};

/** Acts after which somebody is to be told. */
const TELLING: readonly CampaignAct[] = ["end_review", "remind"];

/** One step of a campaign, on the campaign as it is now. */
export async function actOnCampaign(
  environment: Environment,
  campaign: string,
  act: CampaignAct,
  options: ReviewOptions & { readonly statement?: string },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { version } = (await desk.reading.campaign(actor, campaign)).campaign;
    await busy(environment, "Working", async () => {
      await desk.running.act(actor, campaign, act, version, options.statement);
    });
    const view = await desk.reading.campaign(actor, campaign);
    const { state } = view.campaign;
    const value = { campaign_id: campaign, act, state, states: view.states, revocations: view.revocations };
    const notified = TELLING.includes(act)
      ? await notifyAfter(environment, { desk, actor })
      : NOTHING_TO_TELL;
    const looked = act === "verify" ? verifiedOf(view) : { text: "", exit: EXIT.pass };
    const { text } = notified;
    const exit = notified.exit === EXIT.pass ? looked.exit : notified.exit;
    const warned = act === "open" ? managementText(view) : "";
    told(
      environment,
      options,
      { ...value, ...notified.value, exit },
      `${campaign}: ${SAID[act]}.\n${looked.text}${warned}${text}`,
    );
    return exit;
  });
}

/** What a verification found: 1 where revoked access is still there, 3 where that cannot be told. */
function verifiedOf({ revocations }: CampaignView): { readonly text: string; readonly exit: ExitCode } {
  const text = `  revocations: ${revocationWords(revocations) || "none"}\n`;
  if (revocations.still_reachable > 0) return { text, exit: EXIT.violations };
  return { text, exit: revocations.unverifiable > 0 ? EXIT.incomplete : EXIT.pass };
}

/** How many are in which state, e.g. `2 removed, 1 still reachable`. */
function revocationWords(revocations: CampaignView["revocations"]): string {
  return Object.entries(REVOCATION_WORDS)
    .map(([key, words]) => [revocations[key as RevocationState], words] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${count} ${words}`)
    .join(", ");
}

/** A reviewer's name under what they decided, or compliance's under the result. */
export async function signOff(
  environment: Environment,
  campaign: string,
  options: ReviewOptions & { readonly statement: string; readonly mine?: boolean },
): Promise<ExitCode> {
  if (options.mine !== true) return await actOnCampaign(environment, campaign, "sign_off", options);
  return await atDesk(environment, options, async ({ desk, actor }) => {
    await desk.deciding.signOffOwn(actor, campaign, options.statement);
    return done(
      environment,
      options,
      { campaign_id: campaign, signed_off_by: actor.who },
      `${campaign}: your decisions are signed off.`,
    );
  });
}
