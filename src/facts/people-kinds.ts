import { Count, InstantText, Text, Texts, Type, closed, literals } from "../schema/index.ts";
import { fact, optional } from "./kind-schema.ts";

/** What a roster is kept by: human resources, which say who is employed, or an identity provider, which says who may sign in. */
export const ROSTER_KINDS = ["hr", "idp"] as const;

/** What access lets its holder do to a secret. `administer`: give themselves or others any of the rest. */
export const ACCESS_ACTIONS = ["read", "list", "write", "delete", "rotate", "share", "administer"] as const;

const RosterKind = literals(ROSTER_KINDS);

const Approval = closed({ by: Text, at: InstantText, approved: Type.Boolean() });

/** Kinds that tell of people and of what they asked for, not of a secrets store. */
export const PEOPLE_KIND_SCHEMAS = {
  /** Somebody, as one roster has them. The same person in two rosters is two facts. */
  person: fact("person", {
    roster_kind: RosterKind,
    /** The file that names them, without its directory. */
    file: Text,
    /** As the roster counts people: an employee number where it states one. */
    person_id: Text,
    /** Whether `person_id` is the employer's number, by which two rosters know one person. */
    employee_number: Type.Boolean(),
    /** The roster's own id, where managers are named by another than `person_id`. */
    native_id: optional(Text),
    name: Text,
    /** As written. The first, where there are several. */
    email: optional(Text),
    other_emails: optional(Texts),
    usernames: Texts,
    title: optional(Text),
    department: optional(Text),
    manager_id: optional(Text),
    manager_email: optional(Text),
    /** As stated. Of an identity provider `terminated` says that nobody can sign in as them, whatever the reason. */
    status: literals(["active", "leave", "terminated"]),
    starts_at: optional(InstantText),
    /** When the employment ends or ended: of a date alone the last instant at which it is that day anywhere. */
    terminated_at: optional(InstantText),
    /** Last change of job or manager, likewise. */
    moved_at: optional(InstantText),
    third_party: Type.Boolean(),
  }),
  /** A list of people that was read. */
  roster: fact("roster", {
    roster_kind: RosterKind,
    file: Text,
    /** SHA-256 of the file. */
    file_sha256: Text,
    /** Different people in the file, those that could not be read among them. */
    person_count: Count,
    /** What it is as of, as configured, else when the file was last written. */
    as_of: InstantText,
    /** What it tells of people, e.g. `third_party`; what is not here it has no column for. */
    columns: Texts,
  }),
  /** A request for access, granted or not. */
  access_request: fact("access_request", {
    request_id: Text,
    /** Of whom: a principal's id or name, or a person's email, username or id. */
    principal: Text,
    /** Ids of secrets, with or without the source's name, or patterns with `*`. */
    secrets: Texts,
    actions: Type.Array(literals(ACCESS_ACTIONS), { minItems: 1, maxItems: ACCESS_ACTIONS.length }),
    justification: Text,
    requested_by: Text,
    requested_at: InstantText,
    /** Of a date alone the first instant at which it is that day anywhere, and of the end the last one. */
    starts_at: optional(InstantText),
    ends_at: optional(InstantText),
    high_privilege: Type.Boolean(),
    manager_approval: optional(Approval),
    security_approval: optional(Approval),
    state: literals(["approved", "refused", "requested", "withdrawn"]),
  }),
};
