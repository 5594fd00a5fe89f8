import { counted, number } from "../base/index.ts";
import type { EvidenceHead } from "../evidence/index.ts";

type Rules = EvidenceHead["classification"];
type Match = Rules["break_glass"][number];

/** The rules of the configuration that say who owns what, how much it matters and who is excused; each list in its order. */
export function classificationRows({
  tiers,
  owners,
  environments,
  break_glass,
  labels,
}: Rules): [string, string[]][] {
  const rows: [string, string[]][] = [
    ["Tiers", tiers.map(({ tier, when }) => `${tier}: ${asked(when)}`)],
    ["Owners", owners.map(({ owner, when }) => `${owner}: ${asked(when)}`)],
    ["Environments", environments.map(({ environment, when }) => `${environment}: ${asked(when)}`)],
    ["Break-glass", break_glass.map(asked)],
    ["Labels", Object.entries(labels).map(([what, names]) => `${what}: ${names.join(", ") || "none"}`)],
  ];
  return rows.map(([name, lines]) => [name, lines.length === 0 ? ["no rule"] : lines]);
}

/** What a rule asks of a subject; all of it must hold. */
function asked({ label = {}, ...fields }: Match): string {
  const all = [
    ...Object.entries(fields),
    ...Object.entries(label).map(([name, patterns]) => [`label ${name}`, patterns] as const),
  ];
  const parts = all.map(([name, patterns]) => `${name} ${[patterns].flat().join(" or ")}`);
  return parts.length === 0 ? "nothing is asked, so it fits nothing" : parts.join(" and ");
}

/** Who of the principals is excused for emergencies, of how many. */
export function excusedText({ break_glass, subject_counts }: EvidenceHead["summary"]): string {
  const { principal_count, undecided_count, names } = break_glass;
  const all = counted(subject_counts["principal"], "principal");
  const rest = principal_count - names.length;
  const who =
    principal_count === 0 ? "" : `: ${names.join("; ")}${rest > 0 ? `; and ${number(rest)} more` : ""}`;
  const open = undecided_count === 0 ? "" : ` Not decided, and not excused: ${number(undecided_count)}.`;
  return (
    `Of ${all}, ${number(principal_count)} are excused as break-glass from the policies that ask who administers, has a ` +
    `wildcard, or reads and grants${who}.${open} The column break_glass of inventory.csv says it of each.`
  );
}
