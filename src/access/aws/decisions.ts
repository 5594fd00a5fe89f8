import { askedOf, pathsAbove, type Asked } from "./actions.ts";
import { Candidates, type Sought } from "./candidates.ts";
import { keyAction } from "./encryption.ts";
import type { EstateIndex } from "./estate-index.ts";
import { all, any, conclude, standing, unclear, type Conclusion, type Formula } from "./formula.ts";
import { namesOf } from "./named-index.ts";
import { levelsOf, type Levels, type PrincipalClass } from "./principal-classes.ts";
import { PlaceSets, type PlaceSet } from "./place-sets.ts";
import { documentOf } from "./resource-documents.ts";
import { StatementIndex } from "./statement-index.ts";
import { revivingCalls } from "./thing-state.ts";
import type { Caller } from "./world-caller.ts";
import { ALWAYS } from "./world-context.ts";
import { isUnreadable, type AwsQuestion } from "./world-schema.ts";
import type { AwsVerdict, WorldJudge } from "./world.ts";

/** What a principal may do to classes of things, alike for all of the set. */
export interface Entry {
  readonly asked: Asked;
  readonly set: PlaceSet;
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

/** A request, but for its thing. */
export interface Request {
  readonly action: string;
  readonly kind: string;
  readonly context?: Readonly<Record<string, string>>;
}

interface Decision {
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

const ANY: (place: number) => boolean = () => true;

/** Kinds of things that grants are told of. */
const ENCRYPTED_KINDS = ["secretsmanager", "ssm"];
const TARGET_KINDS = [...ENCRYPTED_KINDS, "kms"];

/**
 * Decides for classes. From a principal's allowing statements outwards: what they, or the policies of things, may allow is a
 * candidate; candidates that the same of its statements cover and that have the same side are decided once, by one of them, and
 * once for all principals of a shape, unless the thing's policy speaks of one by name.
 */
export class Decisions {
  readonly #index: EstateIndex;
  readonly #judge: WorldJudge;
  readonly #candidates: Candidates;
  readonly #statements = new StatementIndex();
  readonly #known = new Map<string, Decision>();
  /** Of the principal asked last, see {@link Decisions.#alike}. */
  #own: { readonly principal: PrincipalClass; readonly decisions: Map<string, Decision> } | undefined;
  /** Of the principal and thing asked last, see {@link Decisions.#answeredAlike}. */
  #answers:
    | {
        readonly principal: PrincipalClass;
        readonly resource: string;
        readonly known: Map<string, AwsVerdict>;
      }
    | undefined;
  readonly #mentions = new Map<PrincipalClass, ReadonlySet<number>>();
  readonly sets = new PlaceSets();

  /** `judge`: another than the index's own, where other worlds are asked of the same things. */
  constructor(index: EstateIndex, judge = index.judge) {
    this.#index = index;
    this.#judge = judge;
    this.#candidates = new Candidates(index, this.#statements);
  }

