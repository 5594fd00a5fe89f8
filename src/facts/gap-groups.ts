import { compareStrings, counted } from "../base/index.ts";
import type { Gap } from "./gap.ts";

/** Gaps that one thing explains: of one store, for one reason, in the same words. There is at least one. */
export type GapGroup<G extends Gap = Gap> = readonly [G, ...G[]];

/** The name of the group that a gap belongs to. */
export function gapCause({ store_id, reason, detail, fix = "" }: Gap): string {
  return JSON.stringify([store_id, reason, detail, fix]);
}

/** Every gap once, by what explains it, in the order of each group's first. */
export function gapGroups<G extends Gap>(gaps: Iterable<G>): GapGroup<G>[] {
  const groups = new Map<string, [G, ...G[]]>();
  for (const gap of gaps) {
    const group = groups.get(gapCause(gap));
    if (group === undefined) groups.set(gapCause(gap), [gap]);
    else group.push(gap);
  }
  return [...groups.values()];
}

/** Causes that are named, and what of each. */
const MAX_CAUSES = 3;
const MAX_PLACES = 3;

/** What gaps come from, what explains most first: `<places>: <detail>`, a line each, and how many more there are. */
export function gapCauses(gaps: readonly Gap[]): string[] {
  const groups = gapGroups(gaps).sort((a, b) => b.length - a.length);
  const told = groups
    .slice(0, MAX_CAUSES)
    .map((group) => `${gapPlaces(group, MAX_PLACES)}: ${group[0].detail}`);
  const more = groups.length - told.length;
  return more === 0 ? told : [...told, `and ${counted(more, "further cause")}`];
}

/** So many things of one Region are named rather than the Region. */
const FEW = 3;

/** What could not be read, e.g. `vault:sys/audit`, `a, b and 12 more`, or `14 Regions of 1 account (af-south-1, …)`. At most `most` are named. */
export function gapPlaces(gaps: readonly Gap[], most: number): string {
  const things = [...new Set(gaps.map(({ resource, scope }) => (resource ?? scope).replace(/:$/, "")))];
  const scopes = [...new Set(gaps.map(({ scope }) => scope))];
  const places = scopes.length === 1 && things.length <= FEW ? undefined : regionsText(scopes, most);
  return places ?? namedText(things, most);
}

/** `<source>/<account>`: what belongs to an account as a whole. */
const ACCOUNT_SCOPE = /^[^/]+\/(\d{12})$/;

/** Where something could not be listed: Regions and accounts of a cloud, else what was to be listed. At most `most` are named. */
export function gapScopes(gaps: readonly Gap[], most: number): string {
  const scopes = [...new Set(gaps.map(({ scope }) => scope))];
  const accounts = scopes.map((scope) => ACCOUNT_SCOPE.exec(scope)?.[1]);
  if (accounts.every((account) => account !== undefined)) {
    const named = `${accounts.length === 1 ? "account" : "accounts"} ${namedText(accounts.toSorted(compareStrings), most)}`;
    return gaps.every(isOfRegions) ? `Regions of ${named} that are not known` : named;
  }
  return regionsText(scopes, most) ?? gapPlaces(gaps, most);
}

/** Whether a gap is of what stands below the account's id, `<source>:<account>/<Region>`: not of what the account has beside its Regions. */
function isOfRegions({ resource = "", store_id, scope }: Gap): boolean {
  return resource === `${store_id}:${ACCOUNT_SCOPE.exec(scope)?.[1]}/`;
}

/** The first few names, and how many there are beside them. */
export function namedText(names: readonly string[], most: number): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** `<source>/<account>/<Region>`: where a cloud keeps what belongs to a Region. */
const REGION_SCOPE = /^[^/]+\/(\d{12})\/([a-z]{2,5}(?:-[a-z]+)+-\d+)$/;

/** The Region of an account that a scope is; undefined where it is anything else. */
export function regionOfScope(
  scope: string,
): { readonly account: string; readonly region: string } | undefined {
  const [, account, region] = REGION_SCOPE.exec(scope) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** Scopes that are all Regions of accounts in words; undefined where one of them is something else. */
function regionsText(scopes: readonly string[], most: number): string | undefined {
  const found = scopes.map((scope) => REGION_SCOPE.exec(scope));
  if (found.includes(null)) return undefined;
  const sorted = (part: 1 | 2): string[] =>
    [...new Set(found.map((match) => match?.[part] ?? ""))].sort(compareStrings);
  const [accounts, regions] = [sorted(1), sorted(2)];
  const all = scopes.length === accounts.length * regions.length;
  const of = accounts.length === 1 ? `account ${accounts.join("")}` : counted(accounts.length, "account");
  const places = all ? "" : `${counted(scopes.length, "place")} in `;
  return `${places}${counted(regions.length, "Region")} of ${of} (${namedText(regions, most)})`;
}
