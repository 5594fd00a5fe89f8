import {
  GRANT_ACTIONS,
  linkText,
  loginsOfIdentities,
  policyLine,
  type Grant,
  type GrantAction,
  type GrantPrincipal,
} from "../../access/index.ts";
import { counted, type Instant } from "../../base/index.ts";
import type { FactOf } from "../../facts/index.ts";
import { Eyesight, type Seen } from "./eyesight.ts";
import { actionWords } from "../population/explain.ts";
import { MAX_REMAINING, type Choice, type ReviewItem, type RevocationState } from "../model.ts";
import type { PersonOf } from "../population/population-input.ts";
import type { Standing } from "./standing.ts";

/** What must be gone: these actions of a principal on these secrets. */
export interface Demand {
  readonly actions: readonly GrantAction[];
  readonly targets: readonly string[];
  /** What the same decision lets stay: it is no way round. */
  readonly kept_actions: readonly GrantAction[];
}

/** A decision that takes access away, as what must be gone, and from when on. A certification asks for nothing. */
export function demandsOf(
  { kind, keep_actions, revoke_secrets = [], until }: Choice,
  { actions }: Pick<ReviewItem, "actions">,
  targets: readonly string[],
): { readonly demands: readonly Demand[]; readonly from_at?: Instant } {
  const all: Demand = { actions, targets, kept_actions: [] };
  switch (kind) {
    case "certify":
      return { demands: [] };
    case "revoke":
      return { demands: [all] };
    case "time_limit":
      return { demands: [all], ...(until === undefined ? {} : { from_at: until }) };
    case "reduce": {
      const out = new Set(revoke_secrets);
      const secrets = targets.filter((id) => out.has(id));
      const less =
        keep_actions === undefined ? [] : actions.filter((action) => !keep_actions.includes(action));
      return {
        demands: [
          ...(less.length === 0 ? [] : [{ actions: less, targets, kept_actions: keep_actions ?? [] }]),
          ...(secrets.length === 0 ? [] : [{ ...all, targets: secrets }]),
        ],
      };
    }
  }
}

/** A revocation that is looked for in a snapshot. */
export interface Verified {
  readonly store_id: string;
  readonly principal_id: string;
  /** Of the item, since a principal that is gone leads to nobody any more. */
  readonly principal?: Pick<ReviewItem["principal"], "logins" | "name" | "person" | "type">;
  /** Ids of what else was known to be that person's when the item was made. */
  readonly also?: readonly string[];
  readonly demands: readonly Demand[];
  /** Of what was revoked as a whole: where its path stands still, which must be gone with all that came under it since. */
  readonly standing?: readonly Standing[];
  /** Until then access may be there. */
  readonly from_at: Instant;
}

export interface Verdict {
  readonly state: RevocationState;
  /** In words: paths that are left; where unverifiable, what may hide some. At most {@link MAX_REMAINING}. */
  readonly remaining: readonly string[];
  readonly remaining_count: number;
}

/** A grant by which what must be gone is left, and what of a demand that is. */
export interface Left {
  readonly principal: GrantPrincipal;
  readonly grant: Grant;
  readonly demand: Demand;
}

interface VerifyInput extends Seen {
  readonly asOf: Instant;
  /** Absent: no roster was read, and nobody knows what else is a person's. */
  readonly personOf?: PersonOf;
}

/** Grants of so many principals are kept, since revocations of one come together. */
const KEPT_PRINCIPALS = 64;

/**
 * Says of revocations whether access is gone in one snapshot, by every path: other grants, roles, groups and wider sets of the
 * principal, and the same of whoever else is the same identity or person. Whoever may still give itself access still
 * has it.
 */
export class RevocationVerifier {
  readonly #input: VerifyInput;
  readonly #eyes: Eyesight;
  /** By what names a person, see {@link personKeys}. */
  readonly #byPerson = new Map<string, readonly GrantPrincipal[]>();
  readonly #principals: ReadonlyMap<string, GrantPrincipal>;
  readonly #logins: ReturnType<typeof loginsOfIdentities>;
  readonly #byName: ReadonlyMap<string, readonly GrantPrincipal[]>;
  /** By the name that an item has for them, e.g. `auth/userpass/ada`. */
  readonly #roles: ReadonlyMap<string, readonly FactOf<"auth_role">[]>;
  /** Of a role or user: the identity that whoever comes in by it is. */
  readonly #identities = new Map<string, string>();
  readonly #grants = new Map<string, readonly Grant[]>();

