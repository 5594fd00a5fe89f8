import { parseArn } from "./arn.ts";
import type { OwnStep } from "./chains.ts";
import type { Decisions } from "./decisions.ts";
import { MAKING, MAX_NAMES, type Making } from "./escalation-ways.ts";
import { facetsOf, type Facets } from "./facets.ts";
import { all, any, conclude, unclear, type Conclusion, type Formula } from "./formula.ts";
import type { Holder } from "./holders.ts";
import { asked } from "./key-halves.ts";
import type { Given, OthersPermissions } from "./others-permissions.ts";
import type { OtherWorlds } from "./other-worlds.ts";
import type { Start } from "./own-permissions.ts";
import { callerContext, isIdentified, type PrincipalClass } from "./principal-classes.ts";

/** A role or user that somebody makes, and what it reads with every permission. */
export interface Made {
  readonly steps: readonly OwnStep[];
  readonly formula: Formula;
  readonly conclusion: Conclusion;
  readonly given: readonly Given[];
}

/** A way to make one of a name. */
type Way = Omit<Made, "given">;

/** Somebody who makes roles and users, and what it did before. */
interface Maker {
  readonly of: PrincipalClass;
  readonly decisions: Decisions;
  readonly before: readonly OwnStep[];
  readonly formula: Formula;
}

const RANK = { certain: 0, conditional: 1, possible: 2 } as const;

/**
 * A request that makes something under no permission boundary carries none (IAM User Guide, "Delegating responsibility to others using
 * permissions boundaries").
 */
const UNBOUND = { "iam:PermissionsBoundary": [] };

const BOUND =
  "what a role or user reaches that may only be made under a permission boundary is not worked out";

/** Who makes a role or user has what nobody withholds from that one: its maker's boundary does not bind it. */
export class NewIdentities {
  readonly #decisions: Decisions;
  readonly #worlds: OtherWorlds;
  readonly #others: OthersPermissions;
  readonly #starts: (of: PrincipalClass) => readonly Start[];
  readonly #made = new Map<PrincipalClass, readonly Made[]>();
  /** By ARN. */
  readonly #classes = new Map<string, PrincipalClass>();

  /** `starts`: ways in which a class gives itself every permission. */
  constructor(
    { decisions, worlds }: { readonly decisions: Decisions; readonly worlds: OtherWorlds },
    others: OthersPermissions,
    starts: (of: PrincipalClass) => readonly Start[],
  ) {
    this.#decisions = decisions;
    this.#worlds = worlds;
    this.#others = others;
    this.#starts = starts;
  }

  /** Roles and users that somebody may make, give every permission and become: of those whom the same holds back the surest. */
  of(of: PrincipalClass): readonly Made[] {
    const known = this.#made.get(of) ?? this.#makers(of).flatMap((maker) => this.#madeBy(maker));
    this.#made.set(of, known);
    return known;
  }

