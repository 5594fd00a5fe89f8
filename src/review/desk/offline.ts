import { canonicalJson, counted, CountersignError, type Instant } from "../../base/index.ts";
import { MAX_PAGE } from "../../state/index.ts";
import { decide } from "../deciding/decide.ts";
import { refuseHanding, secondsBetween, type DeskDeciding } from "./deciding.ts";
import { isAmong } from "../deciding/same-person.ts";
import { askedAs, maySee, notThere, type DeskState, type PlacedItem } from "./ports.ts";
import { WAITING } from "./reading.ts";
import { decisionText, entry } from "../record/entries.ts";
import type { Campaign, CampaignItem, Choice, Decision } from "../model.ts";
import {
  alikeFault,
  answerOf,
  editedCell,
  type Answered,
  type OfflineItem,
  type OfflineRow,
  type RowFault,
  MAX_OFFLINE_ROWS,
} from "../paper/offline.ts";
import { itemOf, itemRow } from "../record/records.ts";
import { refusal } from "../deciding/refusal.ts";
import { mayDo, type Actor } from "../roles.ts";
import type { ExportFormat, FileOut, OfflineResult, RefusedRow, Seen } from "../views.ts";

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

/** Decisions of one transaction. */
const CHUNK = 500;

/** A row with an answer, and the item that it is about as it is now. */
interface Row {
  readonly row: OfflineRow;
  readonly answered: Extract<Answered, { is: "choice" | "hand_on" }>;
  readonly placed: PlacedItem;
  readonly secrets: readonly string[];
}

/** A decision that may be recorded. */
interface Made {
  readonly row: OfflineRow;
  readonly choice: Choice;
  readonly placed: PlacedItem;
}

/** Readers and writers of spreadsheets, which few commands need. */
const sheets = async () => await import("../paper/offline-files.ts");

/** Deciding in a spreadsheet: items out, answers back. */
export class DeskOffline {
  readonly #desk: DeskState;
  readonly #deciding: DeskDeciding;

  constructor(desk: DeskState, deciding: DeskDeciding) {
    this.#desk = desk;
    this.#deciding = deciding;
  }

  /**
   * What waits for the actor, a row an item. From then on it counts as shown: decisions tell how long somebody considered. E_LIMIT above
   * `MAX_OFFLINE_ROWS`.
   */
  async exportItems(actor: Actor, id: string, format: ExportFormat): Promise<FileOut> {
    this.#desk.require(actor, "export_own");
    await this.#part(actor, id);
    const campaign = await this.#open(id);
    const { state } = this.#desk.ports;
    const secretsOf = this.#secretsOf();
    const items: OfflineItem[] = [];
    for await (const row of state.everyItem({ campaign_id: id, reviewer: askedAs(actor), state: WAITING })) {
      const found = itemOf(row);
      if (
        isAmong(
          actor,
          found.decisions.map(({ by }) => by),
        )
      )
        continue;
      if (items.length >= MAX_OFFLINE_ROWS) {
        throw new CountersignError("E_LIMIT", `expected at most ${MAX_OFFLINE_ROWS} items, got more`, {
          fix: "Decide on a part of them on the page, or ask compliance to assign some to others.",
        });
      }
      items.push({ found, secrets: await secretsOf(found) });
    }
    const at = this.#desk.now();
    const { writeOffline } = await sheets();
    for (const part of chunks(items, CHUNK))
      await state.web.shown(
        id,
        part.map(({ found }) => found.item.item_id),
        actor.who,
        at,
      );
    return {
      name: `${id}-items.${format}`,
      type: TYPES[format],
      bytes: await writeOffline(format, items, helpOf(campaign)),
    };
  }

