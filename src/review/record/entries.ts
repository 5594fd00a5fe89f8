import { canonicalJson, counted, type Instant } from "../../base/index.ts";
import type { NewEntry } from "../../state/index.ts";
import type {
  AccessRequest,
  Approval,
  CampaignTerms,
  Decision,
  Population,
  Revocation,
  ReviewerSignOff,
  RevocationState,
  SignOff,
} from "../model.ts";
import { unsignedText, type Unsigned } from "./unsigned.ts";
import type { Sample } from "../paper/sample.ts";
import type { NoticeResult } from "../remediation/notice.ts";
import type { RowsWritten } from "./rows.ts";

/** Everything that is kept for good, by kind: what its document says beside who and when. */
export interface EntryDocuments {
  readonly campaign_created: {
    readonly terms: CampaignTerms;
    readonly snapshot_id: string;
    readonly snapshot_sha256: string;
    readonly population: Population;
    /** Digests of the parts of the population, NDJSON of items in order, in the content-addressed store. */
    readonly parts: readonly string[];
    /** Of the snapshot. Absent of entries of an earlier version. */
    readonly gap_count?: number;
    /** Names of its gaps in order, see `seen-worse.ts`. Absent: none, or of an entry of an earlier version. */
    readonly gaps?: readonly string[];
  };
  readonly campaign_opened: { readonly due_at: Instant };
  readonly decided: { readonly decisions: readonly Decision[] };
  readonly undone: { readonly item_id: string; readonly decision: Decision };
  readonly handed_on: Handed;
  readonly reassigned: Handed;
  readonly escalated: { readonly items: readonly Handed[] };
  readonly notified: { readonly results: readonly NoticeResult[] };
  readonly reminded: { readonly reviewers: Readonly<Record<string, number>>; readonly due_at: Instant };
  readonly unanswered: {
    readonly rule: "keep" | "revoke";
    readonly items: readonly {
      readonly item_id: string;
      readonly seen_sha256: string;
      /** Whom it waited for. Absent where nobody could be found. */
      readonly reviewer?: string;
    }[];
  };
  readonly items_refreshed: {
    readonly snapshot_id: string;
    readonly snapshot_sha256: string;
    readonly joined: readonly string[];
    /** Decisions on these are void; the items before and after are in `parts`. */
    readonly changed: readonly string[];
    readonly gone: readonly string[];
    /** Revoked as a whole, and wider since: the decisions stand, and cover what came. */
    readonly widened?: readonly string[];
    readonly parts: readonly string[];
    /** Of the snapshot. Absent of entries of an earlier version. */
    readonly gap_count?: number;
    /** Names of its gaps in order, see `seen-worse.ts`. Absent: none, or of an entry of an earlier version. */
    readonly gaps?: readonly string[];
  };
  readonly items_signed_off: ReviewerSignOff;
  readonly review_ended: {
    readonly undecided: number;
    readonly remediation_due_at: Instant;
    /** Who decided and did not sign off; absent: nobody. */
    readonly unsigned?: readonly Unsigned[];
    /** How often each item was concluded in which way. */
    readonly outcomes: Readonly<Record<string, number>>;
  };
  readonly revocations_due: {
    readonly items: readonly {
      readonly item_id: string;
      readonly due_at: Instant;
      /** More has to go by the same decision: the deadline and the ticket stay, and so does `state`, unless all was gone. */
      readonly wider?: true;
      readonly state?: RevocationState;
    }[];
  };
  /** These stand for no decision in force any more; `kind` and `state` are those that they had. */
  readonly revocations_withdrawn: {
    readonly reason: string;
    readonly items: readonly {
      readonly item_id: string;
      readonly kind: Revocation["kind"];
      readonly state: RevocationState;
      readonly ticket?: string;
    }[];
  };
  readonly ticket_noted: { readonly item_id: string; readonly reference: string };
  readonly revocations_verified: {
    readonly snapshot_id: string;
    readonly snapshot_sha256: string;
    readonly results: readonly { readonly item_id: string; readonly state: RevocationState }[];
  };
  readonly sampled: Sample;
  readonly result_signed_off: SignOff;
  readonly acknowledged: SignOff;
  readonly campaign_closed: { readonly revocations: Readonly<Record<string, number>> };
  readonly request_made: AccessRequest;
  readonly request_answered: {
    readonly request_id: string;
    readonly as: "manager" | "security";
    readonly approval: Approval;
  };
  readonly request_withdrawn: { readonly request_id: string };
}

interface Handed {
  readonly item_id: string;
  readonly from?: string;
  readonly to: string;
  readonly reason: string;
}

export type EntryKind = keyof EntryDocuments;

