import { compareStrings, sortedBy } from "../base/index.ts";
import { compileSchema } from "../facts/index.ts";
import { CatalogueEntry, SUBJECT_KINDS, type Catalogue, type SubjectKind } from "./catalogue.ts";
import type { Inspected, Problem } from "./compiler/index.ts";
import { isLibrary, type PolicyDirectory } from "./directory.ts";
import { entryFaults } from "./entry-faults.ts";

const entrySchema = compileSchema(CatalogueEntry);

const CUSTOM_KEYS = [
  "applies_to",
  "families",
  "needs",
  "params",
  "products",
  "remediation",
  "remedies",
  "rests_on_absence",
  "severity",
  "sources",
  "unstated",
];
const TOP_KEYS = ["custom", "description", "schemas", "scope", "title"];

/** The rules that a policy must define, and what each must be. */
const RULES = { applicable: "boolean", compliant: "boolean", violations: "set" } as const;

/** What is wrong beyond the language itself, and the catalogue of what is right. */
export interface Validated {
  readonly catalogue: Catalogue;
  readonly problems: readonly Problem[];
}

/** Validates paths, rules and annotations of every policy that the compiler inspected. */
export function validatePolicies(directory: PolicyDirectory, inspected: readonly Inspected[]): Validated {
  const problems: Problem[] = [...misplacedTests(directory)];
  const policies: CatalogueEntry[] = [];
  const fileOf = new Map<string, string>();
  for (const policy of inspected) {
    const complain = (message: string): void => {
      problems.push({ code: "policy", message, file: policy.file, line: policy.line });
    };
    const place = placeOf(policy.file);
    if (place === undefined) {
      complain(`expected the path <subject>/<policy_id>/<policy_id>.rego, got ${policy.file}`);
      continue;
    }
    const twin = fileOf.get(place.policyId);
    if (twin !== undefined)
      complain(`expected a unique policy id, got ${place.policyId}, which ${twin} has too`);
    fileOf.set(place.policyId, policy.file);
    checkShape(policy, place, directory, complain);
    const entry = entryOf(policy, place, complain);
    if (entry === undefined) continue;
    for (const fault of typeFaults(entry, directory)) complain(fault);
    policies.push(entry);
  }
  if (inspected.length === 0)
    problems.push({ code: "policy", message: "expected at least one policy, got none" });
  return {
    catalogue: {
      format: "countersign-catalogue/1",
      policies: sortedBy(policies, ({ policy_id }) => policy_id),
    },
    problems: problems.sort((a, b) => compareStrings(a.file ?? "", b.file ?? "")),
  };
}

interface Place {
  readonly subject: SubjectKind;
  readonly policyId: string;
}

function placeOf(file: string): Place | undefined {
  const [kind, folder, name, ...rest] = file.split("/");
  const subject = SUBJECT_KINDS.find((known) => known === kind);
  if (subject === undefined || folder === undefined || rest.length > 0 || name !== `${folder}.rego`)
    return undefined;
  return { subject, policyId: folder };
}

/** A test that belongs to nothing would be run, and would prove nothing; a library is tested as a policy is. */
function* misplacedTests({ files }: PolicyDirectory): Generator<Problem> {
  for (const file of Object.keys(files).filter((name) => isLibrary(name) && !name.endsWith("_test.rego"))) {
    const test = file.replace(/\.rego$/, "_test.rego");
    if (files[test] === undefined)
      yield { code: "policy", message: `expected tests in ${test}, got none`, file, line: 1 };
  }
  for (const file of Object.keys(files).filter((name) => name.endsWith("_test.rego"))) {
    const policy = file.replace(/_test\.rego$/, ".rego");
    if (files[policy] === undefined) {
      yield {
        code: "policy",
        message: `expected the policy ${policy} beside its test, got none`,
        file,
        line: 1,
      };
    }
  }
}

