import { serviceOf } from "./arn.ts";
import type { Decisions, Request } from "./decisions.ts";
import { AS_USER, MAX_HOPS, WORKING_SERVICES, type WorkingService } from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import { all, any, assuming, bestCase, conclude, type Conclusion, type Formula } from "./formula.ts";
import type { Holder } from "./holders.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { thingsSpokenOf } from "./things-spoken-of.ts";

/** One step of a chain as it is told. */
export interface ChainStep {
  /** Absent: the holder itself. */
  readonly by: PrincipalClass | undefined;
  /** Whom it became before, in order. */
  readonly before: readonly Holder[];
  readonly actions: readonly string[];
  /** ARN. */
  readonly on: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Who is given permissions by it. */
  readonly to?: Holder;
}

/** A step but for who does it. */
export type OwnStep = Omit<ChainStep, "before" | "by">;

/**
 * How somebody comes by another's permissions. `use`: by roles that let it in already. `credentials`: by making or setting those of
 * others, or work that a service does as them. `change`: by changing whom a role lets in. A chain counts as the last of these in it.
 */
export type Becoming = "use" | "credentials" | "change";

/** In this order. */
const BECOMING: readonly Becoming[] = ["use", "credentials", "change"];

export function furthest(one: Becoming, other: Becoming): Becoming {
  return BECOMING.indexOf(one) >= BECOMING.indexOf(other) ? one : other;
}

/** Somebody whose permissions a principal can come by. */
export interface Reached {
  readonly of: PrincipalClass;
  readonly becoming: Becoming;
  readonly holders: readonly Holder[];
  readonly steps: readonly ChainStep[];
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

/** A way to become any of the identities of some classes of things. */
interface Edge {
  readonly actions: readonly string[];
  readonly becoming: Becoming;
  readonly places: Int32Array;
  /** The classes of those identities, each with the first of its holders there. */
  readonly to: ReadonlyMap<PrincipalClass, Holder>;
  readonly formula: Formula;
  readonly conclusion: Conclusion;
  readonly context?: Readonly<Record<string, string>>;
}

/** Roles whose trust policies let somebody in directly. */
export interface Assumable {
  /** Classes of things. */
  readonly places: Int32Array;
  readonly conclusion: Conclusion;
  readonly asksExternalId: boolean;
}

/** At most this many principals are gone through from one start, by each way of becoming. */
const MAX_REACHED = 10_000;

const ASSUME: readonly string[] = [
  "sts:AssumeRole",
  "sts:AssumeRoleWithWebIdentity",
  "sts:AssumeRoleWithSAML",
];

const RANK = { certain: 0, conditional: 1, possible: 2 } as const;

/** How surely each was reached so far, by each way of becoming: what it comes to differs with that. */
type Seen = Readonly<Record<Becoming, Map<PrincipalClass, number>>>;

/** Whether somebody is reached more surely than before. */
function isSurer(of: PrincipalClass, rank: number, before: ReadonlyMap<PrincipalClass, number>): boolean {
  return rank < (before.get(of) ?? Infinity);
}

/** Who can become whom, between classes. */
export class Chains {
  readonly #index: EstateIndex;
  readonly #decisions: Decisions;
  readonly #edges = new Map<PrincipalClass, readonly Edge[]>();
  /** Classes of the identities that are behind a class of things, each with one of its holders. */
  readonly #identities = new Map<number, Map<PrincipalClass, Holder>>();
  readonly #services = new Map<string, ReadonlyMap<number, Formula>>();
  /** By places, which many edges have in common. */
  readonly #behind = new WeakMap<Int32Array, ReadonlyMap<PrincipalClass, Holder>>();

  constructor(index: EstateIndex, decisions: Decisions) {
    this.#index = index;
    this.#decisions = decisions;
    for (const of of index.principals) {
      for (const holder of of.holders) {
        const place = typeof holder.asks === "string" ? index.things.classOf(holder.asks) : undefined;
        if (place === undefined) continue;
        const known = this.#identities.get(place) ?? new Map<PrincipalClass, Holder>();
        if (!known.has(of)) known.set(of, holder);
        this.#identities.set(place, known);
      }
    }
  }