/** What kind of evidence each is in the ledger; `../../docs/review.md` lists them. */
export const LEAF_TYPES = {
  campaign_created: "evidence",
  campaign_opened: "evidence",
  decided: "decision",
  undone: "decision",
  handed_on: "decision",
  reassigned: "decision",
  escalated: "decision",
  notified: "evidence",
  reminded: "evidence",
  unanswered: "decision",
  items_refreshed: "evidence",
  items_signed_off: "attestation",
  review_ended: "evidence",
  revocations_due: "evidence",
  revocations_withdrawn: "evidence",
  ticket_noted: "evidence",
  revocations_verified: "evidence",
  sampled: "evidence",
  result_signed_off: "attestation",
  acknowledged: "attestation",
  campaign_closed: "evidence",
  request_made: "approval",
  request_answered: "approval",
  request_withdrawn: "approval",
} as const satisfies Record<EntryKind, "approval" | "attestation" | "decision" | "evidence">;

/** The leaf of a kind of entry; of one that this version does not know, evidence. */
/** Whether a leaf of this type is one of the journal of reviews. */
export function isReviewLeaf(type: string): boolean {
  return Object.values(LEAF_TYPES).some((one) => one === type);
}

export function leafTypeOf(kind: string): (typeof LEAF_TYPES)[EntryKind] {
  return Object.hasOwn(LEAF_TYPES, kind) ? LEAF_TYPES[kind as EntryKind] : "evidence";
}

/** An entry for the journal: who did what when; `items`: those that it is about. */
export function entry<K extends EntryKind>(
  kind: K,
  { campaign_id, by, at }: { readonly campaign_id?: string; readonly by: string; readonly at: Instant },
  document: EntryDocuments[K],
  items: readonly string[] = [],
): NewEntry {
  return {
    kind,
    at,
    by,
    document: canonicalJson(document),
    ...(campaign_id === undefined ? {} : { campaign_id }),
    ...(items.length === 0 ? {} : { item_ids: items }),
  };
}

/** An entry as it is kept. */
export type KeptEntry = {
  [K in EntryKind]: {
    readonly kind: K;
    readonly at: Instant;
    readonly by: string;
    readonly document: EntryDocuments[K];
    /** The rows that its commit wrote; absent where it wrote none, where a later entry of the commit names them, and of an older program. */
    readonly rows?: RowsWritten;
  };
}[EntryKind];

export function keptEntry(row: {
  readonly kind: string;
  readonly at: Instant;
  readonly by: string;
  readonly document: string;
}): KeptEntry {
  const { rows, ...document } = JSON.parse(row.document) as { rows?: RowsWritten };
  return { ...row, document, ...(rows === undefined ? {} : { rows }) } as unknown as KeptEntry;
}

/** What happened, for people. */
export function entryText(entry: KeptEntry): string {
  switch (entry.kind) {
    case "campaign_created":
      return `made from snapshot ${entry.document.snapshot_id}: ${counted(entry.document.population.item_count, "item")}`;
    case "campaign_opened":
      return `opened, due ${entry.document.due_at}`;
    case "decided":
      return decidedText(entry.document.decisions);
    case "undone":
      return `took back: ${decisionText(entry.document.decision)}`;
    case "handed_on":
    case "reassigned":
      return handedText(entry.document, entry.kind === "handed_on" ? "handed on" : "assigned");
    case "escalated":
      return `escalated ${counted(entry.document.items.length, "item")} that nobody answered`;
    case "reminded":
      return `reminded ${counted(Object.keys(entry.document.reviewers).length, "reviewer")}`;
    case "notified":
      return `told by webhook: ${resultsText(entry.document.results)}`;
    case "unanswered":
      return `nobody answered ${counted(entry.document.items.length, "item")}: the rule says ${entry.document.rule}`;
    case "items_refreshed": {
      const { snapshot_id, joined, changed, gone, widened = [], gap_count = 0 } = entry.document;
      const wider = widened.length === 0 ? "" : `, ${widened.length} wider since they were revoked`;
      const gaps = gap_count === 0 ? "" : `; the snapshot has ${counted(gap_count, "gap")}`;
      return `compared with snapshot ${snapshot_id}: ${joined.length} joined, ${changed.length} changed, ${gone.length} gone${wider}${gaps}`;
    }
    case "items_signed_off":
      return `signed off ${counted(entry.document.decision_count, "decision")}: ${entry.document.statement}`;
    case "review_ended":
      return endedText(entry.document);
    case "revocations_due":
      return `${counted(entry.document.items.length, "revocation")} to be carried out`;
    case "revocations_withdrawn":
      return `${counted(entry.document.items.length, "revocation")} withdrawn: ${entry.document.reason}`;
    case "ticket_noted":
      return `ticket ${entry.document.reference}`;
    case "revocations_verified": {
      const gone = entry.document.results.filter(({ state }) => state === "removed").length;
      return `compared with snapshot ${entry.document.snapshot_id}: ${gone} of ${counted(entry.document.results.length, "revocation")} gone`;
    }
    case "sampled":
      return `drew ${counted(entry.document.item_ids.length, "item")} (${entry.document.method})`;
    case "result_signed_off":
      return `signed off the result: ${entry.document.statement}`;
    case "acknowledged":
      return `acknowledged: ${entry.document.statement}`;
    case "campaign_closed":
      return "closed";
    case "request_made":
      return `${entry.document.stated_by === undefined ? "asked for" : `stated, as ${entry.document.state}, a request for`} access of ${entry.document.principal}: ${entry.document.justification}`;
    case "request_answered": {
      const { as, approval } = entry.document;
      return `${approval.approved ? "approved" : "refused"} as ${as}${approval.remark === undefined ? "" : `: ${approval.remark}`}`;
    }
    case "request_withdrawn":
      return "withdrawn";
  }
}

