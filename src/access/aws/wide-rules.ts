import { compareStrings } from "../../base/index.ts";
import { askedOf } from "./actions.ts";
import { parseArn } from "./arn.ts";
import { questionOf } from "./decisions.ts";
import type { Statement } from "./document.ts";
import type { EstateIndex } from "./estate-index.ts";
import { givenBy, type Level } from "./evaluate.ts";
import { conclude, type Conclusion } from "./formula.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { speaksOf, StatementIndex } from "./statement-index.ts";
import type { Held } from "./store-grants.ts";
import { Contexts } from "./world-context.ts";
import { isUnreadable } from "./world-schema.ts";

/** What is read, and one of which nothing is known but its account and Region: it has no tags. */
const KINDS = [
  { kind: "secretsmanager", unseen: "secret:unseen-AbCdEf", plural: "secrets" },
  { kind: "ssm", unseen: "parameter/unseen", plural: "parameters" },
] as const;

type Kind = (typeof KINDS)[number];

/** What is told of is what a change declares: it is not all that is there, and may lie in any Region. */
export interface Change {
  /** What stands for the account where the change does not tell it. */
  readonly unknownAccount: string;
}

/** Longest condition in a rule's text, in UTF-16 code units: lists of networks are long. */
const MAX_CONDITION = 200;

/** Statements as `<policy>:<statement> <resource>[ (but for <n> of <m> secrets; if <condition>)]`. */
export interface FoundRules {
  /** By which a principal may read whatever is added to some Region of its account. */
  readonly all: readonly string[];
  /** By which it may read every one that was seen in its account. */
  readonly allSeen: readonly string[];
  /** Some speak of things of which none was seen, and may reach all of them. */
  readonly ofNone: boolean;
  /** What could not be read decides whether some reach everything. */
  readonly perhaps: boolean;
}

/** How far a statement reaches things of one kind by one action, the best first. */
const REACHES = ["all", "all_seen", "perhaps", "of_none", "some"] as const;

interface Reach {
  readonly reach: (typeof REACHES)[number];
  /** What narrows it, in words. */
  readonly but: readonly string[];
}

const SOME: Reach = { reach: "some", but: [] };

/**
 * Rules by wildcard, judged as what is left of them under conditions, boundary, organisation and what the principal's own policies
 * deny. One that names what it covers reaches no more than that. Refusals of a thing's own policy or key narrow no rule.
 */
export class WideRules {
  readonly #index: EstateIndex;
  readonly #change: Change | undefined;
  readonly #contexts: Contexts;
  readonly #statements = new StatementIndex();
  readonly #known = new WeakMap<PrincipalClass, Map<Statement, readonly Reach[]>>();

  constructor(index: EstateIndex, change?: Change) {
    this.#index = index;
    this.#change = change;
    this.#contexts = new Contexts(index.estate.world);
  }

  of({ holder, of }: Held): FoundRules {
    const { documents } = this.#index.estate.documents;
    const texts = { all: new Set<string>(), all_seen: new Set<string>() };
    const others = new Set<Reach["reach"]>();
    for (const { source } of holder.policies) {
      if (isUnreadable(source.given)) continue;
      const { statements } = documents.parsed(source.given, "identity");
      for (const [at, statement] of statements.entries()) {
        if (statement.effect === "Deny" || !holdsWildcard(statement)) continue;
        const reaches = this.#reaches(of, statement);
        for (const { reach } of reaches) others.add(reach);
        const best = REACHES.find((one) => reaches.some(({ reach }) => reach === one));
        if (best !== "all" && best !== "all_seen") continue;
        const but = new Set(reaches.flatMap((one) => (one.reach === best ? one.but : [])));
        const narrowed = but.size === 0 ? "" : ` (${[...but].join("; ")})`;
        texts[best].add(`${source.name}:${at + 1} ${written(statement)}${narrowed}`);
      }
    }
    return {
      all: [...texts.all].sort(compareStrings),
      allSeen: [...texts.all_seen].sort(compareStrings),
      ofNone: others.has("of_none"),
      perhaps: others.has("perhaps"),
    };
  }

  /** By kind. */
  #reaches(of: PrincipalClass, statement: Statement): readonly Reach[] {
    let known = this.#known.get(of);
    if (known === undefined) {
      known = new Map<Statement, readonly Reach[]>();
      this.#known.set(of, known);
    }
    const reaches = known.get(statement) ?? KINDS.map((kind) => this.#widest(of, statement, kind));
    known.set(statement, reaches);
    return reaches;
  }

