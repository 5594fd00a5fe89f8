import type { EstateIndex } from "./estate-index.ts";
import type { Conclusion } from "./formula.ts";
import { namesOf } from "./named-index.ts";
import { NO_ACCOUNT } from "./outside.ts";
import type { PrincipalClass } from "./principal-classes.ts";

/** What asks of somebody whose account is known of which organisation that is, and of an organisation which accounts it has. */
const OF_ACCOUNT = /(?:^|[\s(])aws:PrincipalOrg(?:ID|Paths)\s/i;
const OF_ORGANIZATION = /(?:^|[\s(])(?:aws:Principal(?:Account|Arn)|kms:CallerAccount)\s/i;

/**
 * Whether a stranger is let in by nothing but a guess: that an account which other policies name is in the organisation for which this
 * one asks, or the other way round. What a policy asks for is a stranger by itself, and is told as such. Where the policy of the place
 * names the stranger, too, it is meant.
 */
export function isGuessed(
  { named }: EstateIndex,
  { first, caller }: PrincipalClass,
  place: number,
  { conditions }: Conclusion,
): boolean {
  if (!first.principal.external) return false;
  const asks = first.account === NO_ACCOUNT ? OF_ORGANIZATION : OF_ACCOUNT;
  if (!conditions.some((condition) => asks.test(condition))) return false;
  const own = [...named.byName(namesOf(first, caller)), ...named.account(first.account ?? "")];
  return !own.some((naming) => naming.place === place);
}