function endedText({ undecided, unsigned = [] }: EntryDocuments["review_ended"]): string {
  const missing = unsigned.length === 0 ? "" : `, not signed off by ${unsignedText(unsigned)}`;
  return `review ended, ${counted(undecided, "item")} undecided${missing}`;
}

/** What became of notices, e.g. `2 delivered, 1 failed`. */
export function resultsText(results: readonly Pick<NoticeResult, "outcome">[]): string {
  const words = {
    delivered: "delivered",
    failed: "failed",
    given_up: "given up",
    moot: "not needed any more",
  };
  return (Object.keys(words) as NoticeResult["outcome"][])
    .map((outcome) => [results.filter((one) => one.outcome === outcome).length, words[outcome]] as const)
    .flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
    .join(", ");
}

/** Ids of the items that somebody acted on. Of what a campaign does with all of them none are named. */
export function itemsOfEntry(entry: KeptEntry): readonly string[] {
  switch (entry.kind) {
    case "decided":
      return entry.document.decisions.map(({ item_id }) => item_id);
    case "undone":
    case "handed_on":
    case "reassigned":
    case "ticket_noted":
      return [entry.document.item_id];
    default:
      return [];
  }
}

/** Ids of all items that an entry is about, each once: those by which it is found. */
export function itemsAbout(entry: KeptEntry): ReadonlySet<string> {
  const ids = (items: readonly { readonly item_id: string }[]) => items.map(({ item_id }) => item_id);
  switch (entry.kind) {
    case "escalated":
    case "revocations_due":
    case "revocations_withdrawn":
    case "unanswered":
      return new Set(ids(entry.document.items));
    case "revocations_verified":
      return new Set(ids(entry.document.results));
    case "items_refreshed": {
      const { joined, changed, gone, widened = [] } = entry.document;
      return new Set([...joined, ...changed, ...gone, ...widened]);
    }
    default:
      return new Set(itemsOfEntry(entry));
  }
}

/** One decision in words, e.g. `certified: needed for the nightly job`. */
export function decisionText(decision: Decision): string {
  const { justification } = decision;
  const what = whatText(decision);
  return justification === undefined ? what : `${what}: ${justification}`;
}

/** The same without why. */
function whatText({ kind, until, keep_actions, revoke_secrets = [] }: Decision): string {
  return {
    certify: "certified",
    revoke: "revoked",
    reduce: [
      "reduced",
      ...(keep_actions === undefined ? [] : [` to ${keep_actions.join(", ")}`]),
      ...(revoke_secrets.length === 0 ? [] : [` by ${counted(revoke_secrets.length, "secret")}`]),
    ].join(""),
    time_limit: `limited until ${until ?? ""}`,
  }[kind];
}

/**
 * A decision after others on its item, in words: who certifies what somebody reduced or limited agrees with that, as the strictest stands
 * (`conclude`); it does not overrule it.
 */
export function laterText(decision: Decision, before: readonly Decision[]): string {
  const stricter = before.filter(({ kind }) => kind !== "certify");
  if (decision.kind !== "certify" || stricter.length === 0) return decisionText(decision);
  const what = stricter.map((one) => whatText(one)).join(", ");
  const { justification } = decision;
  return `agreed with: ${what}${justification === undefined ? "" : `: ${justification}`}`;
}

/** What happened with an item, for people: a text for each of its entries, oldest first. */
export function itemHistory(entries: readonly KeptEntry[], itemId: string): string[] {
  let before: readonly Decision[] = [];
  return entries.map((kept) => {
    if (kept.kind === "undone") before = before.slice(0, -1);
    // What was decided before an item changed does not count any more.
    if (kept.kind === "items_refreshed" && kept.document.changed.includes(itemId)) before = [];
    if (kept.kind !== "decided") return entryText(kept);
    const text = decidedText(kept.document.decisions, before);
    before = [...before, ...kept.document.decisions.filter(({ item_id }) => item_id === itemId)];
    return text;
  });
}

function decidedText(decisions: readonly Decision[], before: readonly Decision[] = []): string {
  const [first] = decisions;
  if (first === undefined) return "decided nothing";
  const many = decisions.length === 1 ? "" : `${counted(decisions.length, "item")} at once, `;
  return `${many}${laterText(first, before)}`;
}

function handedText({ from, to, reason }: Handed, verb: string): string {
  return `${verb} ${from === undefined ? "" : `from ${from} `}to ${to}: ${reason}`;
}