  /** By the action that reaches furthest. */
  #widest(of: PrincipalClass, statement: Statement, kind: Kind): Reach {
    let widest = SOME;
    for (const { action, gives } of askedOf(kind.kind)) {
      if (!gives.includes("read") || !speaksOf(statement, action) || isShut(of, action)) continue;
      const found = this.#reach(of, statement, action, kind);
      if (REACHES.indexOf(found.reach) < REACHES.indexOf(widest.reach)) widest = found;
      if (widest.reach === "all") break;
    }
    return widest;
  }

  #reach(of: PrincipalClass, statement: Statement, action: string, kind: Kind): Reach {
    const { things, thingSets } = this.#index;
    const own = things.ofKind(kind.kind, of.first.account ?? "");
    const unseen = this.#unseen(of, statement, kind).map((arn) =>
      this.#conclusion(of, statement, action, arn),
    );
    const covers = thingSets.of(statement, of.context);
    if (!unseen.some(isOpen) && own.some((place) => covers.covers(place) === 0)) return SOME;
    const seen = this.#alike(of, action, own).map(({ arn, count }) => ({
      conclusion: this.#conclusion(of, statement, action, arn),
      count,
    }));
    const count = (counts: (conclusion: Conclusion) => boolean): number =>
      seen.reduce((sum, one) => sum + (counts(one.conclusion) ? one.count : 0), 0);
    const total = count(() => true);
    const reached = count(isSure);
    const possible = count(isPossible);
    const but = (conclusions: readonly Conclusion[]): string[] => [
      ...(reached === total || (reached === 0 && this.#change !== undefined)
        ? []
        : [`but for ${total - reached} of ${total} ${kind.plural}`]),
      ...conditionsOf(conclusions),
    ];
    const sure = unseen.filter(isSure);
    if (sure.length > 0 && (reached > 0 || total === 0 || this.#change !== undefined))
      return { reach: "all", but: but(sure) };
    if (total > 0 && reached === total)
      return { reach: "all_seen", but: but(seen.map(({ conclusion }) => conclusion)) };
    const open = possible > 0 && (sure.length > 0 || reached + possible === total);
    if (open || unseen.some(isPossible)) return { reach: "perhaps", but: [] };
    return total === 0 || sure.length > 0 ? { reach: "of_none", but: [] } : SOME;
  }

  /** One in each Region of its account; where no Region is known, one somewhere. In a change, one where the statement says, too. */
  #unseen(
    { first: { account = "", asks } }: PrincipalClass,
    { resources }: Statement,
    { kind, unseen }: Kind,
  ): string[] {
    const partition = typeof asks === "string" ? (asks.split(":")[1] ?? "aws") : "aws";
    const regions = this.#index.estate.regions.get(account) ?? [""];
    const [somewhere = ""] = regions;
    const said = (this.#change === undefined ? [] : (resources?.of ?? [])).flatMap(({ written }) => {
      const arn = parseArn(written);
      const isOwn = arn?.account === account || account === this.#change?.unknownAccount;
      if (arn?.service !== kind || !isOwn) return [];
      const region = isLiteral(arn.region) ? arn.region : somewhere;
      return [[region, isLiteral(arn.account) ? arn.account : account] as const];
    });
    const places = [...[...regions].map((region) => [region, account] as const), ...said];
    return places.map(([region, of]) => `arn:${partition}:${kind}:${region}:${of}:${unseen}`);
  }

  /** Things that no statement that speaks of the action tells apart: one of them, and how many they are. */
  #alike({ levels, context }: PrincipalClass, action: string, places: Int32Array): Alike[] {
    const { things, thingSets } = this.#index;
    const speaking = [...levels.identity, ...levels.limits].flatMap((document) =>
      this.#statements.of(document, action),
    );
    const sets = speaking
      .map((statement) => thingSets.of(statement, context))
      .filter(({ list }) => list !== undefined);
    const bySide = speaking.some(({ conditions }) => conditions.length > 0);
    const groups = new Map<string, { arn: string; count: number }>();
    for (const place of places) {
      const { arn = "", side = 0, members = [] } = things.all[place] ?? {};
      let key = bySide ? String(side) : "";
      // Only perhaps: the reason names the thing.
      for (const set of sets) key += set.covers(place) === 2 ? ` ${arn}` : ` ${set.covers(place)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { arn, count: members.length });
      else group.count += members.length;
    }
    return [...groups.values()];
  }

  #conclusion(of: PrincipalClass, statement: Statement, action: string, resource: string): Conclusion {
    const { caller, first } = of;
    const context = this.#contexts.of(questionOf(of, { action }, resource), caller, resource, first.account);
    return conclude(givenBy(statement, { action, resource, context }, caller.requester, caller.policies));
  }
}

const isLiteral = (part: string): boolean => /^[a-z0-9-]+$/.test(part);

interface Alike {
  readonly arn: string;
  readonly count: number;
}

function isSure({ holds, certainty }: Conclusion): boolean {
  return holds && certainty !== "possible";
}

function isPossible({ certainty }: Conclusion): boolean {
  return certainty === "possible";
}

function isOpen(conclusion: Conclusion): boolean {
  return isSure(conclusion) || isPossible(conclusion);
}

/** Whether boundary, session or a level of the organisation has no word for an action, whatever it is done to. */
function isShut({ caller: { policies } }: PrincipalClass, action: string): boolean {
  const isSilent = (level: Level): boolean =>
    level.every(
      ({ document }) =>
        !("unreadable" in document) &&
        !document.statements.some((one) => one.effect === "Allow" && speaksOf(one, action)),
    );
  const { boundary, session, scps = [] } = policies;
  return [boundary, session, ...scps].some((level) => level !== undefined && isSilent(level));
}

/** Each way of being reached stands under its own. */
function conditionsOf(conclusions: readonly Conclusion[]): string[] {
  const ways = new Set(conclusions.map(({ conditions }) => conditions.map(cut).join(" and ")));
  return ways.size === 0 || ways.has("") ? [] : [`if ${[...ways].sort(compareStrings).join(" or ")}`];
}

function cut(text: string): string {
  return text.length <= MAX_CONDITION ? text : `${text.slice(0, MAX_CONDITION - 1).toWellFormed()}…`;
}

function written({ resources }: Statement): string {
  if (resources === undefined) return "*";
  const all = resources.of.map((one) => one.written).join(",");
  return resources.except ? `NotResource ${all}` : all;
}

function holdsWildcard({ resources }: Statement): boolean {
  return (
    resources === undefined || resources.except || resources.of.some(({ written }) => written.includes("*"))
  );
}
