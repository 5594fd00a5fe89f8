import { pathLines, type Grant } from "../access/index.ts";
import { counted } from "../base/index.ts";
import { table, wrapped, type Terminal } from "./output.ts";

/** Grants of which the same is said, so that one line will do for all. */
interface Folded {
  readonly principal_count: number;
  /** Whether one of them stands for everyone. */
  readonly everyone: boolean;
  /** What was not read and alone could give them. */
  readonly reasons: readonly string[];
}

/** Grants as a person is told them: the surest first, and what only something unread could give, in short. */
export interface ToldGrants {
  readonly grants: readonly Grant[];
  readonly folded: readonly Folded[];
}

/** At least so many principals of whom the same is said are told as one. */
const MIN_FOLDED = 2;

/**
 * Certain grants, conditional ones, those that only an unread denial could take away, then the rest. Of this, what nothing that was
 * read gives, for the same reason to several principals, is counted; `all`: it is not.
 */
export function toldGrants(grants: readonly Grant[], { all = false } = {}): ToldGrants {
  const ranked = [0, 1, 2, 3].flatMap((rank) => grants.filter((grant) => rankOf(grant) === rank));
  if (all) return { grants: ranked, folded: [] };
  const alike = Map.groupBy(
    grants.filter((grant) => rankOf(grant) === 3),
    ({ conditions }) => JSON.stringify(conditions),
  );
  const folded = [...alike.values()].flatMap((same): (Folded & { readonly of: readonly Grant[] })[] => {
    const principals = new Set(same.map(({ principal_id }) => principal_id));
    if (principals.size < MIN_FOLDED) return [];
    const everyone = [...principals].some((id) => id.endsWith(":*"));
    const reasons = same[0]?.conditions ?? [];
    return [{ principal_count: principals.size, everyone, reasons, of: same }];
  });
  const gone = new Set(folded.flatMap(({ of }) => of));
  return { grants: ranked.filter((grant) => !gone.has(grant)), folded };
}

function rankOf({ certainty, but_for_denial }: Grant): number {
  if (certainty !== "possible") return certainty === "certain" ? 0 : 1;
  return but_for_denial === false ? 3 : 2;
}

/** A line for each reason: who else may be let in by what could not be read. */
export function foldedText(folded: readonly Folded[], columns = Infinity): string {
  return folded
    .map(({ principal_count, everyone, reasons }) => {
      const who = `${counted(principal_count, "other principal")}${everyone ? ", everyone among them" : ""}`;
      const text = `${who}: possible, only if what could not be read lets them (${reasons.join("; ")}). --all lists them.`;
      return wrapped(text, columns, "");
    })
    .join("");
}

/** A table; where the terminal is too narrow for it, each grant with its path, step by step, below its subject. */
export function grantsText(
  grants: readonly Grant[],
  subject: (grant: Grant) => string,
  heading: string,
  { columns = Infinity }: Pick<Terminal, "columns">,
): string {
  const steps = ({ path, conditions }: Grant): string[] => [
    ...pathLines(path),
    ...conditions.map((condition) => `if ${condition}`),
  ];
  const rows = grants.map((grant) => [
    subject(grant),
    grant.actions.join(" "),
    certaintyText(grant),
    steps(grant).join("; "),
  ]);
  const wide = table([[heading, "can", "certainty", "path"], ...rows]);
  if (wide.split("\n").every(({ length }) => length <= columns)) return wide;
  return [...Map.groupBy(grants, subject)]
    .map(([name, same]) => {
      const told = same.map((grant) => {
        const head = wrapped(`${grant.actions.join(" ")}: ${certaintyText(grant)}`, columns, "  ");
        return (
          head +
          steps(grant)
            .map((step) => wrapped(step, columns, "    "))
            .join("")
        );
      });
      return wrapped(name, columns, "") + told.join("");
    })
    .join("\n");
}

function certaintyText({ certainty, but_for_denial }: Grant): string {
  return but_for_denial === true ? "possible (unless what was not read denies it)" : certainty;
}