  /** With its own permissions; and with those that it gives itself, where a boundary lets those through and withholds others. */
  #makers(of: PrincipalClass): Maker[] {
    if (!isIdentified(of.first)) return [];
    const itself = { of, decisions: this.#decisions, before: [], formula: true };
    if (of.first.boundary === undefined) return [itself];
    const decisions = this.#worlds.with({ everything: true });
    const changed = this.#starts(of).map(({ formula, step }) => ({
      of: asked(of, decisions),
      decisions,
      before: [step],
      formula,
    }));
    return [itself, ...changed];
  }

  #madeBy(maker: Maker): Made[] {
    const { of, decisions } = maker;
    return MAKING.flatMap((making) => {
      const { make, give, become, kind } = making;
      const some = (actions: readonly string[]) => actions.some((action) => decisions.mayAtAll(of, action));
      if (!some([make]) || !some(give) || (become.length > 0 && !some(become))) return [];
      const arns = this.#names(of, kind);
      const alike = Map.groupBy(arns, (arn) => this.#others.limitsOf(this.#classOf(arn, kind, of)));
      return [...alike.values()].flatMap((same) => {
        const way = surest(same.map((arn) => () => wayBy(maker, making, arn)));
        const [arn = ""] = same;
        if (way === undefined) return [];
        return [{ ...way, given: this.#others.given(this.#classOf(arn, kind, of), arn) }];
      });
    });
  }

  /** Names that policies speak of, wildcards filled in, and one of which none speaks. */
  #names({ first, levels }: PrincipalClass, kind: Making["kind"]): string[] {
    const { partition = "aws", account = "" } =
      parseArn(typeof first.asks === "string" ? first.asks : "") ?? {};
    const arn = (resource: string) => `arn:${partition}:iam::${account}:${resource}`;
    const documents = [...levels.identity, ...levels.limits];
    const texts = [
      ...documents.flatMap(({ statements }) =>
        statements.flatMap(({ resources }) => (resources?.of ?? []).map(({ written }) => written)),
      ),
      ...[facetsOf(levels.limits), this.#others.ofThings].flatMap(arnsAskedFor),
    ];
    const spoken = texts.flatMap((text) => {
      const { service, resource = "" } = parseArn(text) ?? {};
      const name = resource.replaceAll(/[*?]/g, "x");
      return service === "iam" && name.startsWith(`${kind}/`) ? [arn(name)] : [];
    });
    return [...new Set([arn(`${kind}/x`), ...spoken])].slice(0, MAX_NAMES);
  }

  #classOf(arn: string, kind: Making["kind"], maker: PrincipalClass): PrincipalClass {
    const known = this.#classes.get(arn) ?? this.#newClass(arn, kind, maker);
    this.#classes.set(arn, known);
    return known;
  }

  #newClass(arn: string, kind: Making["kind"], { first: { principal, account = "" } }: PrincipalClass) {
    const first: Holder = {
      principal: { ...principal, id: arn, principal_type: `iam_${kind}`, name: arn },
      asks: arn,
      account,
      policies: [],
      groups: [],
      records: [],
    };
    const decisions = this.#worlds.with({ everything: true, made: arn });
    const caller = decisions.caller({ first });
    const levels = decisions.levels({ first });
    const context = callerContext(this.#worlds.worldOf({ everything: true, made: arn }), caller);
    return { holders: [first], first, caller, levels, context, shape: -1 };
  }
}

function wayBy({ of, decisions, before, formula }: Maker, making: Making, arn: string): Way {
  const { make, give, become } = making;
  const outright = (action: string, context = {}) => decisions.outright(of, action, arn, context);
  const may = (context = {}): Formula =>
    all([
      outright(make, context),
      any(give.map((action) => outright(action, context))),
      become.length === 0 || any(become.map((action) => outright(action))),
    ]);
  const first = (actions: readonly string[]) =>
    actions.filter((action) => outright(action) !== false).slice(0, 1);
  const step: OwnStep = { actions: [make, ...first(give), ...first(become)], on: arn };
  const free = may(UNBOUND);
  const whole = free === false ? all([may(), unclear(`${make} on ${arn}`, BOUND, true)]) : free;
  const both = all([formula, whole]);
  return { steps: [...before, step], formula: both, conclusion: conclude(both) };
}

/** The first that is certain, else the surest; undefined where there is none. */
function surest(ways: readonly (() => Way)[]): Way | undefined {
  let best: Way | undefined;
  for (const make of ways) {
    const way = make();
    if (way.formula === false) continue;
    const { certainty } = way.conclusion;
    if (best === undefined || RANK[certainty] < RANK[best.conclusion.certainty]) best = way;
    if (certainty === "certain") break;
  }
  return best;
}

function arnsAskedFor({ ofPrincipal }: Facets): readonly string[] {
  return ofPrincipal.flatMap(({ key, values }) => (/^aws:principalarn$/i.test(key) ? values : []));
}
