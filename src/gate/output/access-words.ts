import { counted, number } from "../../base/index.ts";
import type { AccessReport, NotCompared, ToldDifference } from "../compare/report.ts";

/** The comparison in one line. */
export function accessLine({ sums, complete }: AccessReport): string {
  const parts = (["gained", "widened", "narrowed", "lost"] as const)
    .filter((name) => sums[name] > 0)
    .map((name) => `${number(sums[name])} ${name}`);
  const open = sums.possible + sums.undecided;
  const told = [...parts, ...(open === 0 ? [] : [`${number(open)} undecided`])];
  if (told.length > 0)
    return `Access: ${told.join(", ")}${complete ? "" : "; not everything could be compared"}.`;
  return complete
    ? "Access: no difference."
    : "Access: no difference is known, and not everything could be compared.";
}

/** What is to be known beside the differences, one sentence a line. */
export function accessNotes({ compared, snapshot, sums, not_compared, unseen }: AccessReport): string[] {
  return [
    ...(snapshot === undefined
      ? []
      : [
          `Snapshot ${snapshot.id} was taken at ${snapshot.taken_at}${snapshot.is_default ? "; it is the newest here: --against none leaves it out" : ""}.`,
        ]),
    ...[...new Set(compared.map(({ path, against }) => `${path} is held against ${against}.`))],
    ...(sums.left_out > 0 ? [`${counted(sums.left_out, "more difference")} left out.`] : []),
    ...(sums.undecided > 0
      ? [
          `${counted(sums.undecided, "pair")} of a principal and a thing: not known on either side, for other reasons.`,
        ]
      : []),
    ...not_compared.map((one) => `not compared: ${placeText(one)}: ${one.detail}`),
    ...unseen.map((detail) => `not known: ${detail}`),
  ];
}

function placeText({ path, line }: NotCompared): string {
  return line === undefined ? path : `${path}:${line}`;
}

/** By which statements, with their places: `reads statement 1 (plan.json:47)`. */
export function byWhat({ statements, statement_count, place }: ToldDifference): string {
  const all = statements.map(({ name, place: at }) =>
    at === undefined ? name : `${name} (${at.file}:${at.line})`,
  );
  // One statement may give several things in several ways.
  const names = [...new Set(all)];
  const told = names.slice(0, MAX_STATEMENTS);
  const more = names.length - told.length + statement_count - statements.length;
  if (told.length === 0) return `${place.file}:${place.line}`;
  return `${told.join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`;
}

/** Whether what is gained was requested, in a word or two; empty where that was not asked. */
export function requestedWord({ requested }: Pick<ToldDifference, "requested">): string {
  return requested === "not_known" ? "not known" : (requested ?? "");
}

const MAX_STATEMENTS = 3;
