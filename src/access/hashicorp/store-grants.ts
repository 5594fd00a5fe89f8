import { compareStrings } from "../../base/index.ts";
import type { Certainty, GrantAction, PrincipalAccess } from "../grant.ts";
import { MAX_RULE_SAMPLE, isUse, weakest } from "../grant.ts";
import { certaintyOf, owns } from "./certainty.ts";
import { Credentials, unknownGrants, usesOf, type Minted } from "./credentials.ts";
import type { ClassGrant, ClassStatement } from "./class-grant.ts";
import type { Holder } from "./principals.ts";
import type { EvaluatedClass, HolderSessions } from "./holder-sessions.ts";
import { childSessions, type Session } from "./session.ts";
import { byteText, meets } from "./pattern.ts";
import { rulesOf, sudoTexts } from "./rule-texts.ts";
import { shownGrants, type HeldGrant, type ShownGrant } from "./shown-grants.ts";
import type { StoreFacts } from "./store-facts.ts";
import type { LocatedTarget, TargetClass } from "./target-class.ts";
import type { WholeMounts } from "./whole-mounts.ts";

/** Effective access within one store, joined by classes. */
export class StoreGrants {
  readonly store: StoreFacts;
  /** In id order. */
  readonly targets: readonly LocatedTarget[];
  readonly targetClasses: readonly TargetClass[];
  readonly classOfTarget: ReadonlyMap<string, number>;
  /** In id order. */
  readonly holders: readonly HolderSessions[];
  readonly #byPrincipal: ReadonlyMap<string, HolderSessions>;
  /** Holders of each session class. */
  readonly #holdersOf: ReadonlyMap<EvaluatedClass, readonly number[]>;
  /** For each target class, the session classes with a grant to it. */
  readonly #reach: readonly (readonly EvaluatedClass[])[];
  /** Session classes with a grant to everything. */
  readonly #wide: readonly EvaluatedClass[];
  readonly #whole: WholeMounts;
  readonly #judged = new Map<string, Powers>();
  readonly #credentials: Credentials;

  constructor(
    store: StoreFacts,
    targets: readonly LocatedTarget[],
    targetClasses: readonly TargetClass[],
    holders: readonly HolderSessions[],
    whole: WholeMounts,
  ) {
    this.store = store;
    this.#whole = whole;
    this.targets = targets;
    this.targetClasses = targetClasses;
    this.holders = holders;
    this.#byPrincipal = new Map(holders.map((holder) => [holder.principal.id, holder]));
    this.classOfTarget = new Map(
      targetClasses.flatMap((target, place) =>
        target.members.map((member) => [targets[member]?.id ?? "", place] as const),
      ),
    );
    const holdersOf = new Map<EvaluatedClass, number[]>();
    for (const [place, { sessions }] of holders.entries()) {
      for (const evaluated of new Set(sessions.map((session) => session.of))) {
        const list = holdersOf.get(evaluated);
        if (list === undefined) holdersOf.set(evaluated, [place]);
        else list.push(place);
      }
    }
    this.#credentials = new Credentials(holders);
    this.#holdersOf = holdersOf;
    this.#wide = [...holdersOf.keys()].filter(reachesEverything);
    this.#reach = reachOf(holdersOf.keys(), targetClasses.length);
  }

  has(principalId: string): boolean {
    return this.#byPrincipal.has(principalId);
  }

  /** Everything that a principal holds. What a certain session gives is not told again as conditional. */
  heldBy(principalId: string): HeldGrant[] {
    const holder = this.#byPrincipal.get(principalId);
    return holder === undefined ? [] : this.#held(holder, undefined);
  }