  /**
   * Everyone whom a principal can become in at most {@link MAX_HOPS} steps. Breadth first, surer ones first; everyone once by each way
   * of becoming, and again where a longer way is surer, so that cycles end.
   */
  reachedFrom(start: PrincipalClass): Reached[] {
    const found: Reached[] = [];
    const itself = () => new Map([[start, RANK.certain]]);
    const seen: Seen = { use: itself(), credentials: itself(), change: itself() };
    let frontier: readonly Reached[] = [startOf(start)];
    for (let hop = 0; hop < MAX_HOPS && frontier.length > 0; hop++) {
      // Of those who are reached as surely in one hop the first is kept, so no other is made.
      const met: Seen = {
        use: new Map(seen.use),
        credentials: new Map(seen.credentials),
        change: new Map(seen.change),
      };
      const next = frontier.flatMap((from) => this.#next(from, met));
      next.sort((a, b) => RANK[a.conclusion.certainty] - RANK[b.conclusion.certainty]);
      const kept: Reached[] = [];
      for (const one of next) {
        const known = seen[one.becoming];
        const rank = RANK[one.conclusion.certainty];
        if (!isSurer(one.of, rank, known) || known.size > MAX_REACHED) continue;
        known.set(one.of, rank);
        found.push(one);
        kept.push(one);
      }
      frontier = kept;
    }
    return found;
  }

  /** Roles, by class of things, whose trust policies let it in directly. */
  assumable(of: PrincipalClass): readonly Assumable[] {
    return this.#edgesOf(of)
      .filter(({ becoming, conclusion }) => becoming === "use" && !isNever(conclusion))
      .map(({ places, conclusion, formula }) => ({
        places,
        conclusion,
        asksExternalId: asksExternalId(formula),
      }));
  }

  /** Whom somebody becomes in one step, and who was not met as surely before; `met` is told of them. */
  #next(from: Reached, met: Seen): Reached[] {
    return this.#edgesOf(from.of).flatMap((edge) => {
      const { actions, to, formula: own, conclusion: plain, context } = edge;
      const becoming = furthest(from.becoming, edge.becoming);
      const before = met[becoming];
      // Together they are no surer than either.
      const least = Math.max(RANK[from.conclusion.certainty], RANK[plain.certainty]);
      if (!to.keys().some((of) => isSurer(of, least, before))) return [];
      const formula = all([from.formula, own]);
      const conclusion = own === true ? from.conclusion : from.formula === true ? plain : conclude(formula);
      if (isNever(conclusion)) return [];
      const rank = RANK[conclusion.certainty];
      const found: Reached[] = [];
      for (const [of, holder] of to) {
        if (!isSurer(of, rank, before)) continue;
        before.set(of, rank);
        const step: ChainStep = {
          by: from.holders.length === 0 ? undefined : from.of,
          before: from.holders,
          actions,
          on: holder.asks as string,
          ...(context === undefined ? {} : { context }),
        };
        found.push({
          of,
          becoming,
          holders: [...from.holders, holder],
          steps: [...from.steps, step],
          formula,
          conclusion,
        });
      }
      return found;
    });
  }

  #identitiesAt(places: Int32Array): ReadonlyMap<PrincipalClass, Holder> {
    const known = this.#behind.get(places);
    if (known !== undefined) return known;
    const found = new Map<PrincipalClass, Holder>();
    for (const place of places)
      for (const [of, holder] of this.#identities.get(place) ?? []) if (!found.has(of)) found.set(of, holder);
    this.#behind.set(places, found);
    return found;
  }

  #edgesOf(of: PrincipalClass): readonly Edge[] {
    const known = this.#edges.get(of);
    if (known !== undefined) return known;
    const one = (becoming: Becoming, request: Request): Edge[] =>
      this.#decisions.requestEntries(of, request).map(({ set, formula, conclusion }) => ({
        actions: [request.action],
        becoming,
        places: set.places,
        to: this.#identitiesAt(set.places),
        formula,
        conclusion,
      }));
    const made = [
      ...ASSUME.flatMap((action) => one("use", { action, kind: "role" })),
      ...AS_USER.flatMap((action) => one("credentials", { action, kind: "user" })),
      // The new trust policy may name the principal itself, which in one account needs no identity policy beside it.
      ...one("change", { action: "iam:UpdateAssumeRolePolicy", kind: "role" }),
      ...WORKING_SERVICES.flatMap((working) => this.#passing(of, working)),
    ];
    this.#edges.set(of, made);
    return made;
  }

  /** Work that a service does with a role that it is passed. */
  #passing(of: PrincipalClass, working: WorkingService): Edge[] {
    const { service, start, run } = working;
    if (!this.#decisions.mayAtAll(of, "iam:PassRole")) return [];
    const works = all([
      ...start.map((action) => this.#onSome(of, action)),
      run.length === 0 || any(run.map((action) => this.#onSome(of, action))),
    ]);
    if (works === false) return [];
    const context = { "iam:PassedToService": service };
    const trusting = this.#trusting(service);
    const actions = ["iam:PassRole", ...start, ...run.slice(0, 1)];
    return this.#decisions
      .requestEntries(of, { action: "iam:PassRole", kind: "role", context })
      .flatMap(({ set, formula }) =>
        [...Map.groupBy(set.places, (place) => trusting.get(place) ?? false)].flatMap(([trusted, group]) => {
          if (trusted === false) return [];
          const { places } = this.#decisions.sets.of([Int32Array.from(group)]);
          const whole = all([works, formula, trusted]);
          return [
            {
              actions,
              becoming: "credentials" as const,
              places,
              to: this.#identitiesAt(places),
              formula: whole,
              conclusion: conclude(whole),
              context,
            },
          ];
        }),
      );
  }

  #onSome(of: PrincipalClass, action: string): Formula {
    if (!this.#decisions.mayAtAll(of, action)) return false;
    const texts = of.levels.identity.flatMap(({ statements }) =>
      statements.flatMap(({ resources }) => (resources?.of ?? []).map(({ written }) => written)),
    );
    const asks = typeof of.first.asks === "string" ? of.first.asks : "";
    return any(
      thingsSpokenOf(texts, asks, serviceOf(action)).map((resource) =>
        this.#decisions.onNew(of, action, resource),
      ),
    );
  }

  /** Roles whose trust policy lets a service in. */
  #trusting(service: string): ReadonlyMap<number, Formula> {
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    const { things, estate } = this.#index;
    const found = new Map<number, Formula>();
    for (const account of estate.accounts.keys()) {
      for (const place of things.ofKind("role", account)) {
        const formula = this.#decisions.byService(service, "sts:AssumeRole", things.all[place]?.arn ?? "");
        if (formula !== false) found.set(place, formula);
      }
    }
    this.#services.set(service, found);
    return found;
  }
}

/**
 * Whether a call without an external id, or with one that was not agreed on, is let in by nothing (IAM User Guide, "The confused deputy
 * problem"). That there is one proves nothing: a vendor sends whichever its customer says.
 */
function asksExternalId(formula: Formula): boolean {
  const key = / sts:ExternalId /i;
  return [true, false].every((sent) => {
    const said = assuming(formula, ({ holds }) =>
      /^sts:ExternalId is present$/i.test(holds) ? sent : key.test(holds) ? false : undefined,
    );
    return !bestCase(said);
  });
}

/** Who starts, as itself. */
export function startOf(of: PrincipalClass): Reached {
  return { of, becoming: "use", holders: [], steps: [], formula: true, conclusion: conclude(true) };
}

export function isNever({ holds, certainty }: Conclusion): boolean {
  return !holds && certainty !== "possible";
}
