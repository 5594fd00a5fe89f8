import type { GrantAction } from "../access/index.ts";
import { CountersignError, EXIT, counted, number, oneLine, type ExitCode } from "../base/index.ts";
import {
  firstSecrets,
  laterText,
  type CampaignItem,
  type Choice,
  type Decision,
  type DecisionKind,
  type ItemPage,
  type ItemState,
  type ReviewItem,
  type Seen,
} from "../review/index.ts";
import type { Environment } from "./environment.ts";
import { table } from "./output.ts";
import { itemText } from "./review-item-text.ts";
import { atDesk, done, everyRow, told, type AtDesk, type ReviewOptions } from "./reviewing.ts";

/** Most rows that are told to a person. */
const MAX_TOLD = 100;

export interface ItemsOptions extends ReviewOptions {
  readonly mine?: boolean;
  readonly state?: ItemState;
  readonly risk?: ReviewItem["risk"];
  readonly reviewer?: string;
  readonly search?: string;
}

/** What is to be decided, the gravest first. */
export async function listItems(
  environment: Environment,
  campaign: string,
  options: ItemsOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { mine, state, risk, reviewer, search } = options;
    const query = {
      whose: mine === true ? ("mine" as const) : ("all" as const),
      sort: "risk" as const,
      ...(state === undefined ? {} : { state }),
      ...(risk === undefined ? {} : { risk }),
      ...(reviewer === undefined ? {} : { reviewer: reviewer.trim().toLowerCase() }),
      ...(search === undefined ? {} : { search }),
    };
    const page = async (of: { offset: number; limit: number }): Promise<ItemPage> =>
      await desk.reading.items(actor, campaign, { ...query, ...of });
    if (options.json === true) {
      const items = await everyRow(page);
      told(environment, options, { total: items.length, items }, "");
    } else {
      const { total, rows } = await page({ offset: 0, limit: MAX_TOLD });
      const more =
        total > rows.length ? `and ${total - rows.length} more: narrow them, or --json has all\n` : "";
      environment.terminal.out(total === 0 ? "No items.\n" : `${itemsText(rows)}${more}`);
    }
    return EXIT.pass;
  });
}

function itemsText(rows: readonly CampaignItem[]): string {
  return table([
    ["item", "risk", "principal", "may", "secrets", "advice", "state", "reviewer"],
    ...rows.map(({ item, state, outcome, reviewer = "nobody" }) => [
      item.item_id,
      item.risk,
      item.principal.person?.name ?? item.principal.name,
      item.actions.join(", "),
      secretsText(item),
      item.recommendation.kind,
      (outcome ?? state).replace("_", " "),
      state === "decided" || state === "gone" ? "" : reviewer,
    ]),
  ]);
}

/** E.g. `12: vault:kv/a, vault:kv/b + 10 more`. */
function secretsText({ secrets }: ReviewItem): string {
  const { first, left } = firstSecrets(secrets);
  return `${number(secrets.count)}: ${first.join(", ")}${left > 0 ? ` + ${number(left)} more` : ""}`;
}

/** One item, as it is decided on: path, use, advice, and what may not be decided. */
export async function showItem(
  environment: Environment,
  campaign: string,
  named: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const item = await desk.reading.itemId(actor, campaign, named);
    const view = await desk.reading.item(actor, campaign, item);
    const secrets = await everyRow(async (page) => await desk.reading.secrets(actor, campaign, item, page));
    told(environment, options, { ...view, secrets }, itemText(view, secrets));
    return EXIT.pass;
  });
}

export interface DecideOptions extends ReviewOptions {
  readonly certify?: boolean;
  readonly revoke?: boolean;
  /** Actions that may stay. */
  readonly reduceTo?: readonly GrantAction[];
  /** Secrets that go. */
  readonly without?: readonly string[];
  /** An instant. */
  readonly until?: string;
  readonly because?: string;
  /** Digest, or its beginning, of the item as it was shown. */
  readonly seen?: string;
}

