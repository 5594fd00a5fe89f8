import { endOf, isFormula, oneLine, printable, withoutApostrophe, type CsvColumn } from "../../base/index.ts";
import { GRANT_ACTIONS } from "../../access/index.ts";
import { aloneBecause } from "../deciding/decide.ts";
import { ASKED_COLUMNS, ITEM_COLUMNS, lines } from "../population/item-columns.ts";
import { DECISION_KINDS, type CampaignItem, type Choice } from "../model.ts";

/** Most lines of a sheet, both ways. */
export const MAX_OFFLINE_ROWS = 20_000;

/** An item as a line of a sheet, with the ids of its secrets. */
export interface OfflineItem {
  readonly found: CampaignItem;
  readonly secrets: readonly string[];
}

function ofItem(columns: readonly CsvColumn<CampaignItem>[]): CsvColumn<OfflineItem>[] {
  return columns.map(({ name, cell }) => ({ name, cell: ({ found }) => cell(found) }));
}

/** Which access it is, and what speaks for it: beside these is decided. */
const FIRST = ["principal", "secrets", "access", "tier", "recommendation"];

/** By what an answer is laid to its item; no person reads them. */
const BINDING: readonly CsvColumn<OfflineItem>[] = [
  { name: "campaign_id", cell: ({ found }) => found.campaign_id },
  { name: "item_id", cell: ({ found }) => found.item.item_id },
  { name: "version", cell: ({ found }) => found.version },
  { name: "seen_sha256", cell: ({ found }) => found.seen_sha256 },
];

const TOLD: readonly CsvColumn<OfflineItem>[] = [
  ...ofItem(ITEM_COLUMNS),
  { name: "secrets", cell: ({ secrets }) => lines(secrets) },
  ...ofItem(ASKED_COLUMNS),
];

/** What nobody edits: an edited cell is told from the item as it is kept. */
const SHOWN_COLUMNS = [...BINDING, ...TOLD];

/** What a reviewer fills in, with what may stand there. */
export const ANSWERS: readonly { readonly name: Answer; readonly allowed: string }[] = [
  { name: "decision", allowed: `${DECISION_KINDS.join(", ")}; empty: not decided yet` },
  { name: "justification", allowed: "why, in your own words; of hand_on_to: why they are asked" },
  { name: "until", allowed: "of time_limit alone: the last day, as 2027-01-31" },
  { name: "keep_actions", allowed: "of reduce: which of the column actions may stay, with commas between" },
  { name: "revoke_secrets", allowed: "of reduce: which of the column secrets are taken out, a line each" },
  { name: "hand_on_to", allowed: "email of who is to decide in your place; then leave decision empty" },
];

type Answer = "decision" | "hand_on_to" | "justification" | "keep_actions" | "revoke_secrets" | "until";

/** A reviewer sees without scrolling what to decide on, and where. Lists that come back are read by the names, in any order. */
export const OFFLINE_COLUMNS: readonly CsvColumn<OfflineItem>[] = [
  ...FIRST.flatMap((name) => TOLD.filter((column) => column.name === name)),
  ...ANSWERS.map(({ name }) => ({ name, cell: () => "" })),
  ...TOLD.filter(({ name }) => !FIRST.includes(name)),
  ...BINDING,
];

/** Characters that a column is wide, by what stands in it. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ principal: 32, secrets: 44, access: 16, tier: 10, recommendation: 16 },
  ...{ decision: 14, justification: 44, until: 13, keep_actions: 18, revoke_secrets: 32, hand_on_to: 28 },
  ...{ path: 60, recommendation_reason: 60, usage: 40, needs: 40, not_known: 40, principal_id: 40 },
  ...{ campaign_id: 6, item_id: 6, version: 6, seen_sha256: 6 },
};

export function widthOf(name: string): number {
  return WIDTHS[name] ?? 18;
}

/** The columns that stay in sight: principal and secrets. */
export const FROZEN_COLUMNS = 2;

/** A line that was taken back. */
export interface OfflineRow {
  /** As a spreadsheet numbers it: the headings are 1. */
  readonly row: number;
  readonly cells: ReadonlyMap<string, string>;
  /** Columns of which a formula stands in the row's cell. */
  readonly formulas: readonly string[];
}