  /** What reaches one thing, in principal order. */
  reaching(targetId: string): HeldGrant[] {
    const place = this.classOfTarget.get(targetId);
    if (place === undefined) return [];
    return this.holdersReaching(place).flatMap((holder) => this.#held(holder, place));
  }

  holdersReaching(targetClass: number): HolderSessions[] {
    const classes = new Set([...(this.#reach[targetClass] ?? []), ...this.#wide]);
    const places = new Set([...classes].flatMap((evaluated) => this.#holdersOf.get(evaluated) ?? []));
    return [...places].sort((a, b) => a - b).flatMap((place) => this.holders[place] ?? []);
  }

  #held(holder: HolderSessions, targetClass: number | undefined): HeldGrant[] {
    const wanted = (grant: ClassGrant): boolean =>
      targetClass === undefined || this.covers(grant, targetClass);
    const found = holder.sessions.flatMap(({ session, of }) =>
      [...of.grants, ...unknownGrants(session)]
        .filter((grant) => grant.roleId !== undefined || wanted(grant))
        .flatMap((grant) => this.#expanded(holder, session, of, grant, wanted)),
    );
    return withoutEchoes(found);
  }

  /** A grant as this principal holds it; the minting of another's credential becomes shares of what that may read. */
  #expanded(
    holder: HolderSessions,
    session: Session,
    evaluated: EvaluatedClass,
    grant: ClassGrant,
    wanted: (grant: ClassGrant) => boolean,
  ): HeldGrant[] {
    const { principal } = holder;
    const base = { principal, session, evaluated };
    if (grant.roleId === undefined) return [{ ...base, grant, certainty: certaintyOf(session, grant) }];
    const direct = new Set(evaluated.grants.map(({ roleId }) => roleId));
    return this.#credentials
      .of(grant.roleId)
      .filter((found) => found.before.length === 0 || !direct.has(found.principal.id))
      .filter((found) => found.principal !== principal)
      .flatMap((found) =>
        usesOf(found)
          .filter(({ inner }) => wanted(inner))
          .map(({ inner, action }) => {
            const statements = inner.statements.flatMap((statement) => giving(statement, action));
            const conditions = [...new Set([...grant.conditions, ...found.conditions, ...inner.conditions])];
            const actions = [action === "read" ? ("share" as const) : action];
            const doubts = [...new Set([...grant.doubts, ...inner.doubts])];
            const joined: ClassGrant = { ...grant, actions, conditions, doubts, classes: inner.classes };
            const own = weakest(found.certainty, certaintyOf(found.session, inner));
            const certainty = weakest(certaintyOf(session, joined), own);
            const last: Minted = { principal: found.principal, session: found.session, statements };
            return { ...base, grant: joined, certainty, minted: [...found.before, last] };
          }),
      );
  }

  covers({ classes }: ClassGrant, targetClass: number): boolean {
    if ("everything" in classes)
      return this.targetClasses[targetClass]?.namespace.startsWith(classes.everything) ?? false;
    return classes.includes(targetClass);
  }

  #places({ classes }: ClassGrant): readonly number[] {
    if (!("everything" in classes)) return classes;
    return [...this.targetClasses.keys()].filter((place) =>
      this.targetClasses[place]?.namespace.startsWith(classes.everything),
    );
  }

  /** What a principal holds, as it is shown; with a place, what of that covers that target class. In order. */
  shownTo(principalId: string, targetClass?: number): ShownGrant[] {
    const parts = this.heldBy(principalId).map((held) => ({ held, places: this.#places(held.grant) }));
    const all = shownGrants(parts, {
      count: (places) => places.reduce((sum, place) => sum + this.#members(place).length, 0),
      targets: (places) => {
        const members = places.flatMap((place) => this.#members(place)).sort((a, b) => a - b);
        return members.flatMap((member) => this.targets[member] ?? []);
      },
    });
    return targetClass === undefined ? all : all.filter(({ places }) => places.includes(targetClass));
  }

  #members(place: number): readonly number[] {
    return this.targetClasses[place]?.members ?? [];
  }

  access(principalId: string): PrincipalAccess {
    const all = this.heldBy(principalId);
    const held = all.filter(({ certainty }) => certainty !== "possible");
    const onWhich = (fits: (action: GrantAction) => boolean): readonly number[] => {
      const fitting = held.filter(({ grant }) => grant.actions.some(fits));
      const places = new Set(fitting.flatMap(({ grant }) => this.#places(grant)));
      return [...places].flatMap((place) => this.targetClasses[place]?.members ?? []);
    };
    const count = (...actions: readonly GrantAction[]): number =>
      onWhich((action) => actions.includes(action)).filter(
        (member) => this.targets[member]?.kind === "secret",
      ).length;
    const own = held.filter(({ session }) => session.perhapsThrough === undefined);
    const elsewhere = (power: keyof Powers) =>
      held.filter(({ session: { perhapsThrough } }) => !this.#powersOf(perhapsThrough)[power]);
    const ownSessions = this.#ownSessions(principalId);
    const sudo = [...new Set(ownSessions.flatMap(({ of }) => sudoTexts(of)))].sort(compareStrings);
    const rules = ownSessions
      .flatMap(({ session, of }) => rulesOf(of, session.namespace))
      .filter((rule) => !rule.namesOnly);
    const wideRules = rules.filter((rule) => !rule.open && this.#whole.covers(rule.pattern));
    const wide = [...new Set(wideRules.map((rule) => rule.text))].sort(compareStrings);
    return {
      readable_secret_count: count("read"),
      own_readable_secret_count: count("read"),
      writable_secret_count: count("write", "delete"),
      usable_count: onWhich(isUse).length,
      administers: held.some(administers),
      administers_itself: own.some(administers),
      impersonated_count: new Set(
        own.filter(({ session }) => !session.anyIdentity).flatMap((one) => this.#impersonated(one)),
      ).size,
      perhaps_administers: this.#rules(elsewhere("rules")),
      reads_and_administers: this.#combines(own),
      perhaps_reads_and_administers: this.#combines(elsewhere("combines")),
      sudo_rules: sudo.slice(0, MAX_RULE_SAMPLE),
      sudo_rule_count: sudo.length,
      wildcard_rules: wide.slice(0, MAX_RULE_SAMPLE),
      wildcard_rule_count: wide.length,
      perhaps_wildcard:
        wide.length > 0 || rules.some((rule) => rule.open && this.#whole.couldCover(rule.path)),
      certainty: [...all, ...this.#doubtful(principalId)].reduce<Certainty>(
        (worst, { certainty }) => weakest(worst, certainty),
        "certain",
      ),
    };
  }

  /**
   * Whether a principal may have access to something at or below this path (namespace and mount, with a slash at the end)
   * that nobody has seen: a rule of it covers a path there, a policy of it could not be read, or it comes in as others.
   */
  mayReach(principalId: string, base: string): boolean {
    const holder = this.#byPrincipal.get(principalId);
    if (holder === undefined) return true;
    const bytes = byteText(base);
    return holder.sessions.some(
      ({ session, of }) =>
        session.unknown.length > 0 ||
        of.grants.some(({ roleId }) => roleId !== undefined) ||
        of.session.rules.some(({ pattern }) => meets(pattern, bytes)),
    );
  }

  /**
   * Its own sessions that are wholly known: what their policies say counts, also where they reach nothing that is there now.
   */
  #ownSessions(principalId: string) {
    return (this.#byPrincipal.get(principalId)?.sessions ?? []).filter(
      ({ session: { perhapsThrough, unknown, doubts } }) =>
        perhapsThrough === undefined && unknown.length + doubts.length === 0,
    );
  }

  /** Of a session that may give less than it seems to, no rule counts, also where it reaches nothing that is there now. */
  #doubtful(principalId: string): { readonly certainty: Certainty }[] {
    const sessions = this.#byPrincipal.get(principalId)?.sessions ?? [];
    return sessions.some(({ session }) => session.doubts.length > 0) ? [{ certainty: "possible" }] : [];
  }

  /** Whether these grants read a secret and administer. */
  #combines(held: readonly HeldGrant[]): boolean {
    const reads = held.some(
      ({ grant }) =>
        grant.actions.includes("read") && this.#places(grant).some((place) => this.#holdsSecrets(place)),
    );
    return reads && held.some(administers);
  }

  /** What a role or group gives by itself: who comes in through it is found there. */
  #powersOf(roleId: string | undefined): Powers {
    if (roleId === undefined) return { combines: false, rules: false };
    const known = this.#judged.get(roleId);
    if (known !== undefined) return known;
    const held = this.heldBy(roleId).filter(({ certainty }) => certainty !== "possible");
    const powers = { combines: this.#combines(held), rules: this.#rules(held) };
    this.#judged.set(roleId, powers);
    return powers;
  }

  /** Whether these grants administer, or mint the credential of somebody else. */
  #rules(held: readonly HeldGrant[]): boolean {
    return held.some((one) => administers(one) || this.#impersonated(one).length > 0);
  }

  /** Id of the role or user whose credential is minted for this. Nobody impersonates whom they come in as. */
  #impersonated({ principal, minted = [] }: HeldGrant): string[] {
    const id = minted.at(-1)?.principal.id;
    const logins = this.#byPrincipal.get(principal.id)?.logins ?? [];
    return id === undefined || logins.some(({ session }) => session.by === id) ? [] : [id];
  }

  #holdsSecrets(place: number): boolean {
    return (this.targetClasses[place]?.members ?? []).some(
      (member) => this.targets[member]?.kind === "secret",
    );
  }
}

/** What of someone's grants is a finding by itself. */
interface Powers {
  /** Reads a secret and administers. */
  readonly combines: boolean;
  /** Administers, or mints the credentials of others. */
  readonly rules: boolean;
}

function administers({ grant }: HeldGrant): boolean {
  return grant.actions.includes("administer");
}

function reachesEverything({ session, grants }: EvaluatedClass): boolean {
  return (
    session.unknown.length > 0 ||
    grants.some(({ classes, roleId }) => "everything" in classes || roleId !== undefined)
  );
}

function reachOf(classes: Iterable<EvaluatedClass>, targetClasses: number): EvaluatedClass[][] {
  const reach = Array.from({ length: targetClasses }, (): EvaluatedClass[] => []);
  for (const evaluated of classes) {
    const places = new Set(
      evaluated.grants.flatMap(({ classes: places }) => ("everything" in places ? [] : places)),
    );
    for (const place of places) reach[place]?.push(evaluated);
  }
  return reach;
}

/** Leaves out conditional grants that say what a certain one says: the same rules for the same things. */
function withoutEchoes(held: readonly HeldGrant[]): HeldGrant[] {
  const signature = ({ grant, minted = [] }: HeldGrant): string =>
    JSON.stringify([
      grant.actions,
      [...grant.statements, ...minted.flatMap(({ statements }) => statements)].map(ruleNames),
      grant.conditions,
      grant.doubts,
      grant.classes,
    ]);
  if (held.every((one) => one.certainty === "certain")) return [...held];
  const certain = new Set(held.filter((one) => one.certainty === "certain").map(signature));
  return held.filter((one) => one.certainty === "certain" || !certain.has(signature(one)));
}

/** What of a statement gives an action. */
function giving(statement: ClassStatement, action: GrantAction): ClassStatement[] {
  const sources = statement.sources.filter(({ actions }) => actions.includes(action));
  return sources.length === 0 ? [] : [{ ...statement, sources }];
}

function ruleNames({ sources, note }: ClassStatement): unknown {
  return [note, sources.map(({ source, actions }) => [actions, `${source.policy}:${source.rule.index}`])];
}

/** Whether one session class may do anything that the other may not. */
function givesMore(one: EvaluatedClass, other: EvaluatedClass): boolean {
  const known = new Set(given(other));
  return given(one).some((name) => !known.has(name));
}

function given({ grants, lifts }: EvaluatedClass): string[] {
  const deletions = lifts.map(({ id }) => `deletes ${id}`);
  const granted = grants.flatMap(({ actions, classes, roleId = "" }) => {
    const places = "everything" in classes ? [`all ${classes.everything}`] : classes;
    return (places.length === 0 ? [""] : places).flatMap((place) =>
      actions.map((action) => `${action} ${place} ${roleId}`),
    );
  });
  return [...granted, ...deletions];
}

/** Joins every holder's sessions with their classes; sessions that are alike in all that matters are kept once. */
export function joined(
  holders: readonly Holder[],
  classify: (session: Session) => EvaluatedClass,
): HolderSessions[] {
  return holders.map(({ sessions: plain, takenOver: takeovers = [], ...who }) => {
    const sessions = plain.flatMap((session) => {
      const of = classify(session);
      // Whoever owns the store need not leave a policy out.
      if (!of.createsTokens || of.grants.some((grant) => owns(session, grant))) return [session];
      return [session, ...childSessions(session).filter((child) => givesMore(classify(child), of))];
    });
    const logins = plain
      .filter((session) => session.by !== undefined)
      .map((session) => ({ session, of: classify(session) }));
    const kept = new Map<string, { session: Session; of: EvaluatedClass }>();
    const certain = new Set<EvaluatedClass>();
    const inOrder = [...sessions].sort((a, b) => a.conditions.length - b.conditions.length);
    for (const session of inOrder) {
      const of = classify(session);
      if (certain.has(of)) continue;
      if (session.conditions.length === 0) certain.add(of);
      kept.set(`${of.session.key}\n${session.conditions.join("\n")}`, { session, of });
    }
    const takenOver = takeovers.map(({ key, session }) => ({ key, session, of: classify(session) }));
    return { ...who, sessions: [...kept.values()], logins, takenOver };
  });
}
