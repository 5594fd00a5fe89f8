import { fileURLToPath } from "node:url";
import { readBounded } from "../base/index.ts";
import { Type, closed, compileSchema, literals, readYaml, type Static } from "../facts/index.ts";

/** Parts of the evidence report. */
export const SECTIONS = [
  "scope",
  "summary",
  "completeness",
  "frameworks",
  "deviations",
  "unknowns",
  "history",
  "gaps",
  "policies",
  "extracts",
  "reperformance",
  "glossary",
] as const;

export type SectionName = (typeof SECTIONS)[number];

/** What no report may leave out: without it, what failed or could not be seen would be hidden. */
const REQUIRED = [
  "scope",
  "completeness",
  "deviations",
  "unknowns",
  "gaps",
] as const satisfies readonly SectionName[];

/** `reports/<report>.yaml`: what a report contains, in its order. The cover and the contents come first in any case. */
export const ReportDefinition = closed({
  format: Type.Literal("countersign-report/1"),
  title: Type.String({ minLength: 1, maxLength: 120 }),
  page: literals(["a4", "letter"]),
  sections: Type.Intersect([
    Type.Array(literals(SECTIONS), { uniqueItems: true }),
    ...REQUIRED.map((name) => Type.Unsafe<unknown>({ type: "array", contains: { const: name } })),
  ]),
  /** Where the limits of the chart of value ages come from. */
  value_age: closed({ policy: Type.String(), param: Type.String() }),
  /** At most so many findings are named under one control; the register has them all. */
  findings_per_control: Type.Integer({ minimum: 0, maximum: 1000 }),
});

export type ReportDefinition = Omit<Static<typeof ReportDefinition>, "sections"> & {
  readonly sections: readonly SectionName[];
};

const schema = compileSchema<typeof ReportDefinition, ReportDefinition>(ReportDefinition);

/** Largest report definition. */
const MAX_DEFINITION_BYTES = 1024 * 1024;

/** The product's own definition of the evidence report. */
export const EVIDENCE_REPORT = new URL("../../reports/evidence.yaml", import.meta.url);

/** Reads a definition. E_CONFIG with file, line and column; E_NOT_FOUND. */
export async function readReportDefinition(file: URL | string = EVIDENCE_REPORT): Promise<ReportDefinition> {
  const name = file instanceof URL ? "reports/evidence.yaml" : file;
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const terms = { what: "a report definition", maxBytes: MAX_DEFINITION_BYTES, code: "E_CONFIG" } as const;
  const text = (await readBounded(path, terms)).toString("utf8");
  return readYaml(text, { file: name, code: "E_CONFIG", schema }).value;
}