  /**
   * Takes answers back: each row is judged as on the page, good ones are recorded, the others told with what is wrong. Rows that say the
   * same are one act of as many items (`bulk_size`), and all of a file are of one instant: the pace of a reviewer shows either way.
   * `dryRun`: nothing is recorded. E_INPUT where the file is no such list. Nothing of it is read for somebody who has no items there.
   */
  async importDecisions(
    actor: Actor,
    id: string,
    format: ExportFormat,
    bytes: Uint8Array,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<OfflineResult> {
    this.#desk.require(actor, "decide");
    const own = await this.#part(actor, id);
    const campaign = await this.#open(id);
    if (own === 0) {
      const fix =
        "Decide on the page of an item that is asked of you, or let the reviewer give the file back.";
      throw refusal(`a reviewer of ${id}`, "somebody who has no items there", fix);
    }
    const refused: RefusedRow[] = [];
    const { readOffline } = await sheets();
    const read = await readOffline(format, bytes);
    const { rows, skipped } = await this.#answered(actor, campaign, read, refused);
    const at = this.#desk.now();
    const made = await this.#made(actor, campaign, rows, format, at, refused);
    const accepted = dryRun ? made.length : await this.#record(actor, id, made, at, refused);
    let handed_on = 0;
    for (const one of rows) {
      if (one.answered.is === "hand_on" && (await this.#hand(actor, campaign, one, dryRun, refused)))
        handed_on += 1;
    }
    refused.sort((a, b) => a.row - b.row);
    return { accepted, handed_on, skipped, refused, dry_run: dryRun };
  }

  /** How many items the actor has or had to decide on. E_NOT_FOUND for who has none and may not see others': they learn of no campaign. */
  async #part(actor: Actor, id: string): Promise<number> {
    const filter = { campaign_id: id, reviewer: askedAs(actor) };
    const [own] = await this.#desk.ports.state.counts(filter, []);
    const count = own?.count ?? 0;
    if (count === 0 && !mayDo(actor, "read_all")) throw notThere("campaign", id);
    return count;
  }

  async #open(id: string): Promise<Campaign> {
    const campaign = await this.#desk.campaign(id);
    if (campaign.state === "in_review") return campaign;
    throw refusal(
      "a campaign in review",
      `${id}, which is ${campaign.state}`,
      "Compliance opens and ends reviews.",
    );
  }

  /** The rows that say something about items as they are, each item once. */
  async #answered(
    actor: Actor,
    { campaign_id }: Campaign,
    read: readonly OfflineRow[],
    refused: RefusedRow[],
  ) {
    const answers = read.map((row) => ({ row, answered: answerOf(row) }));
    const said = answers.filter(({ answered }) => answered.is !== "nothing");
    const times = Map.groupBy(said, ({ row }) => row.cells.get("item_id") ?? "");
    const rows: Row[] = [];
    const secretsOf = this.#secretsOf();
    for (const part of chunks(said, MAX_PAGE)) {
      const item_ids = [...new Set(part.map(({ row }) => row.cells.get("item_id") ?? ""))];
      const known = new Map(
        (await this.#desk.ports.state.items({ campaign_id, item_ids })).map((row) => {
          return [row.item_id, { found: itemOf(row), position: row.position }] as const;
        }),
      );
      for (const { row, answered } of part) {
        const id = row.cells.get("item_id") ?? "";
        const placed = known.get(id);
        if (answered.is === "nothing") continue;
        if (answered.is === "fault") refused.push(refusedRow(answered.fault));
        else if (placed === undefined || !maySee(actor, placed.found))
          refused.push(
            refusedRow({ row: row.row, column: "item_id", expected: "an item of yours", got: "none" }),
          );
        else if ((times.get(id)?.length ?? 0) > 1)
          refused.push(
            refusedRow({
              row: row.row,
              column: "item_id",
              expected: "each item once",
              got: "an item that is answered in several rows",
            }),
          );
        else {
          const secrets = await secretsOf(placed.found);
          const stale = conflictOf(row, placed.found);
          const edited = stale ?? editedCell(row, { found: placed.found, secrets });
          if (edited === undefined) rows.push({ row, answered, placed, secrets });
          else refused.push({ ...refusedRow(edited), ...(stale === undefined ? {} : { conflict: true }) });
        }
      }
    }
    return { rows, skipped: answers.length - said.length };
  }

  /** What the rules of the campaign let stand of the choices. */
  async #made(
    actor: Actor,
    campaign: Campaign,
    rows: readonly Row[],
    channel: ExportFormat,
    at: Instant,
    refused: RefusedRow[],
  ): Promise<Made[]> {
    const shown = new Map<string, Instant>();
    for (const part of chunks(rows, MAX_PAGE)) {
      const ids = part.map(({ placed }) => placed.found.item.item_id);
      const first = await this.#desk.ports.state.web.firstShown(campaign.campaign_id, ids, actor.who);
      for (const [id, when] of first) shown.set(id, when);
    }
    const chosen = rows.flatMap((one) =>
      one.answered.is === "choice" ? [{ ...one, choice: one.answered.choice }] : [],
    );
    const alike = Map.groupBy(chosen, ({ choice }) => canonicalJson(choice));
    const made: Made[] = [];
    for (const { row, choice, placed, secrets } of chosen) {
      const { found, position } = placed;
      const count = alike.get(canonicalJson(choice))?.length ?? 1;
      const fault = alikeFault(row.row, found, choice, count);
      if (fault !== undefined) {
        refused.push(refusedRow(fault));
        continue;
      }
      const first = shown.get(found.item.item_id);
      const terms = {
        actor,
        at,
        channel,
        seen_sha256: found.seen_sha256,
        bulk_size: 1,
        ...(first === undefined ? {} : { considered_s: secondsBetween(first, at) }),
        secrets: new Set(secrets),
      };
      try {
        const next = withBulk(decide(campaign, found, choice, terms), count);
        made.push({ row, choice, placed: { found: await this.#desk.next(next, campaign), position } });
      } catch (thrown) {
        refused.push(refusedBy(row, thrown));
      }
    }
    return made;
  }

  /** An entry for all rows that say the same; how many were recorded. Where one came too late, each is tried by itself. */
  async #record(
    actor: Actor,
    id: string,
    made: readonly Made[],
    at: Instant,
    refused: RefusedRow[],
  ): Promise<number> {
    let accepted = 0;
    for (const part of chunks(made, CHUNK)) {
      try {
        await this.#commit(actor, id, part, at);
        accepted += part.length;
      } catch (thrown) {
        const [first] = part;
        if (!(thrown instanceof CountersignError) || thrown.code !== "E_CONFLICT" || first === undefined)
          throw thrown;
        if (part.length === 1) refused.push(refusedBy(first.row, thrown));
        else for (const one of part) accepted += await this.#record(actor, id, [one], at, refused);
      }
    }
    return accepted;
  }

  async #commit(actor: Actor, id: string, made: readonly Made[], at: Instant): Promise<void> {
    const of = { campaign_id: id, by: actor.who, at };
    const groups = [...Map.groupBy(made, ({ choice }) => canonicalJson(choice)).values()];
    await this.#desk.commit({
      entries: groups.map((group) => {
        const decisions = group.flatMap(({ placed }): Decision[] => placed.found.decisions.slice(-1));
        return entry(
          "decided",
          of,
          { decisions },
          decisions.map(({ item_id }) => item_id),
        );
      }),
      items: made.map(({ placed: { found, position } }) => itemRow(found, position)),
      given: this.#desk.standing({ campaign_id: id, state: "in_review" }),
    });
  }

  async #hand(
    actor: Actor,
    campaign: Campaign,
    one: Row,
    dryRun: boolean,
    refused: RefusedRow[],
  ): Promise<boolean> {
    const { answered, placed, row } = one;
    if (answered.is !== "hand_on") return false;
    const { to, reason } = answered;
    const { found } = placed;
    try {
      if (dryRun) {
        const whom = (await this.#desk.assignment()).whom(to);
        refuseHanding(campaign, found, actor, "hand_on", reason, whom);
      } else await this.#deciding.handOn(actor, campaign.campaign_id, seenOf(found), to, reason);
      return true;
    } catch (thrown) {
      refused.push(refusedBy(row, thrown));
      return false;
    }
  }

  /** Ids of an item's secrets; sets that many items share are read once. */
  #secretsOf(): (found: CampaignItem) => Promise<readonly string[]> {
    const known = new Map<string, readonly string[]>();
    return async ({ item: { secrets } }) => {
      const { set_sha256 } = secrets;
      const members = known.get(set_sha256) ?? (await this.#desk.secretsOf(set_sha256));
      if (known.size >= MAX_SETS) known.clear();
      known.set(set_sha256, members);
      return members;
    };
  }
}

