import {
  ACCESS_ACTIONS,
  MASKED_BY_CONNECTOR,
  PEOPLE_KINDS,
  isMasked,
  recordDigest,
  type Fact,
  type FactKind,
  type FactOf,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { textFault } from "../../base/index.ts";
import { malformed } from "../normalising.ts";
import { pastedCredential } from "../pasted-credentials.ts";
import { HIDES, type PageAnswer, type Row } from "./answers.ts";
import { OPERATION, pageIn } from "./collect.ts";
import { instantOf } from "./dates.ts";

/** Bumped when a record comes to mean other facts than before. */
export const REVISION = 1;

/** Most rows of one page that cannot be read of which each has a gap of its own; the others share one. */
const MAX_NAMED_ROWS = 20;

/** Most lines that one gap names. */
const MAX_NAMED_LINES = 40;

type Values = Row["values"];

/** A row that cannot be used, and why. The message never quotes the row. */
export class Unusable extends Error {
  override readonly name = "Unusable";
}

/** Facts of one page. Pure; a row that cannot be read is a gap that names its line, never nobody. */
export function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  if (record.refused !== undefined) return [];
  const page = pageIn(record);
  if (page === undefined || record.operation !== `${OPERATION}${page.about}`) {
    const about = Object.entries(HIDES).find(([name]) => record.operation === `${OPERATION}${name}`);
    return [
      malformed(
        record,
        { hides: about?.[1] ?? PEOPLE_KINDS },
        "expected a page of a list of people or requests, got something else",
      ),
    ];
  }
  const read = page.rows.map((row) => factOf(record, page, row));
  const facts = read.flatMap((one) => (one.fact === undefined ? [] : [one.fact]));
  const faults = read.flatMap((one) => (one.fault === undefined ? [] : [{ at: one.at, fault: one.fault }]));
  return [
    ...(page.page === 1 ? ofWholeFile(record, page) : []),
    ...facts,
    ...faultGaps(record, page, faults),
    ...record.redactions
      .filter(({ rule }) => rule !== MASKED_BY_CONNECTOR)
      .map((redaction) => pastedCredential(record, below(record, page), redaction)),
  ];
}

function below({ store_id }: RawRecord, { file }: PageAnswer): string {
  return `${store_id}:${file}/`;
}

function ofWholeFile(record: RawRecord, page: PageAnswer): (Fact | Gap)[] {
  const { about, file, missing_count, row_count } = page;
  const gap = (complaint: string): Gap =>
    malformed(record, { resource: below(record, page), hides: HIDES[about] }, `${file}: ${complaint}`);
  const found: (Fact | Gap)[] = about === "roster" ? [rosterFact(record, page)] : [];
  if (missing_count > 0)
    found.push(gap(`expected all that the list says it has, got ${missing_count} fewer`));
  if (row_count === 0) {
    found.push(
      gap(
        about === "roster"
          ? "expected people, got none: an empty list says of nobody that they left"
          : "expected requests, got none",
      ),
    );
  }
  return found;
}

function rosterFact(record: RawRecord, page: PageAnswer): Fact {
  const { file, file_sha256, as_of, columns, row_count, roster_kind = "hr" } = page;
  return {
    kind: "roster",
    id: `${record.store_id}:${file}`,
    ...envelope(record),
    roster_kind,
    file,
    file_sha256,
    person_count: row_count,
    as_of,
    columns,
  };
}

function envelope(record: RawRecord) {
  return { store_id: record.store_id, scope: record.scope, record: recordDigest(record) };
}

function factOf(record: RawRecord, page: PageAnswer, row: Row): { at: number; fact?: Fact; fault?: string } {
  const { at, fault, values } = row;
  if (fault !== undefined) return { at, fault };
  try {
    const all = Object.values(values).flat();
    if (all.some(isMasked)) throw new Unusable("what looked like a credential was taken out of it");
    return {
      at,
      fact: page.about === "roster" ? personFact(record, page, values) : requestFact(record, page, values),
    };
  } catch (thrown) {
    if (thrown instanceof Unusable) return { at, fault: thrown.message };
    throw thrown;
  }
}

