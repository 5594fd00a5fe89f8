import { EXIT, compareStrings, sortedBy, type ExitCode, type Instant } from "../../base/index.ts";
import type { GrantAction, Certainty } from "../../access/index.ts";
import { requestRegister, type ClassificationRules, type RequestRegister } from "../../subjects/index.ts";
import type { Direction } from "../access-diff.ts";
import type { FormatId } from "../declared.ts";
import type { Surroundings } from "../formats/format.ts";
import { declaredIn } from "../reading.ts";
import type { Place } from "../text/source-text.ts";
import type { SourceBeside, Tree } from "../tree.ts";
import { answerOf, needsRequest } from "./changes.ts";
import { compared, statementName, type Compared, type PlacedDifference } from "./compared.ts";
import type { Pair } from "./pair.ts";
import { ADDS_ALONE, UNCOMPUTED, notComputed } from "./not-compared.ts";
import { pairAgainst, snapshotName, type Collected } from "./overlay.ts";
import { Parties, isOutside } from "./parties.ts";
import { allFacts } from "./worlds.ts";
import { ownPair, pairsWithBase } from "./pairs.ts";

/** What is asked of a comparison. */
export interface AccessRequest {
  readonly tree: Tree;
  /** The same paths before the change; absent: inputs that tell one side alone are not compared. */
  readonly base?: { readonly tree: Tree; readonly ref: string };
  /** What was collected last: what a change speaks of is compared as it is there. `isUnasked`: nobody named it, and a plan that does not fit has its own sides. */
  readonly collected?: (Collected & { readonly isUnasked?: true }) | undefined;
  readonly classification: ClassificationRules;
  readonly surroundings: Surroundings;
  /** Source that plans were made of, where it is not of the tree. */
  readonly beside?: SourceBeside;
  readonly at: Instant;
  readonly signal: AbortSignal;
}

interface Party {
  readonly id: string;
  readonly name: string;
}

/** One difference, for whoever reads it: names in it are untrusted and not escaped. */
export interface ToldDifference {
  readonly direction: Direction;
  readonly principal: Party & {
    readonly type: string;
    readonly public: boolean;
    /** Absent: it names an account, and in which account the thing will be is not known. */
    readonly external?: boolean;
    readonly on_one_side: boolean;
  };
  readonly target: Party & { readonly kind: string; readonly tier?: string; readonly on_one_side: boolean };
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  /** It comes by assuming a role, or by letting itself in. */
  readonly detour: boolean;
  readonly statements: readonly { readonly name: string; readonly place?: Place }[];
  readonly statement_count: number;
  /** Of the first statement that stands in a file; of a loss in the file as it was. */
  readonly place: Place;
  readonly format: FormatId;
  /** Whether an approved request is on record for what is gained, where a register of requests was collected. */
  readonly requested?: "no" | "not_known" | "yes";
}

/** What could not be compared, and why. */
export interface NotCompared {
  readonly path: string;
  readonly line?: number;
  readonly detail: string;
}

export interface AccessReport {
  readonly schema: "countersign-access-diff/1";
  readonly compared: readonly {
    readonly format: FormatId;
    readonly path: string;
    readonly against: string;
  }[];
  /** The snapshot that inputs were held against where they could be. `is_default`: the newest, which nobody named. */
  readonly snapshot?: { readonly id: string; readonly taken_at: string; readonly is_default: boolean };
  readonly sums: Readonly<Record<Direction | "possible", number>> & {
    /** Pairs of a principal and a thing of which it is not known on either side, for different reasons. */
    readonly undecided: number;
    /** What follows from the rest: a new thing's own account, services that work as a role. */
    readonly implied: number;
    /** Beyond what is told. */
    readonly left_out: number;
  };
  readonly differences: readonly ToldDifference[];
  readonly not_compared: readonly NotCompared[];
  /** What one side alone does not tell, and may hold access: there may be a difference in it. */
  readonly unseen: readonly string[];
  /** Whether everything was compared, and every difference is known. */
  readonly complete: boolean;
  readonly exit: ExitCode;
}

const ONE_SIDE =
  "tells what will be, and not what was: name what it is held against with --base or --against";

