import { compareStrings, sortedBy, type Instant } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import type { Person } from "./model.ts";

type PersonFact = FactOf<"person">;
type RosterFact = FactOf<"roster">;

/**
 * Everybody, once: rows of several rosters are one person by an address of theirs, and a row of HR and those of identity providers by the
 * employee number, where HR has it once. In id order, whatever the order of the rows.
 */
export function personsOf(
  facts: readonly PersonFact[],
  rosters: readonly RosterFact[],
  at: Instant,
): Person[] {
  const rows = sortedBy(facts, ({ id }) => id);
  const asOf = new Map(rosters.map(({ store_id, file, as_of }) => [`${store_id}\n${file}`, as_of]));
  const managers = new Map(
    rows.flatMap((row) =>
      [row.person_id, row.native_id].map(
        (id) => [`${row.store_id}\n${row.file}\n${id ?? ""}`, row.email] as const,
      ),
    ),
  );
  const made = clusters(rows).map((cluster) =>
    personOf(cluster, at, {
      asOf: ({ store_id, file }) => asOf.get(`${store_id}\n${file}`),
      managerOf: ({ store_id, file, manager_id, manager_email }) =>
        manager_email ??
        (manager_id === undefined ? undefined : managers.get(`${store_id}\n${file}\n${manager_id}`)),
    }),
  );
  return sortedBy(made, ({ id }) => id);
}

function clusters(rows: readonly PersonFact[]): PersonFact[][] {
  const leader = rows.map((_, index) => index);
  const find = (index: number): number => {
    let at = index;
    for (let next = leader[at] ?? at; next !== at; next = leader[at] ?? at) at = next;
    leader[index] = at;
    return at;
  };
  const join = (members: readonly number[]): void => {
    const [first, ...others] = members;
    if (first === undefined) return;
    for (const other of others) leader[find(other)] = find(first);
  };
  const grouped = (keys: (row: PersonFact) => readonly string[]): number[][] => {
    const groups = new Map<string, number[]>();
    for (const [index, row] of rows.entries()) {
      for (const key of keys(row)) {
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [index]);
        else group.push(index);
      }
    }
    return [...groups.values()];
  };
  for (const members of grouped(emailsOf)) join(members);
  for (const members of grouped((row) => (row.employee_number ? [row.person_id.toLowerCase()] : []))) {
    // Two employers may count alike: then the number says nothing.
    if (members.filter((index) => rows[index]?.roster_kind === "hr").length === 1) join(members);
  }
  return [...Map.groupBy(rows.keys(), find).values()].map((members) =>
    members.flatMap((index) => rows[index] ?? []),
  );
}

interface Around {
  readonly asOf: (row: PersonFact) => Instant | undefined;
  readonly managerOf: (row: PersonFact) => string | undefined;
}

/** `rows` are in id order, and at least one. */
function personOf(rows: readonly PersonFact[], at: Instant, { asOf, managerOf }: Around): Person {
  const hr = rows.filter(({ roster_kind }) => roster_kind === "hr");
  const idp = rows.filter(({ roster_kind }) => roster_kind === "idp");
  const [decides = rows[0] as PersonFact] = hr;
  const ordered = [...hr, ...idp];
  const first = <T>(read: (row: PersonFact) => T | undefined): T | undefined => {
    for (const row of ordered) {
      const value = read(row);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const { status, certain } = hr.length > 0 ? statusAt(decides, at) : signInStatus(idp);
  const optional = {
    email: first(({ email }) => email)?.toLowerCase(),
    title: first(({ title }) => title),
    department: first(({ department }) => department),
    manager_email: first(managerOf)?.toLowerCase(),
    starts_at: decides.starts_at,
    terminated_at: decides.terminated_at,
    moved_at: decides.moved_at,
    as_of: asOf(decides),
  };
  return {
    id: decides.id,
    person_id: decides.person_id,
    name: decides.name,
    status,
    status_from: decides.roster_kind,
    status_certain: certain,
    third_party: ordered.some(({ third_party }) => third_party),
    contradictions: contradictionsOf(status, hr, idp, certain),
    ambiguous: hr.length > 1,
    records: unique(rows.map(({ record }) => record)),
    emails: unique(rows.flatMap(emailsOf)),
    usernames: unique(rows.flatMap(({ usernames }) => usernames.map((name) => name.toLowerCase()))),
    numbers: unique(rows.map(({ person_id }) => person_id.toLowerCase())),
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<
      Record<keyof typeof optional, string>
    >),
  };
}

/** An end that is still to come has not come; one that is past, of somebody who is said to work, contradicts that. */
function statusAt(
  { status, terminated_at }: PersonFact,
  at: Instant,
): { status: Person["status"]; certain: boolean } {
  const isPast = terminated_at !== undefined && terminated_at <= at;
  if (status === "terminated") {
    return { status: terminated_at === undefined || isPast ? status : "active", certain: true };
  }
  return { status, certain: !isPast };
}

/** Whoever may sign in by any account. */
function signInStatus(idp: readonly PersonFact[]): { status: Person["status"]; certain: boolean } {
  const all = new Set(idp.map(({ status }) => status));
  const status = (["active", "leave", "terminated"] as const).find((one) => all.has(one)) ?? "active";
  return { status, certain: all.size === 1 };
}

function contradictionsOf(
  status: Person["status"],
  hr: readonly PersonFact[],
  idp: readonly PersonFact[],
  certain: boolean,
): string[] {
  const signsIn = idp.some((row) => row.status !== "terminated");
  const found: string[] = [];
  if (hr.length > 1)
    found.push(
      `${hr.length} rows of HR have one address: ${hr.map(({ person_id }) => person_id).join(", ")}`,
    );
  if (hr.length > 0 && !certain)
    found.push("HR says that they work here, and that their employment has ended");
  if (hr.length === 0 && !certain) found.push("identity providers say different things of their accounts");
  if (hr.length > 0 && idp.length > 0 && status === "terminated" && signsIn)
    found.push("HR says that they left, and the identity provider that they may sign in");
  if (hr.length > 0 && idp.length > 0 && status === "active" && !signsIn)
    found.push("HR says that they work here, and the identity provider that they may not sign in");
  return found;
}

function emailsOf({ email, other_emails = [] }: PersonFact): string[] {
  return [...(email === undefined ? [] : [email]), ...other_emails].map((one) => one.toLowerCase());
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareStrings);
}