  /** What a principal may do to secrets, parameters and keys. */
  entries(principal: PrincipalClass): Entry[] {
    return TARGET_KINDS.flatMap((kind) =>
      askedOf(kind).flatMap((asked) => this.#entriesBy(principal, asked, kind)),
    );
  }

  /** What it may read of what is under customers' keys. */
  encryptedReads(principal: PrincipalClass): Entry[] {
    const counts = (place: number): boolean => this.#index.keyOf(place) !== undefined;
    return ENCRYPTED_KINDS.flatMap((kind) =>
      askedOf(kind)
        .filter(({ gives }) => gives.includes("read"))
        .flatMap((asked) => this.#entriesBy(principal, asked, kind, counts)),
    );
  }

  /** `counts`: which things are looked at; of things with the same side all or none. */
  #entriesBy(principal: PrincipalClass, asked: Asked, kind: string, counts = ANY): Entry[] {
    switch (asked.on) {
      case "self":
        return this.#entriesOf(asked, this.groups(principal, { action: asked.action, kind }, counts));
      case "everything":
        return this.#everything(principal, asked, kind);
      case "paths_above":
        return this.#entriesOf(asked, this.#throughPaths(principal, asked.action, counts));
    }
  }

  /** What a principal may do to things of one kind by one action, joined by what it comes to. */
  requestEntries(principal: PrincipalClass, request: Request): Entry[] {
    const asked: Asked = { action: request.action, on: "self", gives: [] };
    return this.#entriesOf(asked, this.groups(principal, request));
  }

  /** Whether a principal may do something on a resource that is in no class, e.g. `*`. */
  outright(principal: PrincipalClass, action: string, resource: string, context = {}): Formula {
    return this.#judge.formula(this.question(principal, { action, context, kind: "" }, resource));
  }

  /** Whether a principal has anything of its own that could let it. */
  mayAtAll(principal: PrincipalClass, action: string): boolean {
    return this.#candidates.mayAtAll(principal, action);
  }

  /** The same on a thing that is still to be made, and so has no policy. */
  onNew(principal: PrincipalClass, action: string, resource: string): Formula {
    return this.#judge.formula(this.question(principal, { action, kind: "" }, resource), resource, true);
  }

  /** With the statements that decide. `thing`: see {@link WorldJudge}. */
  answer(
    principal: PrincipalClass,
    request: Request,
    { resource, thing = resource }: { readonly resource: string; readonly thing?: string },
  ): AwsVerdict {
    const make = () => this.#judge.answer(this.question(principal, request, resource), thing);
    const name = thing === resource ? this.#answeredAlike(principal, request, resource) : undefined;
    if (name === undefined) return make();
    if (this.#answers?.principal !== principal || this.#answers.resource !== resource)
      this.#answers = { principal, resource, known: new Map() };
    const { known } = this.#answers;
    const answer = known.get(name) ?? make();
    known.set(name, answer);
    return answer;
  }

  /**
   * A text that is the same for actions that are answered alike on one thing, by the same statements and first calls: many do
   * whatever they like to a key. Undefined where more than statements decides.
   */
  #answeredAlike(principal: PrincipalClass, { action, context = {} }: Request, arn: string) {
    const { estate, rcps, judge } = this.#index;
    const thing = estate.resources.get(arn);
    const isTarget = TARGET_KINDS.some((kind) => action.startsWith(`${kind}:`));
    if (thing === undefined || !isTarget || this.#judge !== judge || Object.keys(context).length > 0)
      return undefined;
    // A grant says by itself of which actions it speaks.
    const grants = isUnreadable(thing.resource) ? thing.resource : (thing.resource.grants ?? []);
    if (isUnreadable(grants) || grants.length > 0) return undefined;
    const { identity, limits } = principal.levels;
    const policy = documentOf(thing, estate.documents.documents);
    const documents = [...identity, ...limits, ...rcps, ...(policy === undefined ? [] : [policy])];
    const reviving = revivingCalls(action);
    const spoken = [action, ...reviving].map((call) => this.#statements.signature(documents, call));
    return [...spoken, ...reviving, keyAction(action) ?? ""].join(" ");
  }

  byService(service: string, action: string, resource: string): Formula {
    return this.#judge.formula({
      principal: service,
      action,
      resource,
      context: ALWAYS,
      unknown_context: ["*"],
    });
  }

  /** Who a principal is here, where it has other policies than in the index. */
  caller({ first }: Pick<PrincipalClass, "first">): Caller {
    return this.#judge.caller({ principal: first.asks });
  }

  levels(principal: Pick<PrincipalClass, "first">): Levels {
    return levelsOf(this.caller(principal));
  }

  question(principal: PrincipalClass, request: Request, resource: string): AwsQuestion {
    return questionOf(principal, request, resource);
  }

  /** Places by decision. */
  groups(principal: PrincipalClass, request: Request, counts = ANY): Group[] {
    const { things, thingSets } = this.#index;
    const sought: Sought = { ...request, things, sets: thingSets };
    const needsKey = keyAction(request.action) !== undefined;
    const alike = this.#alike(principal, request);
    const groups = this.#candidates
      .grouped(principal, sought)
      .filter(({ places: [first = 0] }) => counts(first));
    return groups.map(({ places, key, covered }) => ({
      places,
      // Reading goes through a key, whose policy is part of the path.
      covered: `${covered} ${needsKey ? String(this.#index.keyOf(places[0] ?? 0) ?? "") : ""}`,
      ...this.#decided(principal, request, places[0] ?? 0, { key, alike }),
    }));
  }

  /**
   * A text that is the same for actions that are decided alike on what has no policy of its own: of which the same statements
   * speak, which need the same of the key, and which AWS refuses in the same states. Undefined where more than statements decides.
   */
  #alike(principal: PrincipalClass, { action, kind, context }: Request): string | undefined {
    if (context !== undefined || (kind !== "secretsmanager" && kind !== "ssm")) return undefined;
    const { identity, limits } = principal.levels;
    const documents = [...identity, ...limits, ...this.#index.rcps];
    const reviving = revivingCalls(action).map((call) => this.#statements.signature(documents, call));
    return `${kind} ${keyAction(action) ?? ""} ${reviving.join(" ")} ${this.#statements.signature(documents, action)}`;
  }

  #decided(principal: PrincipalClass, request: Request, place: number, by: Alike): Decision {
    const { key, alike } = by;
    const arn = this.#index.things.all[place]?.arn ?? "";
    const decide = (): Decision => {
      const make = () =>
        this.#decision(principal, this.#judge.formula(this.question(principal, request, arn)));
      if (alike === undefined || this.#index.withPolicy.has(place)) return make();
      if (this.#own?.principal !== principal) this.#own = { principal, decisions: new Map() };
      const { decisions } = this.#own;
      const name = `${alike} ${key}`;
      const known = decisions.get(name) ?? make();
      decisions.set(name, known);
      return known;
    };
    // Worth keeping only where another class has the same policies.
    if (!this.#index.sharedShapes.has(principal.shape) || this.#isMentioned(principal, place))
      return decide();
    const context = request.context === undefined ? "" : JSON.stringify(request.context);
    const name = `${principal.shape} ${request.action} ${context} ${request.kind} ${key}`;
    const known = this.#known.get(name) ?? decide();
    this.#known.set(name, known);
    return known;
  }

  #isMentioned(principal: PrincipalClass, place: number): boolean {
    let mentions = this.#mentions.get(principal);
    if (mentions === undefined) {
      mentions = this.#index.named.mentioning(namesOf(principal.first, principal.caller));
      this.#mentions.set(principal, mentions);
    }
    if (mentions.size === 0) return false;
    const key = this.#index.keyOf(place);
    return mentions.has(place) || (key !== undefined && mentions.has(key));
  }

  /** A listing shows what is in the caller's own account. */
  #everything(principal: PrincipalClass, asked: Asked, kind: string): Entry[] {
    const own = this.#index.things.ofKind(kind, principal.first.account ?? "");
    if (own.length === 0 || !this.#candidates.mayAtAll(principal, asked.action)) return [];
    const decided = this.#decision(principal, this.outright(principal, asked.action, "*"));
    return this.#entriesOf(asked, [{ places: own, covered: "", ...decided }]);
  }

  /** A parameter is read by whoever may list a path above it and use its key. */
  #throughPaths(principal: PrincipalClass, action: string, counts = ANY): Group[] {
    const { paths, pathSets, things } = this.#index;
    if (!this.#candidates.mayAtAll(principal, action)) return [];
    const own = things.ofKind("ssm", principal.first.account ?? "").filter(counts);
    const sought: Sought = { action, kind: "path", things: paths, sets: pathSets };
    const keys = new Map<number, string>();
    for (const { places, key } of this.#candidates.grouped(principal, sought))
      for (const place of places) keys.set(place, key);
    if (keys.size === 0) return [];
    const groups = Map.groupBy(own, (place) => {
      const { arn = "", side = 0 } = things.all[place] ?? {};
      const above = pathsAbove(arn).map(({ path }) => keys.get(paths.classOf(path) ?? -1) ?? "");
      return above.some((key) => key !== "") ? `${side} ${above.join("/")}` : "";
    });
    return [...groups].flatMap(([key, places]) => {
      if (key === "") return [];
      const arn = things.all[places[0] ?? 0]?.arn ?? "";
      const ways = pathsAbove(arn)
        .filter(({ path }) => keys.has(paths.classOf(path) ?? -1))
        .map(({ path, recursive }) => {
          const context = { "ssm:Recursive": String(recursive) };
          return this.#judge.formula(this.question(principal, { action, kind: "ssm", context }, path), arn);
        });
      return [{ places: Int32Array.from(places), covered: key, ...this.#decision(principal, any(ways)) }];
    });
  }

  /** What somebody else decides as well stands as a condition. */
  #decision({ first: { standing: condition, doubt } }: PrincipalClass, formula: Formula): Decision {
    const whole = all([
      formula,
      condition === undefined || standing(condition),
      doubt === undefined || unclear(doubt, doubt, true),
    ]);
    return { formula: whole, conclusion: conclude(whole) };
  }

  #entriesOf(asked: Asked, groups: readonly Group[]): Entry[] {
    const held = groups.filter(({ conclusion }) => conclusion.holds || conclusion.certainty === "possible");
    const alike = Map.groupBy(
      held,
      ({ conclusion: { certainty, holds, conditions }, covered }) =>
        `${covered} ${certainty} ${holds} ${conditions.join("\n")}`,
    );
    return [...alike.values()].flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const { formula, conclusion } = first;
      return [{ asked, set: this.sets.of(same.map(({ places }) => places)), formula, conclusion }];
    });
  }
}

/** What a principal asks, with what is known of every request of its. */
export function questionOf(
  { first }: PrincipalClass,
  { action, context = {} }: Pick<Request, "action" | "context">,
  resource: string,
): AwsQuestion {
  return {
    principal: first.asks,
    action,
    resource,
    context: { ...ALWAYS, ...context },
    unknown_context: ["*"],
  };
}

/** Candidates that are decided alike, and actions that are. */
interface Alike {
  readonly key: string;
  readonly alike: string | undefined;
}

export interface Group extends Decision {
  readonly places: Int32Array;
  /** By which statements; entries of another path stand apart. */
  readonly covered: string;
}