/** Reads a change and says who gains or loses which access by it. Offline. E_INPUT, E_INTERRUPTED. */
export async function accessReport(request: AccessRequest): Promise<AccessReport> {
  const { tree, base, collected, surroundings, beside, signal, at } = request;
  const read = await declaredIn({ tree, signal, beside }, surroundings);
  const not: NotCompared[] = read.unread.map(notRead);
  const pairs: Pair[] = [];
  const former = base === undefined ? undefined : await declaredIn({ tree: base.tree, signal }, surroundings);
  if (former !== undefined && base !== undefined)
    not.push(
      ...former.unread.map(notRead).map((one) => ({ ...one, detail: `${one.detail} (at ${base.ref})` })),
    );
  if (collected !== undefined) {
    for (const declared of read.declared) {
      const { path, before, after } = declared;
      if (before === undefined && after.facts.length === 0) continue;
      const pair = pairAgainst(declared, collected);
      const own = collected.isUnasked === true ? ownPair(declared) : undefined;
      if (!("detail" in pair)) pairs.push(pair);
      else if (own === undefined) not.push({ path, detail: pair.detail });
      else pairs.push(own);
      if (before === undefined) not.push({ path, detail: ADDS_ALONE });
    }
  } else {
    pairs.push(...read.declared.flatMap((one) => ownPair(one) ?? []));
    if (former !== undefined && base !== undefined) pairs.push(...pairsWithBase(read, former, base.ref));
    else
      for (const { before, after, path } of read.declared)
        if (before === undefined && after.facts.length > 0) not.push({ path, detail: ONE_SIDE });
  }
  const all = pairs.filter((pair) => {
    const isComputed = !UNCOMPUTED.has(pair.provider);
    if (!isComputed) not.push({ path: pair.path, detail: notComputed(pair.provider) });
    return isComputed;
  });
  const isHeld = ({ against }: Pair): boolean => against === snapshotName(collected);
  const register =
    collected === undefined ? undefined : requestRegister(collected.facts, request.classification, at);
  const report = reportOf(
    all.map((pair) => compared(pair, (isHeld(pair) ? collected?.takenAt : undefined) ?? at)),
    not,
    { rules: request.classification, registerOf: (pair) => (isHeld(pair) ? register : undefined) },
  );
  if (collected === undefined) return report;
  const { name: id, takenAt: taken_at, isUnasked: is_default = false } = collected;
  return { ...report, snapshot: { id, taken_at, is_default } };
}

function notRead({
  path,
  line,
  reason,
  detail,
}: {
  path: string;
  line?: number | undefined;
  reason: string;
  detail: string;
}): NotCompared {
  return { path, ...(line === undefined ? {} : { line }), detail: `not read (${reason}): ${detail}` };
}

interface Telling {
  readonly rules: ClassificationRules;
  readonly registerOf: (pair: Pair) => RequestRegister | undefined;
}

function reportOf(
  all: readonly Compared[],
  not: NotCompared[],
  { rules, registerOf }: Telling,
): AccessReport {
  if (all.length === 0 && not.length === 0)
    not.push({ path: ".", detail: "no file declares who may do what in a way that is known" });
  for (const { cut, pair } of all)
    if (cut)
      not.push({
        path: pair.path,
        detail: "more principals and things than are looked at: the rest was left out",
      });
  const differences = all.flatMap(({ differences: some, pair }) => {
    const parties = new Parties([...allFacts(pair.before), ...allFacts(pair.after)], rules);
    const register = registerOf(pair);
    return some.map((one) => ({
      ...toldOf(one, parties.tierOf(one.target), pair),
      ...(register === undefined || !needsRequest(one) ? {} : { requested: requestedOf(one, register) }),
    }));
  });
  const count = (direction: Direction): number =>
    differences.filter((one) => one.direction === direction && one.certainty !== "possible").length;
  const total = (name: "count" | "implied" | "undecided"): number =>
    all.reduce((sum, one) => sum + one[name], 0);
  const possible = differences.filter(({ certainty }) => certainty === "possible").length;
  const sums = {
    gained: count("gained"),
    widened: count("widened"),
    narrowed: count("narrowed"),
    lost: count("lost"),
    possible,
    undecided: total("undecided"),
    implied: total("implied"),
    left_out: total("count") - differences.length,
  };
  const unseen = [...new Set(all.flatMap((one) => one.unseen))].sort(compareStrings);
  const complete = not.length === 0 && unseen.length === 0 && possible === 0 && sums.undecided === 0;
  return {
    schema: "countersign-access-diff/1",
    compared: all.map(({ pair: { format, path, against } }) => ({ format, path, against })),
    sums,
    differences,
    not_compared: sortedBy(not, ({ path, line = 0, detail }) => JSON.stringify([path, line, detail])),
    unseen,
    complete,
    exit: complete ? EXIT.pass : EXIT.incomplete,
  };
}

function requestedOf(
  one: PlacedDifference,
  register: RequestRegister,
): NonNullable<ToldDifference["requested"]> {
  const answer = answerOf(one, register);
  if ("unknown" in answer) return "not_known";
  return answer.requested ? "yes" : "no";
}

function toldOf(one: PlacedDifference, tier: string | undefined, { format }: Pair): ToldDifference {
  const { direction, principal, target, actions, certainty, statements, places, place } = one;
  const external = isOutside(principal, target);
  return {
    direction,
    principal: {
      id: principal.id,
      name: principal.name,
      type: principal.principal_type,
      public: principal.public,
      ...(external === undefined ? {} : { external }),
      on_one_side: one.principalIsNew,
    },
    target: {
      id: target.id,
      name: target.name,
      kind: target.kind,
      ...(tier === undefined ? {} : { tier }),
      on_one_side: one.targetIsNew,
    },
    actions,
    certainty,
    detour: one.isDetour,
    statements: statements.map((statement, nth) => {
      const at = places[nth];
      return { name: statementName(statement), ...(at === undefined ? {} : { place: at }) };
    }),
    statement_count: one.statementCount,
    place,
    format,
  };
}
