import { Count, Text, Texts, Type, closed, literals } from "../facts/index.ts";
import { Days, optional } from "./schema-parts.ts";

/** Most findings that a document names. */
export const MAX_LISTED_DETECTIONS = 24;

/** What one rule found in the log. */
const Finding = closed({
  rule: Text,
  severity: literals(["low", "medium", "high", "critical"]),
  detected_age_days: Days,
  event_count: Count,
  /** Whether somebody dealt with it, and the configuration says who: an acknowledgement, or a suppression that holds. */
  reviewed: Type.Boolean(),
  /** Of what was read, where the rule is about when or from where: tiers of these secrets, `untiered` of those without one. */
  tiers: Texts,
  /** Whether something was read of which the tier is not known: unnamed, not in the inventory, or undecided. */
  tiers_known: Type.Boolean(),
  detail: Text,
});

/** How far what is said of a log goes. */
const SEARCHED = {
  /** Since when the log has no hole, where there are several all of them. Absent: not known. */
  observed_from_age_days: optional(Days),
  /** When the log ends, where there are several the first of them. Absent: not known. */
  log_end_age_days: optional(Days),
  /** Since when it was looked through. Absent: it was not. */
  searched_from_age_days: optional(Days),
  /** Rules that looked through it and of which everything that they found is known. */
  rules: Texts,
  /** Of the rules that policies ask for: what nobody reviewed in time first, then what may wait, then what was reviewed; of these the gravest, then the latest. */
  found: Type.Array(Finding, { maxItems: MAX_LISTED_DETECTIONS }),
  found_count: Count,
};

/** What is odd about a principal in the ingested audit logs of its store. Absent: none was ingested. */
export const PrincipalDetections = closed({
  ...SEARCHED,
  /** Whether whatever it does shows under a name of its own, and no read of the logs is nobody's. */
  complete: Type.Boolean(),
  /** Whether a log names it. */
  seen: Type.Boolean(),
  /** What the rules took it for, by what the log calls it. Absent: not decided, or the log does not name it. */
  taken_for_break_glass: optional(Type.Boolean()),
  taken_for_workload: optional(Type.Boolean()),
  hours_declared: Type.Boolean(),
  /** Days on which it read, as far back as its hours are learnt. */
  read_day_count: Count,
});

/** What is odd in a store's ingested audit log and leads to no principal of the inventory. Absent: none was ingested. */
export const StoreDetections = closed(SEARCHED);
