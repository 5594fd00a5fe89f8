import { CountersignError, EXIT, nearest, printable, type ExitCode } from "../base/index.ts";
import { loadMappings } from "../controls/index.ts";
import { REMEDY_LANGUAGES, type CatalogueEntry, type Remedy, type RemedyLanguage } from "../policy/index.ts";
import { readBundle } from "./bundle.ts";
import type { CommonOptions } from "./commands/command.ts";
import { packagePath, type Environment } from "./environment.ts";
import { wrapped } from "./output.ts";

/** Widest line, where the terminal does not say. */
const COLUMNS = 100;

/** Prints one policy of ours. E_USAGE where there is none of this id. */
export async function showPolicyCommand(
  { terminal }: Environment,
  id: string,
  { json }: CommonOptions,
): Promise<ExitCode> {
  const { catalogue } = await readBundle();
  const policy = catalogue.policies.find(({ policy_id }) => policy_id === id);
  if (policy === undefined) throw unknownPolicy(id, catalogue.policies);
  const mappings = await loadMappings(packagePath("mappings"), catalogue.policies);
  const controls = mappings.flatMap(({ framework, controls: all }) =>
    [...all]
      .filter(([, { policies }]) => policies.some((one) => one.id === id))
      .map(([control]) => `${framework.id} ${control}`),
  );
  terminal.out(
    json === true
      ? `${JSON.stringify({ ...policy, controls })}\n`
      : printable(policyText(policy, controls, terminal.columns ?? COLUMNS)),
  );
  return EXIT.pass;
}

function unknownPolicy(id: string, policies: readonly CatalogueEntry[]): CountersignError {
  const near = nearest(
    id,
    policies.map(({ policy_id }) => policy_id),
  );
  return new CountersignError("E_USAGE", `expected the id of a policy, got ${id}`, {
    fix: `${near === undefined ? "" : `Did you mean ${near}? `}\`countersign policy list\` names them all.`,
  });
}

function defaultText({ default: value, by_tier: tiers, unit }: CatalogueEntry["params"][string]): string {
  const of = unit === undefined ? "" : ` (${unit})`;
  if (tiers === undefined) return `Default${of}: ${JSON.stringify(value)}.`;
  return `Default${of}: ${Object.entries(tiers)
    .map(([tier, number]) => `${tier} ${number}`)
    .join(", ")}.`;
}

/** In words alone: the examples are on the policy's page and with each finding of the gate. */
function fileRemedies(language: RemedyLanguage, byType: Readonly<Record<string, Remedy>> = {}): string[] {
  return Object.entries(byType).map(
    ([type, { text }]) => `${language}${type === "any" ? "" : ` (${type})`}: ${text}`,
  );
}

function policyText(policy: CatalogueEntry, controls: readonly string[], columns: number): string {
  const { policy_id, title, rationale, subject, severity, params, remediation, remedies, sources } = policy;
  const line = (text: string): string => wrapped(text, columns, "");
  const part = (heading: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ""
      : `\n${heading}\n${lines.map((text) => wrapped(text.trim().replace(/\s+/g, " "), columns, "  ")).join("")}`;
  const fixes = Object.entries(remediation as Readonly<Record<string, string>>);
  return [
    line(`${policy_id}: ${title} (${severity}; judges each ${subject})`),
    part("Why", [rationale]),
    part(
      "Parameters",
      Object.entries(params).map(
        ([name, declared]) => `${name}: ${declared.description} ${defaultText(declared)}`,
      ),
    ),
    part(
      "Remedy",
      fixes.map(([provider, text]) => (provider === "any" ? text : `${provider}: ${text}`)),
    ),
    part(
      "In a file",
      REMEDY_LANGUAGES.flatMap((language) => fileRemedies(language, remedies?.[language])),
    ),
    part("Controls", controls),
    part("Sources", sources),
  ].join("");
}
