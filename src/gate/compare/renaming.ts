import type { Side, Written } from "../declared.ts";

/** Every text of a value as `rename` has it, keys of objects apart. */
export function renamed<T>(value: T, rename: (text: string) => string): T {
  if (typeof value === "string") return rename(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => renamed(one, rename)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, renamed<unknown>(one, rename)]),
  ) as T;
}

/** Where what is declared stands, by ids as `rename` has them. */
export function renamedPlaces(
  { declarations, policies, attachments, writtenAt }: Written,
  rename: (text: string) => string,
): Written {
  const keyed = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...map].map(([key, value]) => [key.split(" ").map(rename).join(" "), value]));
  return {
    declarations: keyed(declarations),
    ...(policies === undefined ? {} : { policies: keyed(policies) }),
    ...(attachments === undefined ? {} : { attachments: keyed(attachments) }),
    ...(writtenAt === undefined ? {} : { writtenAt }),
  };
}

/** What one side tells, as `rename` has it. */
export function renamedSide(side: Side, rename: (text: string) => string): Side {
  const { facts, gaps, ofNames, standIns, strangers, elsewhere, unplaced } = side;
  const all = new Map(gaps.map((gap) => [gap, renamed(gap, rename)]));
  const keys = (set: ReadonlySet<string>): Set<string> =>
    new Set([...set].map((key) => key.split(" ").map(rename).join(" ")));
  return {
    facts: renamed(facts, rename),
    gaps: [...all.values()],
    ...(ofNames === undefined ? {} : { ofNames: new Set([...ofNames].flatMap((gap) => all.get(gap) ?? [])) }),
    ...(standIns === undefined ? {} : { standIns: keys(standIns) }),
    ...(strangers === undefined ? {} : { strangers: keys(strangers) }),
    ...(elsewhere === undefined ? {} : { elsewhere: renamedSide(elsewhere, rename) }),
    ...(unplaced === undefined ? {} : { unplaced: unplaced.map(rename) }),
  };
}
