import type {
  AccessRequest,
  CampaignAct,
  CampaignItem,
  CampaignState,
  Change,
  DecisionKind,
  ItemState,
  ItemUsage,
  Recommended,
  ReviewItem,
  RevocationState,
  Role,
} from "../review/index.ts";
import { counted } from "../base/index.ts";

/** How serious a badge looks; its text says the same. */
export type Tone = "bad" | "good" | "plain" | "warn";

/** A word for a reader, and how it looks. */
export type Said = readonly [text: string, tone: Tone];

export const CAMPAIGN_STATE: Readonly<Record<CampaignState, Said>> = {
  created: ["created, not open yet", "plain"],
  in_review: ["in review", "warn"],
  in_remediation: ["in remediation", "warn"],
  closed: ["closed", "good"],
};

export const ITEM_STATE: Readonly<Record<ItemState, Said>> = {
  open: ["open", "warn"],
  second_reviewer: ["second reviewer missing", "warn"],
  security: ["security missing", "warn"],
  decided: ["decided", "good"],
  gone: ["access is gone", "plain"],
};

export const RISK: Readonly<Record<ReviewItem["risk"], Said>> = {
  critical: ["critical risk", "bad"],
  high: ["high risk", "warn"],
  standard: ["standard risk", "plain"],
  low: ["low risk", "plain"],
};

export const RECOMMENDED: Readonly<Record<Recommended, Said>> = {
  certify: ["certify", "good"],
  examine: ["look closely", "warn"],
  reduce: ["reduce", "warn"],
  revoke: ["revoke", "bad"],
};

export const DECISION: Readonly<Record<DecisionKind, Said>> = {
  certify: ["certified", "good"],
  reduce: ["reduced", "warn"],
  revoke: ["revoked", "bad"],
  time_limit: ["limited in time", "warn"],
};

export const OUTCOME: Readonly<Record<NonNullable<CampaignItem["outcome"]>, Said>> = {
  ...DECISION,
  kept: ["nobody answered; kept by rule", "warn"],
};

export const CHOICE: Readonly<
  Record<DecisionKind, { readonly text: string; readonly hint: string; readonly key: string }>
> = {
  certify: { text: "Certify", hint: "The access is needed as it is.", key: "c" },
  revoke: { text: "Revoke", hint: "All of it is to go.", key: "r" },
  reduce: { text: "Reduce", hint: "Some actions or secrets are to go.", key: "d" },
  time_limit: { text: "Limit in time", hint: "It is needed until a day, and is to go then.", key: "t" },
};

export const CHANGE: Readonly<Record<Change, Said>> = {
  first_review: ["first review of this access", "plain"],
  new: ["new since the last review", "warn"],
  wider: ["wider than at the last review", "warn"],
  narrower: ["narrower than at the last review", "plain"],
  same: ["unchanged since the last review", "plain"],
};

/** What a decision asks for, where it is still to be done. */
export const REVOKING: Readonly<Record<Exclude<DecisionKind, "certify">, Said>> = {
  reduce: ["reduce", "warn"],
  revoke: ["revoke", "bad"],
  time_limit: ["time limit", "plain"],
};

export const REVOCATION: Readonly<Record<RevocationState, Said>> = {
  open: ["not known to be gone", "warn"],
  removed: ["removed, by every path", "good"],
  still_reachable: ["still reachable", "bad"],
  unverifiable: ["cannot be verified", "warn"],
};

export const REQUEST_STATE: Readonly<Record<AccessRequest["state"], Said>> = {
  requested: ["awaits approval", "warn"],
  approved: ["approved", "good"],
  refused: ["refused", "bad"],
  withdrawn: ["withdrawn", "plain"],
};

export const PERSON_STATUS: Readonly<Record<"active" | "leave" | "terminated", Said>> = {
  active: ["active", "good"],
  leave: ["on leave", "warn"],
  terminated: ["has left", "bad"],
};

export const ROLE: Readonly<Record<Role, string>> = {
  admin: "administrator",
  auditor: "auditor, reads only",
  compliance: "compliance",
  management: "management",
  reviewer: "reviewer",
  security: "security",
};

export const ACT: Readonly<
  Record<CampaignAct, { readonly text: string; readonly hint: string; readonly statement: boolean }>
> = {
  open: {
    text: "Open the campaign",
    hint: "Reviewers can decide from then on, and the due date begins to run.",
    statement: false,
  },
  remind: {
    text: "Remind who has not finished",
    hint: "Everyone with open items is reminded once.",
    statement: false,
  },
  refresh: {
    text: "Compare with the newest snapshot",
    hint: "New access joins the campaign, what changed is asked again, and what is gone is told as gone.",
    statement: false,
  },
  end_review: {
    text: "End the review",
    hint: "What nobody answered is dealt with as configured, and recorded as such. Nobody decides after that.",
    statement: false,
  },
  verify: {
    text: "Verify the revocations",
    hint: "The newest snapshot is asked whether what was revoked is gone, by every path.",
    statement: false,
  },
  sign_off: {
    text: "Sign off the result",
    hint: "You stand for the result, in your own words. Management is asked to acknowledge it.",
    statement: true,
  },
  acknowledge: {
    text: "Acknowledge the result",
    hint: "Management has seen the result and what is left of it.",
    statement: true,
  },
  close: {
    text: "Close the campaign",
    hint: "Nothing changes after that.",
    statement: false,
  },
};

/** Whether it was used; what is not known is never called unused. */
export function usageSaid(usage: ItemUsage): Said {
  if (!usage.known) return ["usage not known", "plain"];
  if (usage.unused) return ["unused", "warn"];
  return usage.read_count === 0 ? ["no use seen yet", "plain"] : [counted(usage.read_count, "read"), "plain"];
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
