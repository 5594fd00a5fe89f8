import { CallFailure } from "../../facts/index.ts";
import { isObject, type Json } from "../shape.ts";
import { MAX_ROWS, type Row } from "./answers.ts";
import { malformed, valueFault, type Table } from "./read-csv.ts";

/** Source: RFC 7643, section 4.3. */
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

type Values = Record<string, string | string[] | undefined>;

/**
 * Users of a SCIM 2.0 list (RFC 7644, section 3.4.2), or a plain array of them. What a list says that it has and does not hold
 * is counted. Throws `CallFailure`.
 */
export function readScim(text: string): Table {
  const body = jsonOf(text);
  const listed: unknown = isObject(body) ? body["Resources"] : body;
  const total = isObject(body) ? body["totalResults"] : undefined;
  // A list without anybody may leave its resources out. Source: RFC 7644, section 3.4.2.
  const entries = listed === undefined && total === 0 ? [] : entriesOf(listed, "Resources");
  const missing = typeof total === "number" ? Math.max(0, total - entries.length) : 0;
  return { ...tableOf(entries, scimValues), missing_count: missing };
}

/** Requests as an array of objects with our own field names. */
export function readRequests(text: string): Table {
  return { ...tableOf(entriesOf(jsonOf(text), "requests"), requestValues), missing_count: 0 };
}

/** One request, as an entry of such an array. */
export function readRequest(entry: unknown): Row | undefined {
  return tableOf([entry], requestValues).rows[0];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    throw malformed("expected JSON, got something that does not parse");
  }
}

function entriesOf(listed: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(listed)) throw malformed(`expected a list of ${name}, got none`);
  if (listed.length <= MAX_ROWS) return listed;
  throw new CallFailure("limit", `expected at most ${MAX_ROWS} entries, got ${listed.length}`, {
    fix: "Split the file, and name its parts.",
  });
}

function tableOf(entries: readonly unknown[], read: (entry: Json) => Values): Omit<Table, "missing_count"> {
  const columns = new Set<string>();
  const rows = entries.map((entry, index): Row => {
    const at = index + 1;
    if (!isObject(entry)) return { at, fault: "expected an object, got something else", values: {} };
    const values: Row["values"] = {};
    for (const [field, value] of Object.entries(read(entry))) {
      if (value === undefined || value.length === 0) continue;
      const fault = valueFault(field, value);
      if (fault !== undefined) return { at, fault, values: {} };
      values[field] = value;
      columns.add(field);
    }
    return { at, values };
  });
  return { unit: "entry", rows, columns: [...columns].sort() };
}

function scimValues(user: Json): Values {
  const name = isObject(user["name"]) ? user["name"] : {};
  const extension = isObject(user[ENTERPRISE]) ? user[ENTERPRISE] : {};
  const manager = isObject(extension["manager"]) ? extension["manager"] : {};
  const number = word(extension["employeeNumber"]);
  const native = word(user["id"]);
  const userName = word(user["userName"]);
  return {
    person_id: number ?? word(user["externalId"]) ?? native ?? userName,
    employee_number: number === undefined ? undefined : "yes",
    native_id: native,
    name: word(user["displayName"]) ?? word(name["formatted"]) ?? (joined(name) || userName),
    emails: emailsOf(user["emails"]),
    usernames: userName === undefined ? undefined : [userName],
    title: word(user["title"]),
    department: word(extension["department"]),
    manager_id: word(manager["value"]),
    active: word(user["active"]),
    worker_type: word(user["userType"]),
  };
}

/** Texts, numbers and truth values as text: exports write a number or `true` either way. */
function word(value: unknown): string | undefined {
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function joined(name: Json): string {
  return [word(name["givenName"]), word(name["familyName"])].filter((part) => part !== undefined).join(" ");
}

/** The primary one first. */
function emailsOf(listed: unknown): string[] | undefined {
  if (!Array.isArray(listed)) return undefined;
  const entries = (listed as unknown[]).map((one) => (isObject(one) ? one : { value: one }));
  const first = entries.filter((one) => one["primary"] === true);
  const all = [...first, ...entries].map(({ value }) => word(value)).filter((one) => one !== undefined);
  return [...new Set(all)];
}

const WORDS = [
  "request_id",
  "principal",
  "justification",
  "requested_by",
  "requested_at",
  "starts_at",
  "ends_at",
  "high_privilege",
  "state",
] as const;

function requestValues(request: Json): Values {
  return {
    ...Object.fromEntries(WORDS.map((field) => [field, word(request[field])])),
    secrets: words(request["secrets"]),
    actions: words(request["actions"]),
    ...approvalValues("manager", request["manager_approval"]),
    ...approvalValues("security", request["security_approval"]),
  };
}

function approvalValues(level: string, approval: unknown): Values {
  if (!isObject(approval)) return {};
  return {
    [`${level}_by`]: word(approval["by"]),
    [`${level}_at`]: word(approval["at"]),
    [`${level}_approved`]: word(approval["approved"]),
  };
}

function words(listed: unknown): string[] | undefined {
  const list = Array.isArray(listed) ? (listed as unknown[]) : [listed];
  return list.map(word).filter((one) => one !== undefined);
}