/** Sets of secrets that are held at once. */
const MAX_SETS = 200;

function helpOf({ campaign_id, terms, due_at = "" }: Campaign): string[] {
  return [
    `${terms.title} (${campaign_id}), due ${due_at}.`,
    "Fill in the columns from decision to hand_on_to of the sheet items, save, and give the file back. A row without a decision stays open.",
    "Every other cell stays as it is: a row in which one was edited is refused. Formulas are refused.",
    "Each row is judged as on the page. Nobody decides on their own access.",
    "Rows that say the same count as one decision on all of them. What is privileged, critical or not to be certified by its " +
      "recommendation needs a justification of its own.",
  ];
}

/** What became of an item since it was given out. */
function conflictOf({ row, cells }: OfflineRow, found: CampaignItem): RowFault | undefined {
  const version = cells.get("version")?.trim() ?? "";
  const seen = cells.get("seen_sha256")?.trim() ?? "";
  if (version === String(found.version) && seen === found.seen_sha256) return undefined;
  const last = found.decisions.at(-1);
  const became =
    seen !== found.seen_sha256
      ? "another: its access changed, or the cell did"
      : last === undefined
        ? `version ${found.version}, asked of ${found.reviewer ?? "nobody"}`
        : `decided by ${last.by} on ${last.at}: ${decisionText(last)}`;
  return { row, column: "version", expected: `version ${version} of the item`, got: became };
}