/** Decides on an item as it is now, or as it was shown where --seen says so. E_CONFLICT, E_REVIEW, E_FORBIDDEN. */
export async function decideItem(
  environment: Environment,
  campaign: string,
  item: string,
  options: DecideOptions,
): Promise<ExitCode> {
  const choice = choiceOf(options);
  return await atDesk(environment, options, async (at) => {
    const seen = await seenNow(at, campaign, item, options.seen);
    await at.desk.deciding.decide(at.actor, campaign, seen, choice, "cli");
    const id = seen.item_id;
    const { item: found } = await at.desk.reading.item(at.actor, campaign, id);
    const value = { campaign_id: campaign, ...seen, choice, state: found.state, outcome: found.outcome };
    const next = {
      open: "",
      decided: "",
      gone: "",
      second_reviewer: "; another reviewer must decide too",
      security: "; security must decide too",
    }[found.state];
    const { principal, secrets } = found.item;
    const what = `${oneLine(principal.name)}, ${counted(secrets.count, "secret")}`;
    return done(
      environment,
      options,
      value,
      `${id} (${what}): ${recordedText(found.decisions, choice)}${next}.`,
    );
  });
}

/** Who certifies what somebody reduced or limited does not overrule it: what is recorded says so. */
function recordedText(decisions: readonly Decision[], { kind }: Choice): string {
  const last = decisions.at(-1);
  const said = last === undefined ? "" : laterText(last, decisions.slice(0, -1));
  return said.startsWith("agreed") ? said : `${kind.replace("_", " ")} is recorded`;
}

function choiceOf({ certify, revoke, reduceTo, without, until, because }: DecideOptions): Choice {
  const isReduced = reduceTo !== undefined || without !== undefined;
  const named: DecisionKind[] = [
    ...(certify === true ? ["certify" as const] : []),
    ...(revoke === true ? ["revoke" as const] : []),
    ...(isReduced ? ["reduce" as const] : []),
    ...(until !== undefined && !isReduced ? ["time_limit" as const] : []),
  ];
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    throw new CountersignError(
      "E_USAGE",
      `expected one decision, got ${named.length === 0 ? "none" : named.join(" and ")}`,
      {
        fix: "Write --certify, --revoke, --until <day>, or --reduce-to and --without.",
      },
    );
  }
  return {
    kind,
    ...(because === undefined ? {} : { justification: because }),
    ...(until === undefined ? {} : { until }),
    ...(reduceTo === undefined ? {} : { keep_actions: reduceTo }),
    ...(without === undefined ? {} : { revoke_secrets: without }),
  };
}

/** The item as it is now, held against what was shown before. */
async function seenNow(
  { desk, actor }: AtDesk,
  campaign: string,
  named: string,
  shown?: string,
): Promise<Seen> {
  const id = await desk.reading.itemId(actor, campaign, named);
  const { item } = await desk.reading.item(actor, campaign, id);
  const { version, seen_sha256 } = item;
  if (shown !== undefined && !seen_sha256.startsWith(shown.toLowerCase())) {
    throw new CountersignError(
      "E_CONFLICT",
      `expected the item that begins with ${shown}, got ${seen_sha256}`,
      {
        fix: "Its access changed since you saw it. Look at it again (review show). Nothing was recorded.",
      },
    );
  }
  return { item_id: id, version, seen_sha256 };
}

/** Takes back one's own decision, until it is signed off. */
export async function undoDecision(
  environment: Environment,
  campaign: string,
  item: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async (at) => {
    const seen = await seenNow(at, campaign, item);
    await at.desk.deciding.undo(at.actor, campaign, seen);
    const { item_id } = seen;
    return done(
      environment,
      options,
      { campaign_id: campaign, item_id },
      `${item_id}: taken back, which the journal keeps.`,
    );
  });
}

export interface HandOptions extends ReviewOptions {
  readonly to: string;
  readonly because: string;
}

/** Somebody else is asked: by the reviewer (`hand_on`), or by who runs the campaign (`reassign`). */
export async function handItem(
  environment: Environment,
  campaign: string,
  item: string,
  act: "hand_on" | "reassign",
  options: HandOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async (at) => {
    const seen = await seenNow(at, campaign, item);
    const { deciding } = at.desk;
    if (act === "hand_on") await deciding.handOn(at.actor, campaign, seen, options.to, options.because);
    else await deciding.reassign(at.actor, campaign, seen, options.to, options.because);
    const to = options.to.trim().toLowerCase();
    return done(
      environment,
      options,
      { campaign_id: campaign, item_id: seen.item_id, to },
      `${seen.item_id}: ${to} is asked now.`,
    );
  });
}
