/**
 * What is read of a list, and how its columns are usually headed. Headers are compared without case and without anything but letters
 * and digits; of several that fit, the first of a line here counts. What is in no line is not kept.
 */
const PERSON = {
  person_id: [
    "person id",
    "employee id",
    "employee number",
    "employee no",
    "personnel number",
    "worker id",
    "staff id",
    "emp id",
    "id",
  ],
  name: ["name", "full name", "display name", "employee name", "worker name", "worker"],
  first_name: ["first name", "given name", "forename"],
  last_name: ["last name", "family name", "surname"],
  emails: ["email", "emails", "work email", "email address", "business email", "primary email", "mail"],
  usernames: [
    "username",
    "usernames",
    "user name",
    "login",
    "sam account name",
    "user principal name",
    "upn",
    "account",
  ],
  title: ["title", "job title", "position", "position title", "job"],
  department: [
    "department",
    "dept",
    "organization",
    "organisation",
    "org unit",
    "business unit",
    "cost center name",
  ],
  manager_id: ["manager id", "manager employee id", "manager number", "supervisor id"],
  manager_email: ["manager email", "manager mail", "supervisor email"],
  status: ["status", "employment status", "employee status", "worker status", "state"],
  active: ["active", "enabled", "account enabled", "is active"],
  starts_at: ["starts at", "start date", "hire date", "hired at", "joining date"],
  terminated_at: [
    "terminated at",
    "termination date",
    "end date",
    "last working day",
    "last day",
    "exit date",
    "leaving date",
    "contract end date",
    "contract end",
  ],
  moved_at: [
    "moved at",
    "last job change",
    "job change date",
    "role change date",
    "last transfer date",
    "transfer date",
    "position start date",
  ],
  worker_type: ["worker type", "employment type", "employee type", "contract type", "user type"],
  third_party: ["third party", "external", "is external", "contractor", "is contractor"],
} as const;

const REQUEST = {
  request_id: ["request id", "ticket", "ticket id", "reference", "number", "id"],
  principal: ["principal", "requested for", "beneficiary", "user", "account", "identity"],
  secrets: ["secrets", "secret", "resources", "resource"],
  actions: ["actions", "action", "access", "permission", "permissions"],
  justification: ["justification", "business justification", "reason"],
  requested_by: ["requested by", "requester", "requestor"],
  requested_at: ["requested at", "request date", "requested on", "created at", "created"],
  starts_at: ["starts at", "start date", "valid from", "from"],
  ends_at: ["ends at", "end date", "valid until", "expires at", "expiry", "until"],
  high_privilege: ["high privilege", "privileged", "is privileged"],
  manager_by: ["manager approved by", "manager approval by", "approved by", "approver"],
  manager_at: ["manager approved at", "manager approval at", "approved at", "approval date"],
  manager_approved: ["manager approved", "manager approval"],
  security_by: ["security approved by", "security approval by", "security reviewer"],
  security_at: ["security approved at", "security approval at", "security review date"],
  security_approved: ["security approved", "security approval"],
  state: ["state", "status"],
} as const;

export const FIELDS = { person: PERSON, request: REQUEST } as const;

export type Field = keyof typeof PERSON | keyof typeof REQUEST;

/** Fields that hold several values, and what parts them in one cell. */
const LISTS: Readonly<Partial<Record<Field, RegExp>>> = {
  emails: /[;,\s]+/,
  usernames: /[;,\s]+/,
  secrets: /[;\n]+/,
  actions: /[;,\s]+/,
};

/** One value, or, of a field that holds several, all of them; undefined of an empty cell. */
export function cellValue(field: Field, cell: string): string | string[] | undefined {
  const apart = LISTS[field];
  if (apart === undefined) return cell.trim() === "" ? undefined : cell.trim();
  const parts = cell
    .split(apart)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts;
}

/** Which column holds each field; `twice`: a header that stands for a field and is there more than once. */
export function columnsOf(
  of: keyof typeof FIELDS,
  header: readonly string[],
  mapping: Readonly<Record<string, string | undefined>> = {},
): {
  readonly columns: ReadonlyMap<Field, number>;
  readonly twice: readonly string[];
  readonly missing: readonly string[];
} {
  const columns = new Map<Field, number>();
  const missing: string[] = [];
  const twice: string[] = [];
  const plain = header.map(plainName);
  for (const [field, usual] of Object.entries(FIELDS[of]) as [Field, readonly string[]][]) {
    const mapped = mapping[field];
    const wanted = mapped === undefined ? usual : [mapped];
    const name = wanted.map(plainName).find((one) => plain.includes(one));
    if (name === undefined) {
      if (mapped !== undefined) missing.push(field);
      continue;
    }
    if (plain.indexOf(name) !== plain.lastIndexOf(name)) twice.push(field);
    columns.set(field, plain.indexOf(name));
  }
  return { columns, twice, missing };
}

function plainName(header: string): string {
  return header.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}
