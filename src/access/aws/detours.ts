import type { GrantAction } from "../grant.ts";
import { isNever, type Chains, type ChainStep, type Reached } from "./chains.ts";
import { Decisions, type Entry } from "./decisions.ts";
import {
  EVERYTHING,
  GROUP_PERMISSIONS,
  JOIN_GROUP,
  OWN_KEY,
  OWN_PERMISSIONS,
  POLICY_VERSIONS,
  READ,
} from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import { all, conclude, unclear, type Conclusion, type Formula } from "./formula.ts";
import type { PlaceSet } from "./place-sets.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import type { ClassGrant } from "./shown-grants.ts";
import type { AwsWorld } from "./world-schema.ts";
import { isUnreadable } from "./world-schema.ts";
import { WorldJudge } from "./world.ts";

/** Something that somebody comes to do to a set of things, by steps of its own. */
interface Gain {
  readonly action: "administer" | "share";
  readonly set: PlaceSet;
  readonly formula: Formula;
  readonly conclusion: Conclusion;
  readonly steps: readonly Omit<ChainStep, "by" | "before">[];
}

const RANK = { certain: 3, conditional: 2, possible: 1 } as const;

/** At most this many groups are tried for one user. */
const MAX_GROUPS = 50;

/** An action on what its permissions come from. */
interface OwnWay {
  readonly action: string;
  readonly on: string;
  readonly unknown?: string;
}

/** A step that gives its doer permissions that it does not have yet. */
interface Start {
  readonly formula: Formula;
  readonly step: Omit<ChainStep, "by" | "before">;
}

/**
 * What principals come to by detours: by becoming others, by changing their own permissions, by a key's policy. Told once for each
 * thing, by the surest and shortest way, where the principal does not administer or read it by itself.
 */
export class Detours {
  readonly #index: EstateIndex;
  readonly #decisions: Decisions;
  readonly #chains: Chains;
  readonly #entries: (of: PrincipalClass) => readonly Entry[];
  readonly #gains = new Map<PrincipalClass, readonly Gain[]>();
  readonly #underKey: ReadonlyMap<number, Int32Array>;
  #empowered: Decisions | undefined;

  constructor(
    index: EstateIndex,
    decisions: Decisions,
    chains: Chains,
    entries: (of: PrincipalClass) => readonly Entry[],
  ) {
    this.#index = index;
    this.#decisions = decisions;
    this.#chains = chains;
    this.#entries = entries;
    const under = new Map<number, number[]>();
    for (const place of index.things.all.keys()) {
      const key = index.keyOf(place);
      if (key !== undefined) under.set(key, [...(under.get(key) ?? []), place]);
    }
    this.#underKey = new Map([...under].map(([key, places]) => [key, Int32Array.from(places)] as const));
  }

  /** Whom it may come to act as, itself included. */
  selves(start: PrincipalClass): PrincipalClass[] {
    return [...new Set([start, ...this.#chains.reachedFrom(start).map(({ of }) => of)])];
  }

  of(start: PrincipalClass): ClassGrant[] {
    const told = {
      administer: this.#direct(start, "administer"),
      share: this.#direct(start, "read", "share"),
    };
    const done = new Set<string>();
    const self: Reached = { of: start, holders: [], steps: [], formula: true, conclusion: conclude(true) };
    return [self, ...this.#chains.reachedFrom(start)].flatMap((reached) =>
      this.#gainsOf(reached.of, reached === self).flatMap((gain) => {
        // It is no surer than either part.
        const rank = Math.min(RANK[reached.conclusion.certainty], RANK[gain.conclusion.certainty]);
        const key = `${gain.action} ${gain.set.number} ${rank}`;
        if (done.has(key)) return [];
        const conclusion = joint(reached, gain);
        if (isNever(conclusion)) return [];
        done.add(key);
        return this.#told(reached, gain, conclusion, told[gain.action]);
      }),
    );
  }

  #told(
    reached: Reached,
    { action, set, steps }: Gain,
    conclusion: Conclusion,
    told: Uint8Array,
  ): ClassGrant[] {
    const rank = RANK[conclusion.certainty];
    const places = set.places.filter((place) => (told[place] ?? 0) < rank);
    if (places.length === 0) return [];
    for (const place of places) told[place] = rank;
    const by = reached.holders.length === 0 ? undefined : reached.of;
    return [
      {
        actions: [action],
        set: this.#decisions.sets.of([places]),
        conclusion,
        entries: [],
        steps: [...reached.steps, ...steps.map((step) => ({ ...step, by, before: reached.holders }))],
      },
    ];
  }

