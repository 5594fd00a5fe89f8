import { compareStrings } from "../../base/index.ts";
import type { FactKind, FactSet } from "../../facts/index.ts";
import {
  GRANT_ACTIONS,
  MAX_NAMED_STRANGERS,
  MAX_READER_SAMPLE,
  MAX_RULE_SAMPLE,
  isUse,
  strongest,
  waysIn,
  weakest,
  type Blindness,
  type Certainty,
  type GrantAction,
  type GrantPrincipal,
  type GrantStats,
  type GrantTarget,
  type PrincipalAccess,
  type Reader,
  type ReaderSummary,
} from "../grant.ts";
import { NO_ACCESS, NO_READERS, NOBODY, type Reached, type StoreAccess } from "../store-access.ts";
import { AwsGrants, reaches, type Held } from "./store-grants.ts";
import { isByRole, type ClassGrant, type ShownGrant } from "./shown-grants.ts";
import { COMES_TO_IT, isStranger } from "./doors.ts";
import { KeptOutByKey, type KeptOut } from "./kept-out.ts";
import { isGuessed } from "./membership.ts";
import { OfEveryone } from "./of-everyone.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { WideRules, type Change } from "./wide-rules.ts";
import { isUnreadable } from "./world-schema.ts";

/** Kinds without which there may be principals, or ways in, that nobody knows of. */
const POPULATION: readonly FactKind[] = ["account", "group", "principal", "store"];

/** Effective access of AWS, as the model of all stores asks for it. */
export class AwsAccess implements StoreAccess {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  readonly #grants: AwsGrants;
  readonly #wide: WideRules;
  readonly #change: Change | undefined;
  readonly #seen = new Map<number, readonly Seen[]>();
  readonly #keptOutByKey: KeptOutByKey;
  readonly #ofEveryone: OfEveryone;
  readonly #keptOut = new Map<number, Pick<ReaderSummary, "kept_out">>();

  constructor(storeId: string, facts: FactSet, change?: Change) {
    this.#change = change;
    this.#grants = new AwsGrants(storeId, facts);
    const { estate, index, held, grantsOf } = this.#grants;
    this.#wide = new WideRules(index, change);
    this.#keptOutByKey = new KeptOutByKey(index);
    this.#ofEveryone = new OfEveryone(index, grantsOf);
    this.principals = held.map(({ holder }) => holder.principal);
    this.targets = estate.targets.map(bare);
    this.blindness = estate.gaps.blindness(POPULATION);
    this.stats = {
      principals: this.principals.length,
      targets: this.targets.length,
      principal_classes: index.principals.length,
      session_classes: new Set(index.principals.map(({ shape }) => shape)).size,
      target_classes: new Set(estate.targets.map(({ id }) => this.#grants.placeOf(id))).size,
      class_grants: [...grantsOf.values()].reduce((sum, grants) => sum + grants.length, 0),
    };
  }

  reaching(targetId: string, action?: GrantAction): readonly Reached[] {
    const place = this.#grants.placeOf(targetId);
    if (place === undefined) return [];
    const held = this.#grants.classesReaching(place).flatMap((of) => {
      const grants = (this.#grants.grantsOf.get(of) ?? []).filter(
        (grant) => (action === undefined || grant.actions.includes(action)) && reaches(grant, place),
      );
      return grants.length === 0 ? [] : this.#grants.holdersOf(of).map((one) => ({ one, grants }));
    });
    held.sort((a, b) => compareStrings(a.one.holder.principal.id, b.one.holder.principal.id));
    return held.flatMap(({ one, grants }) => this.#grants.shown(one, grants).map(reached));
  }

  reachedBy(principalId: string): readonly Reached[] {
    const held = this.#grants.of(principalId);
    return held === undefined ? [] : this.#grants.shown(held, held.grants).map(reached);
  }

  path(principalId: string, targetId: string): readonly Reached[] {
    const held = this.#grants.of(principalId);
    const place = this.#grants.placeOf(targetId);
    if (held === undefined || place === undefined) return [];
    const grants = held.grants.filter((grant) => reaches(grant, place));
    return this.#grants.shown(held, grants).map(reached);
  }

  readers(targetId: string, apart: ReadonlySet<string> = NOBODY): ReaderSummary {
    const place = this.#grants.placeOf(targetId);
    if (place === undefined) return NO_READERS;
    const all = this.#seen.get(place) ?? this.#seenAt(place);
    this.#seen.set(place, all);
    return { ...summary(all, apart), ...this.#strangersAt(place, all), ...this.#keptOutAt(place) };
  }

  /** Who of outside would read it but for its key. */
  #keptOutAt(place: number): Pick<ReaderSummary, "kept_out"> {
    const known = this.#keptOut.get(place) ?? keptOutSummary(this.#keptOutByKey.at(place));
    this.#keptOut.set(place, known);
    return known;
  }

  /** Who of outside comes to a place, by which roles or by itself. */
  #strangersAt(place: number, all: readonly Seen[]): Pick<ReaderSummary, "ways_in"> {
    const comers = all.filter(comesToIt).flatMap(({ held, itself }) => {
      const strangers = held.filter(({ holder }) => isStranger(holder));
      const [first] = strangers;
      if (first === undefined) return [];
      const roles = this.#grants.doors.to(place, first.of).map(({ principal }) => principal.name);
      return strangers.map(({ holder: { principal } }) => ({
        principal,
        roles,
        itself: itself || roles.length === 0,
      }));
    });
    return waysIn(comers);
  }

