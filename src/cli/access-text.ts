import { GRANT_ACTIONS, pathLines, type Grant } from "../access/index.ts";
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
  const lines = joinedGrants(grants, subject);
  const rows = lines.map(({ name, actions, certainty, steps }) => [
    name,
    actions,
    certainty,
    steps.join("; "),
  ]);
  const wide = table([[heading, "can", "certainty", "path"], ...rows]);
  if (wide.split("\n").every(({ length }) => length <= columns)) return wide;
  return [...Map.groupBy(lines, ({ name }) => name)]
    .map(([name, same]) => {
      const told = same.map(({ actions, certainty, steps }) => {
        const head = wrapped(`${actions}: ${certainty}`, columns, "  ");
        return head + steps.map((step) => wrapped(step, columns, "    ")).join("");
      });
      return wrapped(name, columns, "") + told.join("");
    })
    .join("\n");
}

/** What one line tells. */
interface Line {
  readonly name: string;
  readonly actions: string;
  readonly certainty: string;
  readonly steps: readonly string[];
}

/** Grants of one principal that are as sure, under the same conditions, as one line: their paths say which actions each gives. */
function joinedGrants(grants: readonly Grant[], subject: (grant: Grant) => string): Line[] {
  const alike = Map.groupBy(grants, (grant) =>
    JSON.stringify([subject(grant), grant.principal_id, certaintyText(grant), grant.conditions]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return {
      name: subject(first),
      actions: inOrder(same.flatMap(({ actions }) => actions)).join(" "),
      certainty: certaintyText(first),
      steps: [
        ...joinedSteps(pathLines(same.flatMap(({ path }) => path))),
        ...first.conditions.map((condition) => `if ${condition}`),
      ],
    };
  });
}

/** `read+write: <rule>`: how a statement begins that gives some actions. */
const GIVES = /^([a-z]+(?:\+[a-z]+)*): ([^]*)$/;

/** Steps that differ in their actions alone, as one. */
function joinedSteps(steps: readonly string[]): string[] {
  const byRule = Map.groupBy(steps, (step) => GIVES.exec(step)?.[2] ?? step);
  return [...byRule].map(([rule, same]) => {
    const actions = same.flatMap((step) => GIVES.exec(step)?.[1]?.split("+") ?? []);
    return actions.length === 0 ? rule : `${inOrder(actions).join("+")}: ${rule}`;
  });
}

/** Each action once, in the order in which a grant names them. */
function inOrder(actions: readonly string[]): string[] {
  const rank = new Map<string, number>(GRANT_ACTIONS.map((action, index) => [action, index]));
  return [...new Set(actions)].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
}

/** `<source>:arn:aws:iam::<account>:<rest>`: a principal of AWS, which is as well known by what follows `iam::`. */
const IAM_ARN = /^[^:]+:arn:[^:]+:iam::(\d{12}:.+)$/;

/** Ends of ids of those whom an issuer vouches for beside those whom a policy names, in words. */
const BY_ISSUER: ReadonlyMap<string, string> = new Map([
  ["#anyone", "anyone on it"],
  ["#callers", "whoever calls a workflow that is named"],
]);

/**
 * How principals are called in a list: those of AWS by account and name, `123456789012:role/deploy`, which ends the id, where no two of
 * the list would be called alike; and that anyone whom an issuer vouches for is another one than those whom it vouches for here.
 */
export function principalNames(grants: readonly Grant[]): (grant: Grant) => string {
  const short = (id: string): string => IAM_ARN.exec(id)?.[1] ?? id;
  const ids = new Set(grants.map(({ principal_id }) => principal_id));
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(short(id), (counts.get(short(id)) ?? 0) + 1);
  return ({ principal_id: id }) => {
    const name = counts.get(short(id)) === 1 ? short(id) : id;
    const who = [...BY_ISSUER].find(([end]) => id.endsWith(end))?.[1];
    return who === undefined ? name : `${name} (${who})`;
  };
}

function certaintyText({ certainty, but_for_denial }: Grant): string {
  return but_for_denial === true ? "possible (unless what was not read denies it)" : certainty;
}
