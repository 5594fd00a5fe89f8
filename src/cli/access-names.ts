import { POPULATION_KINDS, TARGET_KINDS, identityBehind, type GrantModel } from "../access/index.ts";
import { CountersignError } from "../base/index.ts";
import type { FactKind, FactSet } from "../facts/index.ts";
import { gapLines, hiding, kindsText, unseen } from "./access-gaps.ts";
import type { Environment } from "./environment.ts";

/** Most candidates that an ambiguous name lists. */
const MAX_CANDIDATES = 10;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The access of a snapshot, and what of it could not be read. */
export interface SeenAccess {
  readonly model: GrantModel;
  readonly facts: FactSet;
  /** Stores of which the snapshot has nothing, and the last one before it that has; absent where all told something. */
  readonly unread?: { readonly stores: readonly string[]; readonly last?: string };
}

/** What a command can be asked for, and the kinds of facts without which it may be there unseen. */
interface Sought {
  readonly what: string;
  readonly among: (model: GrantModel) => readonly Named[];
  readonly kinds: readonly FactKind[];
  /** What was perhaps meant by a name that nothing has. */
  readonly meant?: (facts: FactSet, wanted: string) => readonly Named[];
}

export const TARGET: Sought = {
  what: "secret or key",
  among: ({ targets }) => targets,
  kinds: TARGET_KINDS,
  meant: byRequestPath,
};
const PRINCIPAL: Sought = {
  what: "principal",
  among: ({ principals }) => principals,
  kinds: POPULATION_KINDS,
};

/** What is asked for: one principal, or a login and the identity that it always is, which comes first. */
export type Principals = readonly [Named, ...Named[]];

/**
 * The identity and the login of a name that both bear, where whoever logs in so is this identity and no other;
 * undefined where they may be somebody else's.
 */
function onePerson({ facts }: SeenAccess, found: readonly Named[]): Principals | undefined {
  const ids = new Set(found.map(({ id }) => id));
  const roles = facts.of("auth_role").filter(({ id }) => ids.has(id));
  const behind = new Set(roles.map(identityBehind(facts)));
  const [identity] = behind;
  if (behind.size !== 1 || identity === undefined || identity === "perhaps") return undefined;
  if (!ids.has(identity.id) || roles.length + 1 !== found.length) return undefined;
  return [identity, ...roles];
}

/** Findings name tokens, too: one that is an identity's has what that identity has, and at most that. */
export function thePrincipal(
  { terminal }: Pick<Environment, "terminal">,
  seen: SeenAccess,
  wanted: string,
): Principals {
  const { facts, model } = seen;
  const known = new Set(model.principals.map(({ id }) => id));
  const tokens = facts
    .of("token")
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => ({ id, name: id }));
  const among = (): readonly Named[] => [...model.principals, ...tokens];
  const person = onePerson(seen, called(among(), wanted));
  if (person !== undefined) {
    terminal.err(`${person.map(({ id }) => id).join(" and ")} are one: what either can is listed.\n\n`);
    return person;
  }
  const found = theOne(seen, { ...PRINCIPAL, among }, wanted);
  if (known.has(found.id)) return [found];
  const token = facts.of("token").find(({ id }) => id === found.id);
  const holder = facts
    .of("principal")
    .find(
      (one) =>
        one.store_id === token?.store_id && one.scope === token.scope && one.native_id === token.entity_id,
    );
  if (holder === undefined) throw notOne(seen, PRINCIPAL, wanted, []);
  terminal.err(`${found.id} is a token of ${holder.id}: what this identity can, the token at most.\n\n`);
  return [holder];
}

/**
 * The thing of that id, or the only one of that name or whose id ends so: a name may be that of an identity and of a user
 * of another's. E_AMBIGUOUS lists several. E_NOT_FOUND lists what comes near; where a gap may hide it, E_UNSEEN names the
 * gaps: that it was not found says nothing then.
 */