/** What is wrong with a line, and where. */
export interface RowFault {
  readonly row: number;
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** What a line says. */
export type Answered =
  | { readonly is: "choice"; readonly choice: Choice }
  | { readonly is: "fault"; readonly fault: RowFault }
  | { readonly is: "hand_on"; readonly to: string; readonly reason: string }
  | { readonly is: "nothing" };

/** Most characters that are told of a cell. */
const MAX_TOLD = 80;

/** What a line says, by itself: whether the campaign's rules let it, `decide` knows. */
export function answerOf({ row, cells, formulas }: OfflineRow): Answered {
  const cell = (column: Answer): string => (cells.get(column) ?? "").trim();
  const fault = (column: string, expected: string, got: string): Answered => ({
    is: "fault",
    fault: { row, column, expected, got: told(got) },
  });
  const formula = formulas[0] ?? ANSWERS.find(({ name }) => runs(name, cell(name)))?.name;
  if (formula !== undefined) return fault(formula, "a text", "a formula");
  const said = ANSWERS.filter(({ name }) => cell(name) !== "");
  const to = cell("hand_on_to").toLowerCase();
  if (to !== "") {
    const beside = said.find(({ name }) => name !== "hand_on_to" && name !== "justification");
    return beside === undefined
      ? { is: "hand_on", to, reason: withoutApostrophe(cell("justification")) }
      : fault(beside.name, "nothing beside hand_on_to and its justification", cell(beside.name));
  }
  const word = cell("decision")
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  const [stray] = said;
  if (word === "") {
    return stray === undefined
      ? { is: "nothing" }
      : fault("decision", `a decision beside ${stray.name}`, "nothing");
  }
  const kind = DECISION_KINDS.find((one) => one === word);
  if (kind === undefined) return fault("decision", DECISION_KINDS.join(", "), cell("decision"));
  const until = cell("until");
  const end = until === "" ? undefined : endOf(until);
  if (until !== "" && end === undefined) return fault("until", "a day such as 2027-01-31", until);
  const keep = parts(cell("keep_actions"), /[,;\n]/);
  const strange = keep.find((action) => !(GRANT_ACTIONS as readonly string[]).includes(action));
  if (strange !== undefined) return fault("keep_actions", GRANT_ACTIONS.join(", "), strange);
  const revoke = parts(cell("revoke_secrets"), /\n/).map(withoutApostrophe);
  const beside =
    kind === "reduce"
      ? undefined
      : (["keep_actions", "revoke_secrets"] as const).find((name) => cell(name) !== "");
  if (beside !== undefined) return fault(beside, "nothing but with reduce", cell(beside));
  const justification = withoutApostrophe(cell("justification"));
  return {
    is: "choice",
    choice: {
      kind,
      ...(justification === "" ? {} : { justification }),
      ...(end === undefined ? {} : { until: end }),
      ...(keep.length === 0 ? {} : { keep_actions: GRANT_ACTIONS.filter((action) => keep.includes(action)) }),
      ...(revoke.length === 0 ? {} : { revoke_secrets: revoke }),
    },
  };
}

/** The first cell that is not as it was given out; a spreadsheet may have changed how lines end and numbers are kept. */
export function editedCell({ row, cells }: OfflineRow, item: OfflineItem): RowFault | undefined {
  for (const { name, cell } of SHOWN_COLUMNS) {
    const kept = printable(String(cell(item)));
    const got = cells.get(name);
    if (got === undefined)
      return { row, column: name, expected: "the cell as it was given out", got: "no such column" };
    if (plain(withoutApostrophe(got)) !== plain(kept) && plain(got) !== plain(kept))
      return { row, column: name, expected: told(kept), got: told(got) };
  }
  return undefined;
}

/**
 * How many lines say the same: they are one act of as many items, however they were filled in. Items that must be looked at by
 * themselves have a justification of their own, as in a group on the page.
 */
export function alikeFault(
  row: number,
  { item }: CampaignItem,
  choice: Choice,
  alike: number,
): RowFault | undefined {
  const because = alike > 1 && choice.kind !== "revoke" ? aloneBecause(item) : undefined;
  if (because === undefined) return undefined;
  return {
    row,
    column: "justification",
    expected: `a justification of this item's own: ${because}`,
    got: `the same answer as in ${alike - 1} other ${alike === 2 ? "row" : "rows"}`,
  };
}

/** A reason may begin with a dash. */
function runs(column: Answer, text: string): boolean {
  return column === "justification" ? /^[=\uff1d]/.test(text) : isFormula(text);
}

function parts(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function plain(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").trim();
}

function told(text: string): string {
  const shown = oneLine(text);
  return shown.length > MAX_TOLD ? `${shown.slice(0, MAX_TOLD)}…` : shown;
}