  constructor(input: VerifyInput) {
    this.#input = input;
    this.#eyes = new Eyesight(input);
    const { principals } = input.model;
    this.#principals = new Map(principals.map((principal) => [principal.id, principal]));
    for (const principal of principals) {
      const person = input.personOf?.(principal.id);
      for (const key of person === undefined ? [] : personKeys(person))
        this.#byPerson.set(key, [...(this.#byPerson.get(key) ?? []), principal]);
    }
    this.#byName = Map.groupBy(principals, ({ name }) => name);
    this.#roles = Map.groupBy(input.facts.of("auth_role"), ({ mount, name }) => `${mount}${name}`);
    this.#logins = loginsOfIdentities(input.facts);
    for (const [identity, logins] of this.#logins)
      for (const { id } of logins === "unknown" ? [] : logins) this.#identities.set(id, identity);
  }

  verify(asked: Verified): Verdict {
    const { store_id, demands, standing = [], from_at } = asked;
    const who = this.#same(asked);
    const alike = this.#namesakes(asked, who);
    const left = [
      ...[...who].flatMap((id) => this.#left(id, asked.principal_id, demands)),
      ...alike.flatMap((id) => this.#left(id, asked.principal_id, demands, "has the same name")),
      ...[...who].flatMap((id) => this.#standing(id, asked.principal_id, demands, standing)),
    ];
    const sure = left.filter(({ possible }) => !possible).map(({ text }) => text);
    const pending = Date.parse(this.#input.asOf) < Date.parse(from_at);
    if (sure.length > 0) return verdict(pending ? "open" : "still_reachable", sure);
    const targets = new Set(demands.flatMap((demand) => demand.targets));
    const unknown = [
      ...(targets.size === 0 ? ["it is not known what must be gone"] : []),
      ...left.map(({ text }) => text),
      ...this.#eyes.hides(store_id, who, targets),
      ...this.#hiddenOf(asked.principal?.person),
      ...[...who]
        .filter((id) => this.#logins.get(id) === "unknown")
        .map((id) => `it is not known by which logins ${id} comes in`),
    ];
    if (unknown.length > 0) return verdict(pending ? "open" : "unverifiable", unknown);
    return verdict("removed", []);
  }

  /** Ids of whoever is the same as the principal: its identity and logins, and all that one person has in the store. */
  #same({
    principal_id,
    principal,
    also = [],
    store_id,
  }: Omit<Verified, "demands" | "from_at" | "standing">): Set<string> {
    const person = principal?.person ?? this.#input.personOf?.(principal_id);
    const others =
      person === undefined ? [] : personKeys(person).flatMap((key) => this.#byPerson.get(key) ?? []);
    const found = new Set([
      principal_id,
      ...also,
      ...others.filter((one) => one.store_id === store_id).map(({ id }) => id),
      ...this.#loginsNamed(principal_id, principal?.logins ?? []),
    ]);
    // What is added is looked at, too: a login leads to the identity that it is now, and that to its other logins.
    for (const id of found) {
      const identity = this.#identities.get(id) ?? id;
      const logins = this.#logins.get(identity);
      found.add(identity);
      for (const login of logins === undefined || logins === "unknown" ? [] : logins) found.add(login.id);
    }
    return found;
  }

  /** Logins that were the identity's when the item was made: they work without it, and may lead to another by now. */
  #loginsNamed(principalId: string, names: readonly string[]): string[] {
    return names
      .flatMap((name) => this.#roles.get(name) ?? [])
      .filter(({ scope }) => principalId.startsWith(`${scope}:`))
      .map(({ id }) => id);
  }

  /** Where the principal is gone: others of its name and kind. It may be made anew, which nobody can tell from another. */
  #namesakes({ principal_id, principal, store_id }: Verified, who: ReadonlySet<string>): string[] {
    if (principal === undefined || this.#principals.has(principal_id)) return [];
    return (this.#byName.get(principal.name) ?? [])
      .filter((one) => one.store_id === store_id && one.principal_type === principal.type && !who.has(one.id))
      .map(({ id }) => id);
  }

  /** In words, why it may not be known what else is a person's. */
  #hiddenOf(person: ReviewItem["principal"]["person"]): string[] {
    if (person === undefined) return [];
    const other = `what else is ${person.name}'s is not known`;
    if (this.#input.personOf === undefined) return [`${other}: no roster was read`];
    return this.#eyes.hidesPeople().map((why) => `${other}: ${why}`);
  }

  /** By which grants what must be gone is left, with what of it each reaches: of the principal, and of whoever is the same. */
  left(asked: Omit<Verified, "from_at">): Left[] {
    return [...this.#same(asked)].flatMap((id) => {
      const principal = this.#principals.get(id);
      if (principal === undefined) return [];
      return this.#grantsOf(id).flatMap((grant) =>
        leftOf(grant, asked.demands).map((demand) => ({ principal, grant, demand })),
      );
    });
  }

  /** What paths that were revoked as a whole give beyond what must be gone: what came under them since, by the grants that stand. */
  leftSince({ standing = [], ...asked }: Omit<Verified, "from_at">): Left[] {
    const known = new Set(asked.demands.flatMap(({ targets }) => targets));
    return [...this.#same(asked)].flatMap((id) => {
      const principal = this.#principals.get(id);
      if (principal === undefined) return [];
      return this.#standingOf(id, standing).flatMap(({ grant, reached }): Left[] => {
        const targets = [...reached].filter((target) => !known.has(target));
        const demand = { actions: grant.actions, targets, kept_actions: [] };
        return targets.length === 0 ? [] : [{ principal, grant, demand }];
      });
    });
  }

  /** Of somebody's grants those that stand, with what of it each reaches. */
  #standingOf(
    id: string,
    standing: readonly Standing[],
  ): { readonly grant: Grant; readonly reached: ReadonlySet<string> }[] {
    if (standing.length === 0) return [];
    const there = new Map(standing.map(({ grant_id, targets }) => [grant_id, targets]));
    return this.#grantsOf(id).flatMap((grant) => {
      const held = new Set(grant.targets());
      const reached = new Set((there.get(grant.id) ?? []).filter((target) => held.has(target)));
      return reached.size === 0 || grant.actions.length === 0 ? [] : [{ grant, reached }];
    });
  }

  #left(
    id: string,
    revokedOf: string,
    demands: readonly Demand[],
    perhaps?: string,
  ): { text: string; possible: boolean }[] {
    const principal = this.#principals.get(id);
    if (principal === undefined) return [];
    return this.#grantsOf(id).flatMap((grant) => {
      const reached = new Set<string>();
      const actions = new Set<GrantAction>();
      for (const left of leftOf(grant, demands)) {
        for (const target of left.targets) reached.add(target);
        for (const action of left.actions) actions.add(action);
      }
      if (reached.size === 0) return [];
      const words = actionWords(GRANT_ACTIONS.filter((action) => actions.has(action)));
      const what = reachedText(reached);
      const who = id === revokedOf ? principal.name : `${principal.name}, who ${perhaps ?? "is the same"},`;
      // Whether the directory has a user in some group, only a login would tell: the group's own access is reviewed as the group's.
      const possible = perhaps !== undefined || grant.certainty === "possible" || grant.perhaps === true;
      const may = possible ? "possibly may still" : "may still";
      return [{ text: `${who} ${may} ${words} ${what}, ${throughText(grant)}`, possible }];
    });
  }

  /** Of somebody's grants the path that was revoked, where it reaches something else than what was decided on: that the others tell. */
  #standing(
    id: string,
    revokedOf: string,
    demands: readonly Demand[],
    standing: readonly Standing[],
  ): { text: string; possible: boolean }[] {
    const principal = this.#principals.get(id);
    if (principal === undefined) return [];
    return this.#standingOf(id, standing).flatMap(({ grant, reached }) => {
      if (leftOf(grant, demands).length > 0) return [];
      const possible = grant.certainty === "possible" || grant.perhaps === true;
      const who = id === revokedOf ? principal.name : `${principal.name}, who is the same,`;
      const is = possible ? "is possibly still there" : "is still there";
      const text = `the path that was revoked ${is}, and reaches ${reachedText(reached)}: ${who} may ${actionWords(grant.actions)} ${reached.size === 1 ? "it" : "them"}, ${throughText(grant)}`;
      return [{ text, possible }];
    });
  }

  #grantsOf(id: string): readonly Grant[] {
    const known = this.#grants.get(id) ?? this.#input.model.whatCan(id);
    if (this.#grants.size >= KEPT_PRINCIPALS && !this.#grants.has(id)) this.#grants.clear();
    this.#grants.set(id, known);
    return known;
  }
}