function refusedRow({ row, column, expected, got }: RowFault): RefusedRow {
  const reason = `expected ${expected}, got ${got}`;
  return { row, reason, ...(column === undefined ? {} : { column }) };
}

/** Only what a person did wrong is a row's fault. */
function refusedBy({ row }: OfflineRow, thrown: unknown): RefusedRow {
  if (!(thrown instanceof CountersignError) || !ROW_CODES.has(thrown.code)) throw thrown;
  const reason = thrown.fix === undefined ? thrown.message : `${thrown.message}. ${thrown.fix}`;
  return { row, reason, ...(thrown.code === "E_CONFLICT" ? { conflict: true } : {}) };
}

const ROW_CODES: ReadonlySet<string> = new Set(["E_CONFLICT", "E_FORBIDDEN", "E_NOT_FOUND", "E_REVIEW"]);

function withBulk(found: CampaignItem, bulk_size: number): CampaignItem {
  const last = found.decisions.at(-1);
  return last === undefined
    ? found
    : { ...found, decisions: [...found.decisions.slice(0, -1), { ...last, bulk_size }] };
}

function seenOf({ item, version, seen_sha256 }: CampaignItem): Seen {
  return { item_id: item.item_id, version, seen_sha256 };
}

function* chunks<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** What became of a file, in a line. */
export function offlineText({ accepted, handed_on, skipped, refused, dry_run }: OfflineResult): string {
  const parts = [
    `${dry_run ? "would be recorded" : "recorded"} ${counted(accepted, "decision")}`,
    `handed on ${counted(handed_on, "item")}`,
    `without an answer ${counted(skipped, "row")}`,
    `refused ${counted(refused.length, "row")}`,
  ];
  return parts.join(", ");
}
