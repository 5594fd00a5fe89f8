import type { Fact } from "../../facts/index.ts";
import type { Declared, Written } from "../declared.ts";
import type { ComparedSide, Pair } from "./pair.ts";
import { keyOf as factKey } from "./worlds.ts";

/** What an input itself tells of both sides, as a plan does; undefined of one that tells what will be alone. */
export function ownPair(declared: Declared): Pair | undefined {
  const { before, format, path, provider } = declared;
  if (before === undefined) return undefined;
  return {
    format,
    path,
    provider,
    against: "what the plan found",
    before: formerOf(before),
    after: sideOf(declared),
  };
}

/** What is there after the change. */
export function sideOf({ after, ...written }: Declared): ComparedSide {
  return formerOf({ ...after, ...writtenOf(written) });
}

/** One side as it is compared: what others declare comes to what the input says of others' things. */
export function formerOf({ strangers, ...side }: ComparedSide): ComparedSide {
  if (strangers === undefined) return side;
  const isStranger = (fact: Fact): boolean => strangers.has(factKey(fact));
  const { facts = [], gaps = [], ...others } = side.elsewhere ?? {};
  return {
    ...side,
    facts: side.facts.filter((fact) => !isStranger(fact)),
    elsewhere: { ...others, facts: [...facts, ...side.facts.filter(isStranger)], gaps },
  };
}

function writtenOf({ declarations, policies, attachments, writtenAt }: Written): Written {
  return {
    declarations,
    ...(policies === undefined ? {} : { policies }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(writtenAt === undefined ? {} : { writtenAt }),
  };
}

export const NOTHING: ComparedSide = { facts: [], gaps: [], declarations: new Map() };

/**
 * Inputs of two trees, one by one: those of one path, then those whose files have the same name alone. What one tree lacks has nothing there;
 * where it has something that could not be read, nothing is said.
 */
export function pairsWithBase(
  { declared, unread }: ReadSide,
  { declared: former, unread: unreadFormer }: ReadSide,
  ref: string,
): Pair[] {
  const left = new Map(former.filter(hasSide).map((one) => [keyOf(one, one.path), one]));
  const take = (key: string): Declared | undefined => {
    const found = left.get(key);
    left.delete(key);
    return found;
  };
  const own = declared.filter(hasSide);
  const found = own.map((one) => ({ one, was: take(keyOf(one, one.path)) }));
  const moved = Map.groupBy(left.values(), (one) => keyOf(one, nameOf(one.path)));
  const pairs = found.map(({ one, was }): Pair => {
    const [only, ...others] = was === undefined ? (moved.get(keyOf(one, nameOf(one.path))) ?? []) : [];
    const isMoved = only !== undefined && others.length === 0 && left.delete(keyOf(only, only.path));
    const before = was ?? (isMoved ? only : undefined);
    const { format, path, provider } = one;
    const beforeSide = before === undefined ? NOTHING : sideOf(before);
    return { format, path, provider, against: ref, before: beforeSide, after: sideOf(one) };
  });
  const gone = [...left.values()].map((was): Pair => {
    const { format, path, provider } = was;
    return { format, path, provider, against: ref, before: sideOf(was), after: NOTHING };
  });
  const isBlind = ({ path, before, after }: Pair): boolean =>
    (before === NOTHING && unreadFormer.some((one) => isWithin(one.path, path))) ||
    (after === NOTHING && unread.some((one) => isWithin(one.path, path)));
  return [...pairs, ...gone].filter((pair) => !isBlind(pair));
}

/** What was read of a tree, and what could not be. */
interface ReadSide {
  readonly declared: readonly Declared[];
  readonly unread: readonly { readonly path: string }[];
}

function isWithin(file: string, path: string): boolean {
  return file === path || path === "." || file.startsWith(`${path}/`);
}

/** A plan has its own two sides. */
function hasSide({ before, after }: Declared): boolean {
  return before === undefined && (after.facts.length > 0 || after.gaps.length > 0);
}

function keyOf({ format, provider }: Declared, name: string): string {
  return `${format}\n${provider}\n${name}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