function faultGaps(
  record: RawRecord,
  page: PageAnswer,
  faults: readonly { readonly at: number; readonly fault: string }[],
): Gap[] {
  const { about, file, unit } = page;
  const hides: readonly FactKind[] = about === "roster" ? ["person"] : ["access_request"];
  const gap = (complaint: string): Gap => ({
    ...malformed(record, { resource: below(record, page), hides }, `${file}, ${complaint}`),
    fix: `Mend the ${unit}s that are named in ${file}, then collect again.`,
  });
  const named = faults.slice(0, MAX_NAMED_ROWS).map(({ at, fault }) => gap(`${unit} ${at}: ${fault}`));
  const rest = faults.slice(MAX_NAMED_ROWS);
  if (rest.length === 0) return named;
  const lines = rest.slice(0, MAX_NAMED_LINES).map(({ at }) => at);
  const more = rest.length > lines.length ? ", …" : "";
  return [...named, gap(`${unit}s ${lines.join(", ")}${more}: ${rest.length} more that cannot be read`)];
}

const STATUSES: Readonly<Record<string, FactOf<"person">["status"]>> = {
  active: "active",
  current: "active",
  employed: "active",
  working: "active",
  leave: "leave",
  onleave: "leave",
  leaveofabsence: "leave",
  parentalleave: "leave",
  sabbatical: "leave",
  terminated: "terminated",
  left: "terminated",
  leaver: "terminated",
  resigned: "terminated",
  retired: "terminated",
  dismissed: "terminated",
  former: "terminated",
  deceased: "terminated",
};

/** Words for people whom somebody else employs. */
const THIRD_PARTY =
  /agency|consult|contingent|contract(?:or|ing)|extern|freelanc|partner|supplier|third.?party|vendor/i;

function personFact(record: RawRecord, page: PageAnswer, values: Values): Fact {
  const { file, roster_kind = "hr" } = page;
  const [email, ...others] = emailsOf(values);
  const text = (field: string): string | undefined => textOf(values, field);
  const person_id = needed(values, "person_id");
  return present({
    kind: "person",
    id: `${record.store_id}:${file}/${person_id}`,
    ...envelope(record),
    roster_kind,
    file,
    person_id,
    // A roster of HR counts by its own numbers, whatever the column is called.
    employee_number: roster_kind === "hr" || text("employee_number") === "yes",
    native_id: text("native_id"),
    name: nameOf(values),
    email,
    other_emails: others.length === 0 ? undefined : others,
    usernames: usernamesOf(values),
    title: text("title"),
    department: text("department"),
    manager_id: text("manager_id"),
    manager_email:
      text("manager_email") === undefined
        ? undefined
        : address(needed(values, "manager_email"), "manager_email"),
    status: statusOf(values),
    starts_at: dated(values, "starts_at", "first"),
    terminated_at: dated(values, "terminated_at", "last"),
    moved_at: dated(values, "moved_at", "last"),
    third_party: isThirdParty(values),
  }) as Fact;
}

function nameOf(values: Values): string {
  const parts = [textOf(values, "first_name"), textOf(values, "last_name")].filter(
    (part) => part !== undefined,
  );
  return textOf(values, "name") ?? (parts.length > 0 ? parts.join(" ") : needed(values, "name"));
}

/** Somebody with a name that nobody can type would match nobody, and be told of nowhere. */
function usernamesOf(values: Values): string[] {
  const names = listOf(values, "usernames");
  if (!names.some((name) => textFault(name) !== undefined)) return names;
  throw new Unusable("expected usernames without control characters, got some");
}

function emailsOf(values: Values): string[] {
  return listOf(values, "emails").map((email) => address(email, "email"));
}

/**
 * One `@` with something on both sides: more is not needed to compare, and less is no address. In ASCII alone: lower case makes other
 * letters, such as the Kelvin sign, those of somebody else's address.
 */
function address(text: string, field: string): string {
  if (/^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(text)) return text;
  throw new Unusable(`expected an email address of ASCII letters in ${field}, got something else`);
}

function statusOf(values: Values): FactOf<"person">["status"] {
  const word = textOf(values, "status");
  if (word !== undefined) {
    const known = STATUSES[word.toLowerCase().replaceAll(/[^a-z]/g, "")];
    if (known !== undefined) return known;
    throw new Unusable("expected a known word in status, got another: say under `statuses` what it means");
  }
  const active = textOf(values, "active");
  if (active === undefined) throw new Unusable("expected a value in status or active, got none");
  return truth(active, "active") ? "active" : "terminated";
}

function isThirdParty(values: Values): boolean {
  const stated = textOf(values, "third_party");
  if (stated !== undefined) return truth(stated, "third_party");
  return THIRD_PARTY.test(textOf(values, "worker_type") ?? "");
}