  /** What each class may do to a place. */
  #seenAt(place: number): Seen[] {
    const all = this.#grants.classesReaching(place).map((of) => {
      const grants = (this.#grants.grantsOf.get(of) ?? []).filter((grant) => reaches(grant, place));
      const powers = powersIn(grants);
      const { actions, byRole } = powers;
      const may = actions.has("administer") && (actions.has("read") || byRole === "surely");
      const readsAndAdministers =
        may && this.#bothInHand(grants.filter(isSure), (grant) => reaches(grant, place));
      const guessed = grants.every((grant) => this.#isGuessed(of, grant, place));
      return { held: this.#grants.holdersOf(of), ...powers, readsAndAdministers, guessed };
    });
    // Whoever the policy asks for is among the others.
    const isOther = ({ held, guessed }: Seen): boolean =>
      !guessed && held.some(({ holder }) => isStranger(holder));
    return all.some(isOther) ? all.filter(({ guessed }) => !guessed) : all;
  }

  /** By the policy of the thing, or of the first role on the way. */
  #isGuessed(of: PrincipalClass, { steps: [first], conclusion }: ClassGrant, place: number): boolean {
    const { index } = this.#grants;
    const asked = first === undefined ? place : index.things.classOf(first.on);
    return asked !== undefined && isGuessed(index, of, asked, conclusion);
  }

  /**
   * A statement may name what nobody has seen, a resource policy there anyone: only what the organisation denies on everything in
   * a Region is out of reach. `base`: `<account>/<region>`.
   */
  mayReach(principalId: string, base: string): boolean {
    const [account = "", region = ""] = base.split("/");
    return region === "" || this.#grants.mayReach(principalId, account, region);
  }

  access(principalId: string): PrincipalAccess {
    const held = this.#grants.of(principalId);
    if (held === undefined) return NO_ACCESS;
    const sure = held.grants.filter(isSure);
    const placesOf = (fits: (action: GrantAction) => boolean): ReadonlySet<number> =>
      new Set(sure.flatMap(({ actions, set }) => (actions.some(fits) ? [...set.places] : [])));
    const count = (...actions: readonly GrantAction[]): number =>
      this.#secretsAt(placesOf((action) => actions.includes(action)));
    const isRole = held.holder.principal.principal_type === "iam_role" && !isStranger(held.holder);
    const administers = sure.some(({ actions }) => actions.includes("administer"));
    const itself = this.#beyondEveryone(held.of, sure);
    const administersItself = itself.some(({ actions }) => actions.includes("administer"));
    const reads = itself.some((grant) => grant.actions.includes("read") && this.#hasSecrets(grant));
    const both = administersItself && reads && this.#bothInHand(itself, (grant) => this.#hasSecrets(grant));
    const { rules, perhaps } = this.#wildcards(held);
    return {
      readable_secret_count: count("read"),
      own_readable_secret_count: this.#secretsAt(
        new Set(sure.flatMap((grant) => (isOwnRead(grant) ? [...grant.set.places] : []))),
      ),
      writable_secret_count: count("write", "delete"),
      usable_count: [...placesOf(isUse)].flatMap((place) => this.#grants.members(place)).length,
      administers,
      administers_itself: administersItself,
      impersonated_count: impersonated(sure),
      perhaps_administers: administersItself || impersonated(sure) > 0,
      reads_and_administers: both,
      perhaps_reads_and_administers: both,
      sudo_rules: [],
      sudo_rule_count: 0,
      wildcard_rules: rules.slice(0, MAX_RULE_SAMPLE),
      wildcard_rule_count: rules.length,
      perhaps_wildcard: rules.length > 0 || perhaps,
      certainty: held.grants.reduce<Certainty>(
        (worst, { conclusion }) => weakest(worst, conclusion.certainty),
        "certain",
      ),
      ...(isRole ? { admits: this.#grants.doors.admits(held, (places) => this.#secretsAt(places)) } : {}),
    };
  }

  /** Grants without what a thing's policy gives everyone: that is found at the thing. */
  #beyondEveryone(of: PrincipalClass, grants: readonly ClassGrant[]): ClassGrant[] {
    return grants.flatMap((grant) => {
      const actions = grant.actions.filter((action) => this.#ofEveryone.isBeyond(of, grant, action));
      return actions.length === 0 ? [] : [{ ...grant, actions }];
    });
  }

  /**
   * Whether somebody reads and administers otherwise than by assuming roles that each do both by themselves: it is found at these.
   * `counts`: whether a grant to read does.
   */
  #bothInHand(grants: readonly ClassGrant[], counts: (grant: ClassGrant) => boolean): boolean {
    const readsItself = grants.some(
      (grant) => grant.actions.includes("read") && !isByRole(grant) && counts(grant),
    );
    if (readsItself) return true;
    return grants.some((grant) => {
      if (!grant.actions.includes("administer")) return false;
      const { telling } = grant;
      if (!isByRole(grant) || telling === undefined) return true;
      const theirs = (this.#grants.grantsOf.get(telling.of) ?? []).filter(isSure);
      return !theirs.some((one) => one.actions.includes("read") && !isByRole(one) && counts(one));
    });
  }

  #hasSecrets({ set }: ClassGrant): boolean {
    return set.places.some((place) => this.#grants.members(place).some(({ kind }) => kind === "secret"));
  }

  #secretsAt(places: Iterable<number>): number {
    const members = [...places].flatMap((place) => this.#grants.members(place));
    return members.filter(({ kind }) => kind === "secret").length;
  }

  /**
   * Wildcard rules, and whether there may be more: in a policy that could not be read, under one, or where what was not seen
   * leaves open whether a rule reaches everything. A change tells a few secrets of many: that a rule reaches these says nothing, such
   * as that `payments/*` reaches `payments/db`.
   */
  #wildcards(held: Held): { readonly rules: readonly string[]; readonly perhaps: boolean } {
    const { all, allSeen, ofNone, perhaps } = this.#wide.of(held);
    const unread = perhaps || held.holder.policies.some(({ source }) => isUnreadable(source.given));
    if (this.#change !== undefined) return { rules: all, perhaps: unread };
    if (this.#grants.estate.gaps.any("secret") === undefined)
      return { rules: [...all, ...allSeen].sort(compareStrings), perhaps: unread };
    return { rules: all, perhaps: unread || allSeen.length > 0 || ofNone };
  }
}

/** Whose credentials it may make or set, or as whom it may have work done, and so reads or administers. */
function impersonated(grants: readonly ClassGrant[]): number {
  const credentials = grants.filter(({ becoming }) => becoming === "credentials");
  return new Set(credentials.flatMap(({ telling }) => telling?.as?.principal.id ?? [])).size;
}

/** By its own policies, or those of things, as they are. */
function isOwnRead({ actions, telling }: ClassGrant): boolean {
  return telling === undefined && actions.includes("read");
}

function isSure({ conclusion }: ClassGrant): boolean {
  return conclusion.certainty !== "possible";
}

function reached({ grant, targets }: ShownGrant): Reached {
  return { grant, targets: () => targets().map(bare) };
}

function bare({ id, store_id, kind, mount, name }: GrantTarget): GrantTarget {
  return { id, store_id, kind, mount, name };
}

/** What a class may do to one place. What it may as a role alone counts with the role, but for reading and administering. */
interface Powers {
  readonly actions: ReadonlySet<GrantAction>;
  /** What rests on something that is not known. */
  readonly possible: ReadonlySet<GrantAction>;
  readonly reads: Certainty | undefined;
  /** Whether it reads by assuming roles that read. */
  readonly byRole: "possibly" | "surely" | undefined;
  /** Whether it comes to the value without acting as somebody else. */
  readonly itself: boolean;
  readonly readsAndAdministers: boolean;
}

interface Seen extends Powers {
  readonly held: readonly Held[];
  /** See {@link isGuessed}. */
  readonly guessed: boolean;
}

/** What it may as a role counts with the role. */
const WITH_THE_ROLE: readonly GrantAction[] = ["read", "write", "delete"];

function powersIn(grants: readonly ClassGrant[]): Omit<Powers, "readsAndAdministers"> {
  const actions = new Set<GrantAction>();
  const possible = new Set<GrantAction>();
  let reads: Certainty | undefined;
  let byRole: Powers["byRole"];
  for (const grant of grants) {
    const { actions: given, conclusion } = grant;
    const withTheRole = isByRole(grant);
    const kept = isSure(grant) ? actions : possible;
    for (const action of given) if (!withTheRole || !WITH_THE_ROLE.includes(action)) kept.add(action);
    if (!given.includes("read")) continue;
    if (!withTheRole)
      reads = reads === undefined ? conclusion.certainty : strongest(reads, conclusion.certainty);
    else if (byRole !== "surely") byRole = isSure(grant) ? "surely" : "possibly";
  }
  const itself = grants.some(
    (grant) =>
      isSure(grant) &&
      grant.telling?.as === undefined &&
      grant.actions.some((action) => COMES_TO_IT.includes(action)),
  );
  return { actions, possible, reads, byRole, itself };
}

function keptOutSummary(found: readonly KeptOut[]): Pick<ReaderSummary, "kept_out"> {
  const [first] = found;
  if (first === undefined) return {};
  const names = [...new Set(found.map(({ holder }) => holder.principal.name))].sort(compareStrings);
  return {
    kept_out: {
      external: found.filter(({ holder }) => holder.principal.external).length,
      public: found.filter(({ holder }) => holder.principal.public).length,
      names: names.slice(0, MAX_NAMED_STRANGERS),
      name_count: names.length,
      key: first.key.replace(/^alias\/(?=aws\/)/, ""),
    },
  };
}

const COUNTED: readonly GrantAction[] = ["read", "write", "delete", "administer"];

function comesToIt({ actions, byRole }: Powers): boolean {
  return byRole === "surely" || COMES_TO_IT.some((action) => actions.has(action));
}

/** Whether one of the counts could be too low by it. */
function isPossible({ holder }: Held, { actions, possible, byRole }: Powers): boolean {
  const stranger = isStranger(holder);
  const counted: readonly GrantAction[] = stranger ? [...COUNTED, "share"] : COUNTED;
  if (counted.some((action) => possible.has(action) && !actions.has(action))) return true;
  return stranger && byRole === "possibly" && !actions.has("read");
}

function summary(all: readonly Seen[], apart: ReadonlySet<string>): ReaderSummary {
  const sum = (of: readonly Seen[], counts: (held: Held) => boolean = () => true): number =>
    of.reduce((total, { held }) => total + held.filter(counts).length, 0);
  const readers = all.filter(({ actions }) => actions.has("read"));
  const reached = all.filter(comesToIt);
  const isApart = ({ holder }: Held): boolean => apart.has(holder.principal.id);
  const granters = all.filter(({ readsAndAdministers }) => readsAndAdministers);
  return {
    count: sum(readers),
    by_role_count: sum(all.filter(({ actions, byRole }) => byRole === "surely" && !actions.has("read"))),
    possible_count: all.reduce(
      (total, seen) => total + seen.held.filter((one) => isPossible(one, seen)).length,
      0,
    ),
    external: sum(reached, ({ holder }) => holder.principal.external),
    public: sum(reached, ({ holder }) => holder.principal.public),
    sample: sampleOf(readers),
    writer_count: sum(all.filter(({ actions }) => actions.has("write") || actions.has("delete"))),
    reader_and_granter_count: sum(granters, (held) => !isApart(held)),
    perhaps_reader_and_granter_count: 0,
    apart_count: sum(readers, isApart),
    perhaps_count: 0,
  };
}

function sampleOf(readers: readonly Seen[]): Reader[] {
  const all = readers.flatMap(({ held, actions, reads }) =>
    held.map(({ holder: { principal } }) => ({ principal, actions, reads })),
  );
  all.sort((a, b) => compareStrings(a.principal.id, b.principal.id));
  return all.slice(0, MAX_READER_SAMPLE).map(({ principal, actions, reads }) => ({
    principal_id: principal.id,
    principal_type: principal.principal_type,
    actions: GRANT_ACTIONS.filter((action) => actions.has(action)),
    certainty: reads ?? "possible",
  }));
}
