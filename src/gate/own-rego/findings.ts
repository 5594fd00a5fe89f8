import { canonicalJson, compareStrings, digestOf } from "../../base/index.ts";
import { SEVERITIES, type OwnRule, type Severity } from "../../policy/index.ts";
import type { SourceText, Place } from "../text/source-text.ts";
import type { GateFinding, JudgingPolicy, OwnResult } from "../verdict.ts";
import { COMBINED, type Input } from "./inputs.ts";
import type { Fault, Namespace, OwnResults } from "./results.ts";

export interface Found {
  readonly input: Input;
  readonly namespace: Namespace;
  readonly sources: ReadonlyMap<string, SourceText>;
  /** Warnings count as failures of their severity do. */
  readonly warningsFail: boolean;
  /** How often the same was found. */
  readonly ordinals: Map<string, number>;
}

export function findingsOf(found: Found, told: Fault | OwnResults): GateFinding[] {
  const { namespace, warningsFail } = found;
  if ("fault" in told) {
    const result: OwnResult = { rule: "", msg: told.fault, metadata: {} };
    return [finding(found, result, { outcome: "error", severity: "high", state: "new" })];
  }
  const violation = (state: GateFinding["state"], fallback: Severity) => (result: OwnResult) =>
    finding(found, result, { outcome: "violation", severity: severityOf(result, fallback), state });
  const isWarning = ({ rule }: OwnResult): boolean =>
    namespace.rules.get(rule)?.name.startsWith("warn") === true;
  return [
    ...told.failures.map(violation("new", "high")),
    ...told.warnings.map(violation(warningsFail ? "new" : "warning", "low")),
    ...told.excepted.map((result) => violation("excepted", isWarning(result) ? "low" : "high")(result)),
  ];
}

/** What a result says of itself as `severity`; else by the kind of its rule. */
function severityOf({ metadata }: OwnResult, fallback: Severity): Severity {
  const said = typeof metadata["severity"] === "string" ? metadata["severity"].toLowerCase() : "";
  return SEVERITIES.find((severity) => severity === said) ?? fallback;
}

function finding(
  { input, namespace, sources, ordinals }: Found,
  { rule, msg, loc, metadata }: OwnResult,
  judged: Pick<GateFinding, "outcome" | "severity" | "state">,
): GateFinding {
  const policy_id = rule === "" ? namespace.name : `${namespace.name}/${rule}`;
  const definition = namespace.rules.get(rule) ?? [...namespace.rules.values()][0];
  const { place, block } = placeOf(input, { loc, sources, definition });
  const key = canonicalJson([policy_id, place.file, input.address, msg]);
  const nth = (ordinals.get(key) ?? 0) + 1;
  ordinals.set(key, nth);
  const given = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== "query"));
  return {
    fingerprint: digestOf(["own_rego", policy_id, place.file, input.address, msg, nth]),
    policy_id,
    title: titleOf(policy_id, definition),
    ...judged,
    subject: { kind: "file", address: input.address, name: place.file },
    message: msg,
    ...(Object.keys(given).length === 0 ? {} : { actual: given }),
    remediation: rule === "" ? faultRemedy(namespace) : remedyOf(given, definition),
    place,
    ...(block === undefined ? {} : { block }),
    format: "own_rego",
  };
}

function titleOf(policyId: string, definition: OwnRule | undefined): string {
  return definition?.title ?? policyId;
}

/** What the result says to do, as `remediation` or `fix`; else where the rule stands, which says what it wants. */
function remedyOf(given: Readonly<Record<string, unknown>>, definition: OwnRule | undefined): string {
  for (const key of ["remediation", "fix"])
    if (typeof given[key] === "string" && given[key] !== "") return given[key];
  return definition === undefined ? "" : `The rule stands in ${definition.file}:${definition.line}.`;
}

function faultRemedy({ rules }: Namespace): string {
  const files = [...new Set([...rules.values()].map(({ file }) => file))].sort(compareStrings);
  return `Mend the rules in ${files.join(", ")}; for rules that take long there is --policy-timeout.`;
}

interface PlaceTerms {
  readonly loc: OwnResult["loc"];
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly definition: OwnRule | undefined;
}

/** Where the result says that it is; else the line where its document begins; of all files together, where its rule stands. */
function placeOf(
  { source, offset, end }: Input,
  { loc, sources, definition }: PlaceTerms,
): { place: Place; block?: Place } {
  const line = Number.isSafeInteger(loc?.line) && (loc?.line ?? 0) > 0 ? loc?.line : undefined;
  const said = loc?.file?.replace(/^\.\//, "").slice(0, 4096);
  // `data.conftest.file.name` is the name alone.
  const file = said === undefined || source?.path.endsWith(`/${said}`) === true ? source?.path : said;
  const named = file === undefined ? undefined : sources.get(file);
  if (named !== undefined && (line !== undefined || named !== source))
    return { place: linePlace(named, line ?? 1) };
  if (file !== undefined && file !== source?.path) return { place: bare(file, line ?? 1) };
  if (source === undefined) return { place: bare(definition?.file ?? COMBINED, definition?.line ?? 1) };
  const block = source.place(offset, end);
  return { place: linePlace(source, block.line), block };
}

/** What is written on a line; its last line where it has fewer. */
function linePlace(source: SourceText, line: number): Place {
  const last = source.place(source.text.trimEnd().length).line;
  const row = Math.min(line, last);
  const text = source.line(row);
  const start = source.offsetOf(row - 1, text.length - text.trimStart().length);
  return source.place(start, source.offsetOf(row - 1, Math.max(text.trimEnd().length, 0)));
}

const bare = (file: string, line: number): Place => ({
  file,
  line,
  column: 1,
  end_line: line,
  end_column: 1,
});

/** The rules that have a finding, as outputs tell of policies. */
export function policiesOf(
  findings: readonly GateFinding[],
  namespaces: readonly Namespace[],
): JudgingPolicy[] {
  const rules = new Map(
    namespaces.flatMap(({ name, rules: own }) => [...own].map(([rule, one]) => [`${name}/${rule}`, one])),
  );
  const byId = Map.groupBy(findings, ({ policy_id }) => policy_id);
  return [...byId]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([policy_id, some]) => {
      const definition = rules.get(policy_id);
      const severities = some.map(({ severity }) => SEVERITIES.indexOf(severity));
      return {
        policy_id,
        title: titleOf(policy_id, definition),
        rationale: definition?.description ?? "",
        severity: SEVERITIES[Math.min(...severities)] ?? "high",
        remediation: { any: remedyOf({}, definition) },
        sources: [],
      };
    });
}