function requestFact(record: RawRecord, page: PageAnswer, values: Values): Fact {
  const fields = requestFields(values);
  return {
    kind: "access_request",
    id: `${record.store_id}:${page.file}/${fields.request_id}`,
    ...envelope(record),
    ...fields,
  };
}

/** A request as its fact has it, without what every fact carries. */
export type RequestFields = Omit<
  FactOf<"access_request">,
  "ext" | "id" | "kind" | "record" | "scope" | "store_id"
>;

/** Throws `Unusable`. */
export function requestFields(values: Values): RequestFields {
  for (const [field, value] of Object.entries(values))
    for (const text of [value].flat()) {
      const fault = textFault(text, { lines: field === "justification" });
      if (fault !== undefined) throw new Unusable(`expected text that can be kept in ${field}, got ${fault}`);
    }
  const [starts_at, ends_at] = [dated(values, "starts_at", "first"), dated(values, "ends_at", "last")];
  if (starts_at !== undefined && ends_at !== undefined && Date.parse(ends_at) <= Date.parse(starts_at))
    throw new Unusable("expected an end after the start, got one in ends_at before starts_at");
  return present({
    request_id: needed(values, "request_id"),
    principal: needed(values, "principal"),
    secrets: neededList(values, "secrets"),
    actions: actionsOf(values),
    justification: textOf(values, "justification") ?? "",
    requested_by: needed(values, "requested_by"),
    requested_at: neededDate(values, "requested_at", "first"),
    starts_at,
    ends_at,
    high_privilege: truth(textOf(values, "high_privilege") ?? "no", "high_privilege"),
    manager_approval: approvalOf(values, "manager"),
    security_approval: approvalOf(values, "security"),
    state: stateOf(values),
  }) as RequestFields;
}

function actionsOf(values: Values): FactOf<"access_request">["actions"] {
  const named = new Set(neededList(values, "actions").map((action) => action.toLowerCase()));
  const known = ACCESS_ACTIONS.filter((action) => named.has(action));
  if (known.length < named.size)
    throw new Unusable(`expected actions of ${ACCESS_ACTIONS.join(", ")}, got another`);
  return known;
}

const STATES: Readonly<Record<string, FactOf<"access_request">["state"]>> = {
  approved: "approved",
  granted: "approved",
  requested: "requested",
  pending: "requested",
  open: "requested",
  refused: "refused",
  rejected: "refused",
  denied: "refused",
  declined: "refused",
  withdrawn: "withdrawn",
  cancelled: "withdrawn",
  canceled: "withdrawn",
  revoked: "withdrawn",
};

function stateOf(values: Values): FactOf<"access_request">["state"] {
  const state = STATES[needed(values, "state").toLowerCase()];
  if (state === undefined)
    throw new Unusable("expected a state of approved, requested, refused or withdrawn, got another");
  return state;
}

/** Who approved it and when; absent where nobody is named. */
function approvalOf(
  values: Values,
  level: "manager" | "security",
): FactOf<"access_request">["manager_approval"] {
  const by = textOf(values, `${level}_by`);
  if (by === undefined) return undefined;
  const approved = truth(textOf(values, `${level}_approved`) ?? "yes", `${level}_approved`);
  return { by, at: neededDate(values, `${level}_at`, "last"), approved };
}

function textOf(values: Values, field: string): string | undefined {
  const value = values[field];
  return typeof value === "string" ? value : undefined;
}

function listOf(values: Values, field: string): string[] {
  const value = values[field] ?? [];
  return typeof value === "string" ? [value] : value;
}

function needed(values: Values, field: string): string {
  const value = textOf(values, field);
  if (value === undefined) throw new Unusable(`expected a value in ${field}, got none`);
  return value;
}

function neededList(values: Values, field: string): string[] {
  const list = listOf(values, field);
  if (list.length === 0) throw new Unusable(`expected a value in ${field}, got none`);
  return list;
}

function dated(values: Values, field: string, edge: "first" | "last"): string | undefined {
  return textOf(values, field) === undefined ? undefined : neededDate(values, field, edge);
}

function neededDate(values: Values, field: string, edge: "first" | "last"): string {
  const at = instantOf(needed(values, field), edge);
  if (at === undefined)
    throw new Unusable(`expected YYYY-MM-DD, or an instant with its offset, in ${field}, got something else`);
  return at;
}

function truth(word: string, field: string): boolean {
  if (/^(?:true|yes|y|1|enabled|active)$/i.test(word)) return true;
  if (/^(?:false|no|n|0|disabled|inactive)$/i.test(word)) return false;
  throw new Unusable(`expected yes or no in ${field}, got something else`);
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