function checkShape(
  policy: Inspected,
  { subject, policyId }: Place,
  { files, schemas }: PolicyDirectory,
  complain: (message: string) => void,
): void {
  const expected = `countersign.${subject}.${policyId}`;
  if (policy.package !== expected) complain(`expected package ${expected}, got ${policy.package}`);
  if (schemas[subject] === undefined) complain(`expected schemas/${subject}.json, got none`);
  const test = policy.file.replace(/\.rego$/, "_test.rego");
  if (files[test] === undefined) complain(`expected tests in ${test}, got none`);
  for (const [rule, kind] of Object.entries(RULES)) {
    const got = policy.rules[rule] ?? "none";
    if (got !== kind) complain(`expected the rule ${rule} to be a ${kind}, got ${got}`);
  }
}

/** The catalogue entry, or nothing after complaints. */
function entryOf(
  policy: Inspected,
  { subject, policyId }: Place,
  complain: (message: string) => void,
): CatalogueEntry | undefined {
  const { annotations } = policy;
  if (annotations === undefined) {
    complain("expected a METADATA block before the package, got none");
    return undefined;
  }
  const custom = (annotations["custom"] ?? {}) as Record<string, unknown>;
  for (const key of unknownKeys(annotations, TOP_KEYS)) complain(`expected a known annotation, got ${key}`);
  for (const key of unknownKeys(custom, CUSTOM_KEYS))
    complain(`expected a known annotation, got custom.${key}`);
  const schemas = schemaRefs(annotations["schemas"]);
  if (schemas !== `input: schema.${subject}`) {
    complain(`expected the annotation schemas: [input: schema.${subject}], got ${schemas || "none"}`);
  }
  const entry: unknown = {
    params: {},
    families: [],
    ...custom,
    policy_id: policyId,
    subject,
    title: annotations["title"],
    rationale: typeof annotations["description"] === "string" ? annotations["description"].trim() : undefined,
    location: { file: policy.file, line: policy.line },
  };
  if (!entrySchema.fits(entry)) {
    complain(`expected valid annotations, got: ${entrySchema.complaint()}`);
    return undefined;
  }
  for (const fault of faults(entry, policy)) complain(fault);
  return entry;
}

function* faults(entry: CatalogueEntry, policy: Inspected): Generator<string> {
  yield* entryFaults(entry);
  for (const name of Object.keys(entry.params)) {
    if (policy.params?.includes(name) === false)
      yield `expected the parameter ${name} to be read, got no read of it`;
  }
  for (const name of policy.params ?? []) {
    if (!Object.hasOwn(entry.params, name)) yield `expected only declared parameters to be read, got ${name}`;
  }
}

/** A type that there is not, or that the subject has not, would take a policy from everyone, gaps or not. */
function* typeFaults(
  { applies_to = [], subject }: CatalogueEntry,
  { schemas }: PolicyDirectory,
): Generator<string> {
  const known = principalTypes(schemas[subject]);
  for (const type of applies_to)
    if (!known.has(type)) yield `expected applies_to to list types of the subject's principals, got ${type}`;
}

/** The values of `principal_type` that a subject's schema knows. */
function principalTypes(schema: unknown): ReadonlySet<unknown> {
  const within = (value: unknown, name: string): unknown =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  const path = ["properties", "subject", "properties", "principal_type", "anyOf"];
  const types = path.reduce(within, schema);
  return new Set(Array.isArray(types) ? types.map((one) => within(one, "const")) : []);
}

function unknownKeys(value: Readonly<Record<string, unknown>>, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key));
}

/** `input: schema.secret` from the annotation's references. */
function schemaRefs(value: unknown): string {
  const path = (terms: unknown): string =>
    Array.isArray(terms) ? terms.map((term: { value?: unknown }) => String(term.value)).join(".") : "";
  if (!Array.isArray(value)) return "";
  return value
    .map((each: { path?: unknown; schema?: unknown }) => `${path(each.path)}: ${path(each.schema)}`)
    .join(", ");
}
