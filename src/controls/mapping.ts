import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError, compareStrings, fileError, readBounded, sha256 } from "../base/index.ts";
import { Text, Type, closed, compileSchema, readYaml, type Static, type YamlFile } from "../facts/index.ts";
import { PolicyId, type CatalogueEntry } from "../policy/index.ts";
import { Strength } from "./status.ts";

/** What must hold, as the name of a check family. */
const Family = PolicyId;

const Verify = Type.Optional(Type.Literal(true));

const MappedControl = closed({
  /** In our words, never the standard's. */
  title: Type.String({ minLength: 1, maxLength: 200 }),
  policies: Type.Array(closed({ id: PolicyId, strength: Strength, verify: Verify }), { maxItems: 200 }),
  /** Parts of the control that no policy answers. */
  unanswered: Type.Array(closed({ family: Family, strength: Strength, verify: Verify }), { maxItems: 100 }),
  other_edition: Type.Optional(Text),
  note: Type.Optional(Text),
  verify: Verify,
});

export type MappedControl = Static<typeof MappedControl>;

const MappingFile = closed({
  format: Type.Literal("countersign-mapping/1"),
  framework: closed({
    id: Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 64 }),
    title: Text,
    edition: Text,
    publisher: Text,
    /** Where the standard is to be had. */
    source: Text,
    /** How its control ids are made, for a reader who looks one up. */
    id_scheme: Text,
    /** Against what, and when, ids and paraphrases were compared. */
    checked: Type.Optional(Text),
  }),
  controls: Type.Record(Type.String(), MappedControl),
});

type MappingFile = Static<typeof MappingFile>;

/** One framework: its controls, in the file's order, and which policies speak for each. */
export interface Mapping {
  readonly framework: MappingFile["framework"];
  readonly controls: ReadonlyMap<string, MappedControl>;
  readonly families: Families;
  /** Of the mapping file's bytes. */
  readonly sha256: string;
}

const FamiliesFile = closed({
  format: Type.Literal("countersign-families/1"),
  families: Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 200 })),
});

export type Families = ReadonlyMap<string, string>;

const mappingSchema = compileSchema(MappingFile);
const familiesSchema = compileSchema(FamiliesFile);

const FAMILIES_FILE = "families.yaml";

/** The check families. E_MAPPING with line and column. */
export function parseFamilies(text: string, file: string): Families {
  const { value } = readYaml(text, { file, code: "E_MAPPING", schema: familiesSchema });
  return new Map(Object.entries(value.families));
}

export interface MappingContext {
  readonly file: string;
  readonly catalogue: readonly CatalogueEntry[];
  readonly families: Families;
}

/**
 * One mapping file. A policy or family that does not exist, one that a control names twice, a control that stands
 * twice, and an unknown key throw E_MAPPING with line and column.
 */
export function parseMapping(text: string, { file, catalogue, families }: MappingContext): Mapping {
  const read = readYaml(text, { file, code: "E_MAPPING", schema: mappingSchema });
  const policyIds = new Set(catalogue.map(({ policy_id }) => policy_id));
  for (const [controlId, { policies, unanswered }] of Object.entries(read.value.controls)) {
    const at = ["controls", controlId];
    requireKnown(read, [...at, "policies"], "id", { names: policies.map(({ id }) => id), known: policyIds });
    const named = unanswered.map(({ family }) => family);
    requireKnown(read, [...at, "unanswered"], "family", { names: named, known: families });
  }
  return {
    framework: read.value.framework,
    controls: new Map(Object.entries(read.value.controls)),
    families,
    sha256: sha256(text),
  };
}

function requireKnown(
  { locate }: YamlFile<MappingFile>,
  path: readonly string[],
  key: "id" | "family",
  { names, known }: { names: readonly string[]; known: { has(name: string): boolean } },
): void {
  const what = key === "id" ? "policy" : "family";
  names.forEach((name, index) => {
    const location = locate([...path, String(index), key]);
    if (!known.has(name)) {
      throw new CountersignError("E_MAPPING", `expected a ${what} that exists, got ${name}`, {
        location,
        fix: `Correct the name, or remove the entry from ${path.join(".")}.`,
      });
    }
    if (names.indexOf(name) !== index) {
      throw new CountersignError("E_MAPPING", `expected each ${what} once in a control, got ${name} again`, {
        location,
      });
    }
  });
}

/** Largest mapping; ours are a tenth of it. */
const MAX_MAPPING_BYTES = 4 * 1024 * 1024;

/** Every mapping of a directory, in order of the framework's id. E_MAPPING, E_NOT_FOUND, E_DISK. */
export async function loadMappings(
  directory: string,
  catalogue: readonly CatalogueEntry[],
): Promise<Mapping[]> {
  const names = (await listing(directory)).filter((name) => name.endsWith(".yaml") && name !== FAMILIES_FILE);
  const families = parseFamilies(await textOf(join(directory, FAMILIES_FILE)), FAMILIES_FILE);
  const mappings: Mapping[] = [];
  for (const name of names.sort(compareStrings)) {
    const mapping = parseMapping(await textOf(join(directory, name)), { file: name, catalogue, families });
    if (name !== `${mapping.framework.id}.yaml`) {
      const message = `expected the framework ${mapping.framework.id} in a file of its name, got ${name}`;
      throw new CountersignError("E_MAPPING", message, { location: { file: name } });
    }
    mappings.push(mapping);
  }
  return mappings;
}

async function listing(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    throw fileError(thrown, directory, "read");
  }
}

async function textOf(path: string): Promise<string> {
  const terms = { what: "a mapping", maxBytes: MAX_MAPPING_BYTES, code: "E_MAPPING" } as const;
  return (await readBounded(path, terms)).toString("utf8");
}