/** By what a person is found again in a later roster, whose numbers may be others. */
function personKeys({ person_id, email }: NonNullable<ReviewItem["principal"]["person"]>): string[] {
  return [`id ${person_id}`, ...(email === undefined ? [] : [`email ${email.toLowerCase()}`])];
}

/** What of each demand a grant still gives; none of it is empty. */
function leftOf(grant: Grant, demands: readonly Demand[]): Demand[] {
  return demands.flatMap((demand) => {
    const actions = grant.actions.filter((action) => isLeft(action, demand));
    if (actions.length === 0) return [];
    const held = new Set(grant.targets());
    const targets = demand.targets.filter((target) => held.has(target));
    return targets.length === 0 ? [] : [{ ...demand, actions, targets }];
  });
}

/** Whether an action that a grant still gives is what must be gone, or gives it back. */
function isLeft(action: GrantAction, { actions, kept_actions }: Demand): boolean {
  if (actions.includes(action)) return true;
  return (action === "administer" || action === "share") && !kept_actions.includes(action);
}

/** E.g. `3 secrets, e.g. vault:kv/payments/db`. */
function reachedText(reached: ReadonlySet<string>): string {
  const [first = ""] = reached;
  return reached.size === 1 ? first : `${counted(reached.size, "secret")}, e.g. ${first}`;
}

function throughText({ path, conditions, principal_id }: Grant): string {
  const ways = path.map((statement) => {
    const links = statement.through.filter(({ id }) => id !== principal_id).map(linkText);
    return [...links, `policy ${policyLine(statement)}`].join(" > ");
  });
  const few = [...new Set(ways)].slice(0, MAX_WAYS);
  const condition = conditions.length === 0 ? "" : ` (${conditions.slice(0, MAX_WAYS).join("; ")})`;
  return `through ${few.join("; ")}${condition}`;
}

/** Ways that one line names. */
const MAX_WAYS = 3;

function verdict(state: RevocationState, remaining: readonly string[]): Verdict {
  const all = [...new Set(remaining)];
  return { state, remaining: all.slice(0, MAX_REMAINING), remaining_count: all.length };
}
