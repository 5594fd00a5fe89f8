import { accountsTold } from "../../access/index.ts";
import type { Fact } from "../../facts/index.ts";
import { UNKNOWN_SURROUNDINGS } from "../formats/format.ts";
import type { ComparedSide, Pair } from "./pair.ts";
import { othersNamed } from "./named-secrets.ts";
import { renamedPlaces, renamedSide } from "./renaming.ts";
import { allFacts } from "./worlds.ts";

const { account: UNKNOWN } = UNKNOWN_SURROUNDINGS;

const NONE: ReadonlySet<string> = new Set();

/** Most accounts that are tried for the change's own. */
const MAX_TRIED = 3;

/** Two sides with their account as far as it is known. */
interface Placed {
  readonly pair: Pair;
  /** Accounts that may be the change's own where that is not known, in order. */
  readonly perhaps: readonly string[];
}

/**
 * Says of a change that does not state its account which it is, where what was there before tells: the account of the other side, or the one
 * that alone can own the keys and roles of the former side. What the change itself brings shows nothing: whoever lets an account in would say by
 * it that the account is their own. Such accounts are told as possible.
 */
export function inOwnAccount(pair: Pair): Placed {
  const { before, after, provider } = pair;
  if (provider !== "aws") return { pair, perhaps: [] };
  const [formerly, presently] = [statedBy(before), statedBy(after)];
  if (!formerly.has(UNKNOWN) && !presently.has(UNKNOWN)) return { pair, perhaps: [] };
  // A side of two accounts, of which one is not known, says nothing of that one.
  const stated = [formerly, presently].every(({ size }) => size <= 1) ? formerly.union(presently) : NONE;
  const [other] = stated.difference(new Set([UNKNOWN]));
  const own = other ?? ownerOf(before);
  if (own !== undefined) return { pair: boundTo(pair, own), perhaps: [] };
  const perhaps = new Set(
    [before, after].flatMap((side) => [
      ...accountsOf(side).flatMap((one) => [...one]),
      ...othersNamed(allFacts(side)).values(),
    ]),
  );
  return { pair, perhaps: [...perhaps].sort().slice(0, MAX_TRIED) };
}

/** The sides as they are if that is their account. */
export function boundTo(pair: Pair, account: string): Pair {
  const rename = (text: string): string => text.replaceAll(UNKNOWN, account);
  const bound = (side: ComparedSide): ComparedSide => ({
    ...renamedSide(side, rename),
    ...renamedPlaces(side, rename),
  });
  return { ...pair, before: bound(pair.before), after: bound(pair.after) };
}

function statedBy(side: ComparedSide): Set<string> {
  return new Set(allFacts(side).flatMap((fact) => (fact.kind === "store" ? (fact.account ?? []) : [])));
}

/** The one account that can own the keys and roles of a side; undefined where that is not told. */
function ownerOf(side: ComparedSide): string | undefined {
  const [first, ...others] = accountsOf(side);
  const common = others.reduce((all, one) => all.intersection(one), first ?? NONE);
  return common.size === 1 ? [...common][0] : undefined;
}

/** By policy, accounts of which one is its key's or role's; not of those that name the account of which nothing else is known. */
function accountsOf(side: ComparedSide): ReadonlySet<string>[] {
  return allFacts(side).flatMap((fact) => {
    const policy = policyOf(fact);
    const accounts = policy === undefined ? [] : accountsTold(policy.text, policy.of);
    return accounts.length === 0 || accounts.includes(UNKNOWN) ? [] : [new Set(accounts)];
  });
}

function policyOf(fact: Fact): { readonly text: string; readonly of: "key" | "role" } | undefined {
  if (!fact.id.includes(`:${UNKNOWN}:`)) return undefined;
  if (fact.kind === "policy_document" && fact.policy_type === "iam_trust")
    return { text: fact.text, of: "role" };
  if (fact.kind !== "resource_policy" || fact.text === undefined) return undefined;
  return /:arn:aws[a-z-]*:kms:/.test(fact.id) ? { text: fact.text, of: "key" } : undefined;
}
