import type { GrantAction } from "../../access/index.ts";
import { counted, digestOf, sortedBy } from "../../base/index.ts";
import { keptAt, type Collected, type PlanContext } from "./planning.ts";
import type { Ask, ConcreteChange, Kept, PatchOperation } from "./proposal.ts";

/** Items that one change names of those that it takes from what stays. */
const MAX_NAMED = 20;

interface Finished {
  readonly change: ConcreteChange;
  readonly asks: readonly Ask[];
}

/** Puts the same changes together, and says of each what else it takes away. In the order in which they are to be made. */
export function finished(changes: readonly Collected[], context: PlanContext): Finished[] {
  const same = Map.groupBy(changes, (change) =>
    change.patch === undefined
      ? JSON.stringify([change.stage, change.kind, change.where, change.what, change.commands])
      : JSON.stringify([change.stage, change.where, change.commands]),
  );
  const made = [...same.values()].map((of) => finishedOne(joined(of), context));
  return sortedBy(made, ({ change }) => change.from_at ?? "");
}

/** Patches of one document become one, its places from the last to the first, so that none moves another. */
function joined(of: readonly Collected[]): Collected {
  const [first] = of as readonly [Collected, ...Collected[]];
  const ways = of.flatMap((one) => one.ways);
  const rests: Collected["rests"] = (statement, principalId) =>
    of.some((one) => one.rests(statement, principalId));
  const pairs = of.flatMap(({ patch = [] }) => pairsOf(patch));
  if (pairs.length === 0) return { ...first, ways, rests };
  const byPath = new Map(pairs.map((pair) => [pair[0]?.path ?? "", pair]));
  const patch = [...byPath]
    .sort(([a], [b]) => b.localeCompare(a, "en", { numeric: true }))
    .flatMap(([, pair]) => pair);
  const { emptied } = first;
  if (emptied !== undefined && byPath.size >= emptied.statements && [...byPath.keys()].every(isStatement)) {
    const { kind, where, terraform_hint, stage, reaches } = first;
    const hint = terraform_hint === undefined ? {} : { terraform_hint };
    const { what, commands } = emptied;
    return { kind, where, ...hint, stage, reaches, what, commands, ways, rests };
  }
  const what = [...new Set(of.map((one) => one.what))].join("; ");
  return { ...first, what, ways, rests, patch };
}

function isStatement(path: string): boolean {
  return /^\/Statement\/\d+$/.test(path);
}

/** A test and what is done where it holds. */
function pairsOf(patch: readonly PatchOperation[]): (readonly PatchOperation[])[] {
  return patch.flatMap((one, place) => (one.op === "test" ? [patch.slice(place, place + 2)] : []));
}

function finishedOne(change: Collected, context: PlanContext): Finished {
  const { ways, stage, reaches, rests, exact = false, losses = [], why = [] } = change;
  const { kind, what, where, commands, diff, patch, terraform_hint } = change;
  const asks = [...new Set(ways.map(({ ask }) => ask))];
  const takes = keptLost(change, context);
  const principals =
    reaches === "everyone"
      ? Math.max(0, ...ways.map(({ statement, principal }) => context.others(statement, principal.id)))
      : 0;
  const wanted = new Set(ways.flatMap(({ demand }) => demand.targets));
  const lost = exact
    ? []
    : [...new Set(ways.map(({ principal }) => principal.id))].flatMap((id) =>
        context
          .grantsOf(id)
          .filter(({ path }) => path.some((statement) => rests(statement, id)))
          .flatMap((grant) => [...grant.targets()]),
      );
  const secrets = new Set(lost.filter((id) => !wanted.has(id))).size;
  const item_ids = [...new Set(asks.flatMap(({ item }) => item.item_id ?? []))].sort();
  return {
    asks,
    change: {
      key: digestOf([kind, where, what, stage]).slice(0, 16),
      ...{ kind, what, where, commands },
      ...(diff === undefined ? {} : { diff }),
      ...(patch === undefined ? {} : { patch }),
      ...(terraform_hint === undefined ? {} : { terraform_hint }),
      other_principal_count: principals,
      other_secret_count: secrets,
      also: alsoText(principals, secrets, { losses, why, takes }),
      takes_kept: takes,
      item_ids,
      ...(stage === "" ? {} : { from_at: stage }),
    },
  };
}

/** What the campaign lets stay and this takes away: of what it takes exactly, only what was to go as well. */
function keptLost(
  { ways, stage, rests, exact = false, reaches }: Collected,
  { kept, one }: PlanContext,
): string[] {
  const due = new Map<string, Set<GrantAction>>();
  for (const { demand } of ways)
    for (const id of demand.targets) due.set(id, new Set([...(due.get(id) ?? []), ...demand.actions]));
  const whose = new Set(ways.map(({ principal }) => one(principal.id)));
  const isLost = ({ principal_id, statements, targets, actions }: Kept): boolean => {
    if (!statements.some((statement) => rests(statement, principal_id))) return false;
    if (!exact) return true;
    if (reaches === "principal" && !whose.has(one(principal_id))) return false;
    return [...targets].some((id) => actions.some((action) => due.get(id)?.has(action) === true));
  };
  const words = keptAt(stage, kept)
    .filter(isLost)
    .map((found) => found.words);
  const more = words.length - MAX_NAMED;
  return more > 0 ? [...words.slice(0, MAX_NAMED), `and ${counted(more, "further item")}`] : words;
}

function alsoText(
  principals: number,
  secrets: number,
  {
    losses,
    why,
    takes,
  }: {
    readonly losses: readonly string[];
    readonly why: readonly string[];
    readonly takes: readonly string[];
  },
): string {
  const parts = [
    ...(principals === 0 ? [] : [`the same from ${counted(principals, "other principal")}`]),
    ...(secrets === 0 ? [] : [`this principal's access by the same to ${counted(secrets, "other secret")}`]),
    ...new Set(losses),
    ...(takes.length === 0 ? [] : [`what this campaign lets stay: ${counted(takes.length, "item")}`]),
  ];
  const text = parts.length === 0 ? "takes nothing else away" : `also takes away ${parts.join(", and ")}`;
  return why.length === 0 ? text : `no exact change exists, since ${[...new Set(why)].join("; ")}; ${text}`;
}