export function theOne(seen: SeenAccess, sought: Sought, wanted: string): Named {
  const found = called(sought.among(seen.model), wanted);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw notOne(seen, sought, wanted, found);
}

/** Those that a name may mean: the one of that id, else all that are called so or whose ids end so. */
function called(all: readonly Named[], wanted: string): readonly Named[] {
  const exact = all.find(({ id }) => id === wanted);
  if (exact !== undefined) return [exact];
  return all.filter(({ id, name }) => name === wanted || endsWithName(id, wanted));
}

function endsWithName(id: string, wanted: string): boolean {
  return id === wanted || id.endsWith(`/${wanted}`) || id.endsWith(`:${wanted}`);
}

/** Folders behind a mount of KV version 2 in the paths of requests and policies; names of secrets are without. */
const REQUEST_FOLDERS = ["data/", "metadata/"];

/** Secrets whose path in requests, as policies write it, this is. */
function byRequestPath(facts: FactSet, wanted: string): readonly Named[] {
  if (!REQUEST_FOLDERS.some((folder) => wanted.includes(folder))) return [];
  const versioned = new Set(
    facts
      .of("mount")
      .filter(({ engine, engine_version }) => engine === "kv" && engine_version === "2")
      .map(({ scope, path }) => `${scope}\n${path}`),
  );
  return facts.of("secret").filter(({ id, scope, mount, name }) => {
    const before = id.slice(0, id.length - name.length);
    return (
      versioned.has(`${scope}\n${mount}`) &&
      REQUEST_FOLDERS.some((folder) => endsWithName(`${before}${folder}${name}`, wanted))
    );
  });
}

function notOne(
  { model, facts, unread: notRead }: SeenAccess,
  { what, among, kinds, meant }: Sought,
  wanted: string,
  found: readonly Named[],
): CountersignError {
  const { gaps } = facts;
  const asked = found.length > 0 ? [] : (meant?.(facts, wanted) ?? []);
  const near =
    [found, asked].find(({ length }) => length > 0) ?? among(model).filter(({ id }) => id.includes(wanted));
  const names = near.slice(0, MAX_CANDIDATES).map(({ id }) => id);
  const more = near.length > names.length ? ` and ${near.length - names.length} more` : "";
  const expected = `expected one ${what} called ${wanted}, got ${found.length}`;
  const why =
    asked.length > 0 ? "This is the path of requests; a secret's name is without data/ or metadata/. " : "";
  const say = names.length > 0 ? `${why}Say which: ${names.join(", ")}${more}.` : "";
  const unknown = model.blindness.filter(({ gap }) => gap === undefined);
  const hidden = unseen([...unknown, ...hiding(gaps, kinds)], gaps, wanted);
  if (found.length > 0) {
    return new CountersignError("E_AMBIGUOUS", `${expected}: ${names.join(", ")}${more}`, {
      fix: `Give the id of the one that is meant, e.g. '${names[0] ?? ""}'.`,
    });
  }
  if (hidden.blindness.length === 0) {
    return new CountersignError("E_NOT_FOUND", expected, {
      fix: say === "" ? "inventory.csv of a report lists them all." : say,
    });
  }
  if (notRead !== undefined) {
    const { stores, last } = notRead;
    return new CountersignError(
      "E_UNSEEN",
      `${expected}, and not everything could be read: nothing of ${stores.join(", ")} was: ${gapLines(hidden).join("; ")}`,
      {
        fix:
          last === undefined
            ? "No earlier snapshot has read more: mend what is said to be wrong (countersign doctor tells when it is), and collect again."
            : `Ask the last snapshot that did: the same command with --from ${last}.`,
      },
    );
  }
  const unread = gapLines(hidden).join("; ") || kindsText(hidden);
  return new CountersignError("E_UNSEEN", `${expected}, and not everything could be read: ${unread}`, {
    fix: `${say === "" ? "It" : `${say} Else it`} may be there unseen: let the collector read that too, and collect again.`,
  });
}
