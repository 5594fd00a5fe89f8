import { Count, ROSTER_KINDS, Text, Type, closed, literals } from "../facts/index.ts";
import { Days, optional } from "./schema-parts.ts";

/** Most grants that a document names. */
export const MAX_LISTED_GRANTS = 20;

/** Who is behind a principal for certain. */
export const PersonBehind = closed({
  person_id: Text,
  email: optional(Text),
  title: optional(Text),
  manager_email: optional(Text),
  /** At the snapshot, as HR has it, else as the identity provider. */
  status: literals(["active", "leave", "terminated"]),
  /** `idp` tells who may sign in, not who is employed. */
  status_from: literals(ROSTER_KINDS),
  /** False where what says so contradicts itself. */
  status_certain: Type.Boolean(),
  third_party: Type.Boolean(),
  /** In words, where rosters say different things. */
  contradictions: Type.Array(Text, { maxItems: 8 }),
  /** Whole hours since the employment ended; absent where it has not, or where nobody says when. */
  terminated_hours: optional(Count),
  /** Whether the roster has a column for the last change of job. */
  moves_told: Type.Boolean(),
  moved_age_days: optional(Days),
  /** Whether reviews of access are told of. */
  reviews_told: optional(Type.Boolean()),
  /** Since the last review of the principal's access; absent where none is known. */
  reviewed_age_days: optional(Days),
  /** Age of the roster that the status is from. */
  roster_age_days: optional(Days),
  /** How they were found: `map`, `email`, `username` or `label:<name>`. */
  rule: Text,
});

/** What a principal may do by effective access, held against approved requests. */
export const PrincipalRequests = closed({
  /** Approved requests for it, in force or past their end. */
  request_count: Count,
  /** Things that it may read or more, as itself. */
  granted_count: Count,
  /** Of these: those for which no approved request was ever there for all that it may do. */
  unrequested_count: Count,
  unrequested_sample: Type.Array(Text, { maxItems: MAX_LISTED_GRANTS }),
  /** Of these: those of which every request that would do is past its end. */
  past_end_count: Count,
  past_end_sample: Type.Array(Text, { maxItems: MAX_LISTED_GRANTS }),
  /** Things that what could not be read may let it at. */
  uncertain_count: Count,
  /** False where several people fit, whose requests may or may not be its own. */
  matched_certain: Type.Boolean(),
});

/** What rosters and registers hold as a whole. */
export const ESTATE_PEOPLE = {
  /** People whom HR lists. 0 where no roster of HR was read. */
  hr_person_count: Count,
  /** Age of the oldest roster of HR that was read. */
  hr_roster_age_days: optional(Days),
  request_count: Count,
  /** Those that are said to be approved. */
  approved_request_count: Count,
  /** Of these: those that no manager approved, or, of high privilege, security did not, or whoever asked for it or has it did. */
  faulty_request_count: Count,
  faulty_request_sample: Type.Array(Text, { maxItems: MAX_LISTED_GRANTS }),
};
