import { REMEDY_LANGUAGES, TIERS, type Catalogue, type CatalogueEntry, type ParamDeclaration } from "../src/policy/index.ts";

/** One page a policy and an index, by file name below `docs/policies/`: what fails, why, what can be set, what to do. */
export function policyPages({ policies }: Catalogue): Map<string, string> {
  return new Map([
    ["README.md", index(policies)],
    ...policies.map((entry): [string, string] => [`${entry.policy_id}.md`, page(entry)]),
  ]);
}

const GENERATED = "<!-- Made by `npm run generate` from the policies' annotations. Do not edit. -->";

function index(policies: readonly CatalogueEntry[]): string {
  const kinds = [...new Set(policies.map(({ subject }) => subject))].sort();
  const sections = kinds.flatMap((kind) => [
    `## ${kind}`,
    table(
      ["policy", "what fails", "severity"],
      policies
        .filter(({ subject }) => subject === kind)
        .map(({ policy_id, title, severity }) => [`[${policy_id}](${policy_id}.md)`, title, severity]),
    ),
  ]);
  return document([GENERATED, "# Policies", `${policies.length} policies, by what they judge.`, ...sections]);
}

function page(entry: CatalogueEntry): string {
  const { policy_id, title, severity, subject, rationale, needs, rests_on_absence, sources } = entry;
  const remediation = Object.entries(entry.remediation).flatMap(([provider, text]) => [`### ${provider}`, text.trim()]);
  return document([
    GENERATED,
    `# ${policy_id}`,
    `**${title}.** Judges each ${subject}; severity ${severity}.`,
    "## Why",
    rationale.trim().replaceAll("\n", " "),
    "## What it needs",
    `Facts: ${needs.map((kind) => `\`${kind}\``).join(", ")}. Where one of them could not be read, the outcome is undetermined${
      rests_on_absence
        ? ": what was not found may be in what was not seen."
        : ", unless what was seen is enough for a violation."
    }${ofTypes(entry)}`,
    "## Parameters",
    parameters(entry.params),
    "## Remediation",
    ...remediation,
    ...inFiles(entry),
    "## Sources",
    sources.map((source) => `- ${source}`).join("\n"),
    `Check families: ${entry.families.map((family) => `\`${family}\``).join(", ")}. The rule is in [${entry.location.file}](../../policies/${entry.location.file}).`,
  ]);
}

/** What the gate says to change, with the places where names go as they are. */
function inFiles({ remedies = {} }: CatalogueEntry): string[] {
  const sections = REMEDY_LANGUAGES.flatMap((language) =>
    Object.entries(remedies[language] ?? {}).flatMap(([type, { text, example }]) => [
      `### ${language}${type === "any" ? "" : `, ${type}`}`,
      text.trim(),
      ...(example === undefined ? [] : [`\`\`\`\n${example}\n\`\`\``]),
    ]),
  );
  return sections.length === 0 ? [] : ["## In a file", ...sections];
}

/** To whom alone it applies, whatever could not be read. */
function ofTypes({ applies_to, products }: CatalogueEntry): string {
  const named = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
  return [
    ...(applies_to === undefined ? [] : [`principals of other types than ${named(applies_to)}`]),
    ...(products === undefined ? [] : [`what other products than ${named(products)} keep`]),
  ]
    .map((others) => ` To ${others} it does not apply, whatever could not be read.`)
    .join("");
}

function parameters(params: CatalogueEntry["params"]): string {
  const rows = Object.entries(params).map(([name, declaration]) => [
    `\`${name}\``,
    declaration.description,
    declaration.unit ?? declaration.type,
    defaults(declaration),
  ]);
  return rows.length === 0 ? "None." : table(["name", "meaning", "unit", "default"], rows);
}

function defaults({ by_tier, default: value }: ParamDeclaration): string {
  if (by_tier === undefined) return `\`${JSON.stringify(value)}\``;
  return `${TIERS.map((tier) => `${tier} ${by_tier[tier]}`).join(", ")}; without a tier the strictest`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function document(blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}