  /** How surely a principal does something to each place by itself. */
  #direct(of: PrincipalClass, ...actions: readonly GrantAction[]): Uint8Array {
    const told = new Uint8Array(this.#index.things.count);
    for (const { asked, set, conclusion } of this.#entries(of)) {
      if (!asked.gives.some((action) => actions.includes(action))) continue;
      const rank = RANK[conclusion.certainty];
      for (const place of set.places) if ((told[place] ?? 0) < rank) told[place] = rank;
    }
    return told;
  }

  /** What a principal can bring about with its own permissions. What it may itself is no detour for itself. */
  #gainsOf(of: PrincipalClass, itself: boolean): readonly Gain[] {
    const known = this.#gains.get(of) ?? [...this.#plain(of), ...this.#byKey(of), ...this.#byPermissions(of)];
    this.#gains.set(of, known);
    return itself ? known.filter(({ steps }) => steps.some(({ last }) => last !== true)) : known;
  }

  /** What it administers and reads. */
  #plain(of: PrincipalClass): Gain[] {
    return this.#entries(of).flatMap((entry): Gain[] => this.#gained(entry, []));
  }

  #gained({ asked, set, formula, conclusion }: Entry, before: Gain["steps"]): Gain[] {
    const on = this.#index.things.all[set.places[0] ?? 0]?.arn ?? "";
    const steps = [...before, { actions: [asked.action], on, last: true }];
    const gain = (action: Gain["action"]): Gain => ({ action, set, formula, conclusion, steps });
    return [
      ...(asked.gives.includes("administer") ? [gain("administer")] : []),
      ...(asked.gives.includes("read") ? [gain("share")] : []),
    ];
  }

  /** Whoever owns a key comes by what it encrypts. */
  #byKey(of: PrincipalClass): Gain[] {
    const entries = this.#entries(of).filter(({ asked }) => OWN_KEY.includes(asked.action));
    return entries.flatMap(({ asked, set, formula, conclusion }) =>
      [...set.places].flatMap((place): Gain[] => {
        const under = this.#underKey.get(place);
        const on = this.#index.things.all[place]?.arn ?? "";
        return under === undefined
          ? []
          : [
              {
                action: "administer",
                set: this.#decisions.sets.of([under]),
                formula,
                conclusion,
                steps: [{ actions: [asked.action], on }],
              },
            ];
      }),
    );
  }

  /** Whoever changes its own permissions has what its boundary, the organisation and the things themselves still let through. */
  #byPermissions(of: PrincipalClass): Gain[] {
    const starts = this.#starts(of);
    const joins = this.#joins(of);
    if (starts.length === 0) return joins;
    const decisions = this.#withEverything();
    const asking = { ...of, caller: decisions.caller(of), levels: decisions.levels(of) };
    const reads = Object.entries(READ).flatMap(([kind, action]) =>
      decisions.requestEntries(asking, { action, kind }),
    );
    return [
      ...starts.flatMap(({ formula, step }) =>
        reads.map((read): Gain => ({
          action: "administer",
          ...both(formula, read),
          set: this.#decisions.sets.of([read.set.places]),
          steps: [step],
        })),
      ),
      ...joins,
    ];
  }

  #starts(of: PrincipalClass): Start[] {
    const { principal, asks, policies, groups, standing } = of.first;
    const { estate } = this.#index;
    // What another account lets its own do to themselves is not seen here.
    if (typeof asks !== "string" || standing !== undefined) return [];
    if (!principal.principal_type.startsWith("iam_")) return [];
    const kind = principal.principal_type === "iam_user" ? "user" : "role";
    const native = (id: string) => id.slice(estate.storeId.length + 1);
    const managed = policies
      .filter(({ source }) => !source.id.includes("#"))
      .map(({ source }) => native(source.id));
    const ways: readonly OwnWay[] = [
      ...OWN_PERMISSIONS[kind].map((action) => ({ action, on: asks })),
      ...groups.flatMap((group) => GROUP_PERMISSIONS.map((action) => ({ action, on: native(group) }))),
      ...POLICY_VERSIONS.flatMap((way) => managed.map((on) => ({ ...way, on }))),
    ];
    return ways.flatMap(({ action, on, unknown }): Start[] => {
      if (!this.#decisions.mayAtAll(of, action) || on.includes(":iam::aws:")) return [];
      const may = this.#decisions.outright(of, action, on);
      const formula = unknown === undefined ? may : all([may, unclear(`${action} on ${on}`, unknown, true)]);
      return formula === false ? [] : [{ formula, step: { actions: [action], on } }];
    });
  }

  /** What a user has as a member of a group that it may join. */
  #joins(of: PrincipalClass): Gain[] {
    const { principal, asks, groups } = of.first;
    if (principal.principal_type !== "iam_user" || typeof asks !== "string") return [];
    if (!this.#decisions.mayAtAll(of, JOIN_GROUP)) return [];
    const { estate } = this.#index;
    return estate.groups
      .filter(({ account, id }) => account === of.first.account && !groups.includes(id))
      .slice(0, MAX_GROUPS)
      .flatMap(({ arn, policies }) => {
        const joins = this.#decisions.outright(of, JOIN_GROUP, arn);
        if (joins === false) return [];
        const given = policies.map((source) => source.given);
        const decisions = new Decisions(
          this.#index,
          new WorldJudge(withPolicies(estate.world, asks, given), estate.documents.documents),
        );
        const member = { ...of, caller: decisions.caller(of), levels: decisions.levels(of) };
        const step = { actions: [JOIN_GROUP], on: arn };
        return decisions
          .entries(member)
          .flatMap((entry) => this.#gained(entry, [step]))
          .map((gain) => ({
            ...gain,
            ...both(joins, gain),
            set: this.#decisions.sets.of([gain.set.places]),
            steps: [step],
          }));
      });
  }

  #withEverything(): Decisions {
    const { estate } = this.#index;
    if (this.#empowered !== undefined) return this.#empowered;
    const principals = Object.entries(estate.world.principals ?? {}).map(
      ([arn, principal]) => [arn, withMore(principal, [EVERYTHING])] as const,
    );
    const world = { ...estate.world, principals: Object.fromEntries(principals) };
    this.#empowered = new Decisions(this.#index, new WorldJudge(world, estate.documents.documents));
    return this.#empowered;
  }
}

interface Concluded {
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

function both(formula: Formula, other: Concluded): Concluded {
  const whole = all([formula, other.formula]);
  return { formula: whole, conclusion: formula === true ? other.conclusion : conclude(whole) };
}

/** What two conclusions come to together; that of one where the other is plainly true. */
function joint(one: Concluded, other: Concluded): Conclusion {
  if (one.formula === true) return other.conclusion;
  if (other.formula === true) return one.conclusion;
  return conclude(all([one.formula, other.formula]));
}

type Principal = NonNullable<AwsWorld["principals"]>[string];

function withMore(principal: Principal, more: readonly Readonly<Record<string, unknown>>[]): Principal {
  if (isUnreadable(principal)) return principal;
  const given = principal.identity_policies ?? [];
  return { ...principal, identity_policies: isUnreadable(given) ? [given, ...more] : [...given, ...more] };
}

/** A world with that principal alone, which is all that it is asked of. */
function withPolicies(
  world: AwsWorld,
  arn: string,
  more: readonly Readonly<Record<string, unknown>>[],
): AwsWorld {
  const principal = world.principals?.[arn];
  return { ...world, principals: principal === undefined ? {} : { [arn]: withMore(principal, more) } };
}
