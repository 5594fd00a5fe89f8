import { compareStrings } from "../../base/index.ts";
import type { FactKind, FactSet } from "../../facts/index.ts";
import {
  GRANT_ACTIONS,
  MAX_READER_SAMPLE,
  MAX_RULE_SAMPLE,
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
import type { ClassGrant, ShownGrant } from "./shown-grants.ts";
import { COMES_TO_IT, isStranger } from "./doors.ts";
import { WideRules } from "./wide-rules.ts";
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
  readonly #seen = new Map<number, readonly Seen[]>();

  constructor(storeId: string, facts: FactSet) {
    this.#grants = new AwsGrants(storeId, facts);
    const { estate, index, held, grantsOf } = this.#grants;
    this.#wide = new WideRules(index);
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
    return { ...summary(all, apart), ...this.#strangersAt(place, all) };
  }

  /** Who of outside comes to a place, by which roles or by itself. */
  #strangersAt(place: number, all: readonly Seen[]): Pick<ReaderSummary, "ways_in"> {
    const doors = new Set<string>();
    const strangers = new Set<string>();
    for (const { held, itself } of all.filter(comesToIt)) {
      const [first, ...rest] = held.filter(({ holder }) => isStranger(holder));
      if (first === undefined) continue;
      const roles = this.#grants.doors.to(place, first.of);
      for (const { principal } of roles) doors.add(principal.name);
      if (roles.length > 0 && !itself) continue;
      for (const { holder } of [first, ...rest]) strangers.add(holder.principal.name);
    }
    return waysIn(doors, strangers);
  }

  /** What each class may do to a place. */
  #seenAt(place: number): Seen[] {
    return this.#grants.classesReaching(place).map((of) => ({
      held: this.#grants.holdersOf(of),
      ...powersIn((this.#grants.grantsOf.get(of) ?? []).filter((grant) => reaches(grant, place))),
    }));
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
    const sure = held.grants.filter(({ conclusion }) => conclusion.certainty !== "possible");
    const count = (...actions: readonly GrantAction[]): number => {
      const fits = sure.filter((grant) => grant.actions.some((action) => actions.includes(action)));
      return this.#secretsAt(new Set(fits.flatMap(({ set }) => [...set.places])));
    };
    const isRole = held.holder.principal.principal_type === "iam_role" && !isStranger(held.holder);
    const administers = sure.some(({ actions }) => actions.includes("administer"));
    const readable = count("read");
    const { rules, perhaps } = this.#wildcards(held);
    return {
      readable_secret_count: readable,
      writable_secret_count: count("write", "delete"),
      administers,
      administers_itself: administers,
      impersonated_count: impersonated(sure),
      perhaps_administers: administers || impersonated(sure) > 0,
      reads_and_administers: administers && readable > 0,
      perhaps_reads_and_administers: administers && readable > 0,
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

  #secretsAt(places: Iterable<number>): number {
    const members = [...places].flatMap((place) => this.#grants.members(place));
    return members.filter(({ kind }) => kind === "secret").length;
  }

  /**
   * Wildcard rules, and whether there may be more: in a policy that could not be read, under one, or where what was not seen
   * leaves open whether a rule reaches everything.
   */
  #wildcards(held: Held): { readonly rules: readonly string[]; readonly perhaps: boolean } {
    const { all, allSeen, ofNone, perhaps } = this.#wide.of(held);
    const unread = perhaps || held.holder.policies.some(({ source }) => isUnreadable(source.given));
    if (this.#grants.estate.gaps.any("secret") === undefined)
      return { rules: [...all, ...allSeen].sort(compareStrings), perhaps: unread };
    return { rules: all, perhaps: unread || allSeen.length > 0 || ofNone };
  }
}

/** As whom it then shares or administers something. */
function impersonated(grants: readonly ClassGrant[]): number {
  return new Set(grants.flatMap(({ steps }) => steps.at(-1)?.before.at(-1)?.principal.id ?? [])).size;
}

function reached({ grant, targets }: ShownGrant): Reached {
  return { grant, targets: () => targets().map(bare) };
}

function bare({ id, store_id, kind, mount, name }: GrantTarget): GrantTarget {
  return { id, store_id, kind, mount, name };
}

interface Powers {
  readonly actions: ReadonlySet<GrantAction>;
  /** What rests on something that is not known. */
  readonly possible: ReadonlySet<GrantAction>;
  readonly reads: Certainty | undefined;
  /** Whether it comes to the value without acting as somebody else. */
  readonly itself: boolean;
}

interface Seen extends Powers {
  readonly held: readonly Held[];
}

function powersIn(grants: readonly ClassGrant[]): Powers {
  const actions = new Set<GrantAction>();
  const possible = new Set<GrantAction>();
  let reads: Certainty | undefined;
  for (const { actions: given, conclusion } of grants) {
    const kept = conclusion.certainty === "possible" ? possible : actions;
    for (const action of given) kept.add(action);
    if (given.includes("read"))
      reads = reads === undefined ? conclusion.certainty : strongest(reads, conclusion.certainty);
  }
  const itself = grants.some(
    ({ steps, actions: given, conclusion: { certainty } }) =>
      certainty !== "possible" &&
      steps.every(({ before }) => before.length === 0) &&
      given.some((action) => COMES_TO_IT.includes(action)),
  );
  return { actions, possible, reads, itself };
}

const COUNTED: readonly GrantAction[] = ["read", "write", "delete", "administer"];

function comesToIt({ actions }: Seen): boolean {
  return COMES_TO_IT.some((action) => actions.has(action));
}

function summary(all: readonly Seen[], apart: ReadonlySet<string>): ReaderSummary {
  const sum = (of: readonly Seen[], counts: (held: Held) => boolean = () => true): number =>
    of.reduce((total, { held }) => total + held.filter(counts).length, 0);
  const readers = all.filter(({ actions }) => actions.has("read"));
  const reached = all.filter(comesToIt);
  const isApart = ({ holder }: Held): boolean => apart.has(holder.principal.id);
  const granters = readers.filter(({ actions }) => actions.has("administer"));
  return {
    count: sum(readers),
    possible_count: all.reduce(
      (total, { held, actions, possible }) =>
        total +
        held.filter((one) =>
          (isStranger(one.holder) ? [...COUNTED, "share" as const] : COUNTED).some(
            (action) => possible.has(action) && !actions.has(action),
          ),
        ).length,
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
