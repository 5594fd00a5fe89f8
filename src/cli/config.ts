import { dirname, resolve } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { CountersignError, digestOf, readBounded, utf8Text } from "../base/index.ts";
import { Type, closed, compileSchema, readYaml, type Static, type YamlFile } from "../facts/index.ts";
import { OwnControl } from "../controls/index.ts";
import { DEFAULT_PEOPLE_RULES, PeopleRules } from "../people/index.ts";
import { ParamValue, TIERS } from "../policy/index.ts";
import { ReviewSettings } from "../review/index.ts";
import { ClassificationRules, DEFAULT_LABELS } from "../subjects/index.ts";
import { looksLikeCredential } from "./credentials.ts";
import { EventSettings } from "./event-settings.ts";
import { requireTemplates, requireWebhook } from "./review-settings.ts";
import { ServeSettings } from "./serve-settings.ts";
import { VaultKey } from "./vault-keys.ts";

const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

const ByTier = closed(Object.fromEntries(TIERS.map((tier) => [tier, optional(Type.Number())])));

const rules = ClassificationRules.properties;

/** `countersign.yaml`. Everything has a default but the sources. */
export const ConfigSchema = closed({
  version: Type.Literal(1, { description: "format of this file" }),
  entity: optional(
    closed({
      name: Type.String({ description: "who is audited" }),
      boundary: optional(Type.String({ description: "what is in the audit's boundary" })),
      request_id: optional(Type.String({ description: "the auditor's request-list (PBC) id" })),
      prepared_by: optional(Type.String()),
      reviewed_by: optional(Type.String()),
    }),
  ),
  sources: Type.Record(
    Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
    Type.Object(
      { connector: Type.String() },
      { description: "one secrets store; further keys are the connector's" },
    ),
    {
      minProperties: 1,
      additionalProperties: false,
      description: "the stores to read, by a name of your choice",
    },
  ),
  frameworks: optional(
    Type.Array(Type.String(), { description: "framework ids of `mappings/`; default: all" }),
  ),
  controls: optional(
    Type.Array(OwnControl, {
      maxItems: 1000,
      description: "your own controls, which controls of frameworks they answer, which policies test them",
    }),
  ),
  policies: optional(
    Type.Array(Type.String({ minLength: 1 }), {
      maxItems: 16,
      uniqueItems: true,
      description:
        "your own policies beside ours: bundles of `countersign policy build`, or directories of Rego",
    }),
  ),
  parameters: optional(
    Type.Record(Type.String(), Type.Record(Type.String(), Type.Union([ParamValue, ByTier])), {
      description: "policy id → parameter → value, or a value for each tier",
    }),
  ),
  labels: optional(Type.Partial(rules.labels, { additionalProperties: false })),
  tiers: optional(rules.tiers),
  owners: optional(rules.owners),
  environments: optional(rules.environments),
  break_glass: optional(rules.break_glass),
  review: optional(ReviewSettings),
  serve: optional(ServeSettings),
  people: optional(Type.Partial(PeopleRules, { additionalProperties: false })),
  events: optional(EventSettings),
  embedded_vault: optional(
    closed({
      id: optional(
        Type.String({
          pattern: "^[0-9a-f]{32}$",
          description: "the vault that is expected: `countersign vault list` shows it",
        }),
      ),
      fingerprint: optional(
        Type.String({
          pattern: "^[0-9a-f]{32}$",
          description: "fingerprint of its root key, of this epoch or an earlier one",
        }),
      ),
      anchors: optional(
        Type.Array(Type.String(), {
          maxItems: 8,
          description: "further directories, on other disks, that remember its newest state",
        }),
      ),
      keys: optional(
        Type.Array(VaultKey, {
          minItems: 1,
          maxItems: 16,
          description: "the keys that open it, tried in this order",
        }),
      ),
    }),
  ),
  state: optional(
    closed({
      url: optional(
        Type.String({
          description:
            "reference to the URL of a PostgreSQL database for the state of access reviews, e.g. env:DATABASE_URL; default: a file in the state directory",
        }),
      ),
    }),
  ),
  gate: optional(
    closed({
      max_waiver_days: optional(
        Type.Integer({
          minimum: 1,
          maximum: 3650,
          description: "days from today within which a waiver has to end; default: 180",
        }),
      ),
    }),
  ),
  limits: optional(
    closed({
      concurrency: optional(Type.Integer({ minimum: 1, maximum: 64 })),
      calls_per_run: optional(Type.Integer({ minimum: 1 })),
      call_timeout_s: optional(Type.Integer({ minimum: 1, maximum: 600 })),
      run_timeout_s: optional(Type.Integer({ minimum: 1 })),
    }),
  ),
});

export type Config = Static<typeof ConfigSchema>;

/** A read configuration: checked, references to the environment put in, its own digest for the evidence. */
export interface LoadedConfig {
  readonly file: string;
  readonly directory: string;
  readonly value: Config;
  readonly rules: ClassificationRules;
  /** Of the file's bytes as read, before the environment is put in. */
  readonly digest: string;
  readonly locate: YamlFile<Config>["locate"];
  readonly locateKey: YamlFile<Config>["locateKey"];
}

const schema = compileSchema(ConfigSchema);

/**
 * Keys whose values must be references, never the credential itself. An AppRole's role id is half of one, and all of it
 * where the role asks for no secret id.
 */
const CREDENTIAL_KEY =
  /(^|_)(token|password|passphrase|secret|secret_id|role_id|jwt|private_key|api_key|credential|access_key|access_key_id|external_id)$/i;
/** Further ones; the URL of a database has its password in it. */
const CREDENTIAL_PATHS = ["review.webhook.secret", "serve.oidc.client_secret", "state.url"];
/** Settings that name a file or a directory. */
export const FILE_KEY = /_(file|directory)$/;
/** Hexadecimal digits, which may look like a number. */
const PIN_KEY = /^embedded_vault\.(id|fingerprint)$/;
const REFERENCE = /^(env|file|vault):.+$/s;
const ENV_REFERENCE = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;
const ENV_ANYWHERE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Largest `countersign.yaml`. */
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/** Reads `countersign.yaml`. E_NOT_FOUND, E_CONFIG, E_CONFIG_LITERAL, E_REFERENCE, each with line and column. */
export async function readConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfig> {
  let text: string;
  try {
    const terms = { what: "a configuration", maxBytes: MAX_CONFIG_BYTES, code: "E_CONFIG" } as const;
    text = utf8Text(await readBounded(file, terms), { file, code: "E_CONFIG" });
  } catch (thrown) {
    if (!(thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND")) throw thrown;
    throw new CountersignError("E_CONFIG", `expected a configuration at ${file}, got none`, {
      fix: "Run `countersign init` to write one, or name one with --config.",
      cause: thrown,
    });
  }
  return parseConfig(text, file, env);
}

export function parseConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const { value, locate, locateKey } = readYaml(text, {
    file,
    code: "E_CONFIG",
    schema,
    prepare: (raw, place) =>
      resolveTree(raw, [], (path, scalar) =>
        withoutControls(resolveScalar(scalar, path, place(path), env), path, place(path)),
      ),
  });
  refuseIdAlone(value, locate);
  requireTemplates({ value, locate, locateKey });
  requireWebhook({ value, locate });
  return {
    file,
    directory: dirname(resolve(file)),
    value,
    rules: classificationRules(value),
    digest: digestOf(text),
    locate,
    locateKey,
  };
}

/** An id stands in the clear in every vault's files: whoever makes one for your key may copy it. E_CONFIG. */
function refuseIdAlone({ embedded_vault: vault }: Config, locate: LoadedConfig["locate"]): void {
  if (vault?.id === undefined || vault.fingerprint !== undefined) return;
  throw new CountersignError("E_CONFIG", "expected embedded_vault.fingerprint beside its id, got none", {
    location: locate(["embedded_vault", "id"]),
    fix: "Write the fingerprint too, from your records: an id alone proves nothing, since anybody can copy it.",
  });
}

/** Rules with every default in place. */
export function classificationRules(config: Partial<Config>): ClassificationRules {
  return {
    labels: { ...DEFAULT_LABELS, ...config.labels },
    tiers: config.tiers ?? [],
    owners: config.owners ?? [],
    environments: config.environments ?? [],
    break_glass: config.break_glass ?? [],
    ...(config.people === undefined ? {} : { people: { ...DEFAULT_PEOPLE_RULES, ...config.people } }),
  };
}

/**
 * One source's settings, checked against its connector's schema; `defaults` stand where the configuration is silent.
 * E_CONFIG with line and column.
 */
export function sourceSettings(
  config: LoadedConfig,
  source: string,
  schema: TSchema,
  defaults: Readonly<Record<string, unknown>>,
): Record<string, unknown> & { readonly address: string } {
  const settings: Record<string, unknown> = {
    ...defaults,
    ...withPaths(config, config.value.sources[source] ?? {}),
  };
  delete settings["connector"];
  const { address } = settings;
  const at = ["sources", source];
  if (typeof address !== "string") {
    throw new CountersignError("E_CONFIG", `expected ${at.join(".")}.address, got none`, {
      location: config.locate(at),
      fix: "Write the store's address, or set the variable that its own client reads (e.g. VAULT_ADDR).",
    });
  }
  const compiled = compileSchema(schema);
  if (compiled.fits(settings)) return { ...settings, address };
  const { path, expected, unknownKey, fix } = compiled.misfit();
  const place = [...at, ...path];
  throw new CountersignError(
    "E_CONFIG",
    unknownKey
      ? `expected only known keys, got ${place.join(".")}`
      : `expected another value: ${place.join(".")} ${expected}`,
    {
      location: unknownKey ? config.locateKey(place) : config.locate(place),
      fix: fix ?? "`countersign init` writes a commented example of every key.",
    },
  );
}

/** Files that the configuration names stand relative to it, whoever's working directory it is. */
function withPaths(
  { directory }: LoadedConfig,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      if (FILE_KEY.test(key) && typeof value === "string") return [key, resolve(directory, value)];
      return [key, Array.isArray(value) ? value.map((item: unknown) => withFile(directory, item)) : value];
    }),
  );
}

/** An entry of a list of files, each with what is to be known of it. */
function withFile(directory: string, item: unknown): unknown {
  if (typeof item !== "object" || item === null || !("file" in item)) return item;
  return typeof item.file === "string" ? { ...item, file: resolve(directory, item.file) } : item;
}

type Path = readonly string[];

function resolveTree(value: unknown, path: Path, visit: (path: Path, scalar: unknown) => unknown): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => resolveTree(item, [...path, String(index)], visit));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolveTree(item, [...path, key], visit)]),
    );
  }
  return visit(path, value);
}

function isCredential(path: Path): boolean {
  const holds = path[0] === "sources" || (path[0] === "events" && path[1] === "trino");
  if (CREDENTIAL_PATHS.includes(path.join("."))) return true;
  return holds && CREDENTIAL_KEY.test(String(path.at(-1)));
}

function resolveScalar(
  scalar: unknown,
  path: Path,
  location: { file: string },
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  // A password of digits is a number to YAML.
  const text = typeof scalar === "string" || !isCredential(path) ? scalar : String(scalar);
  if (typeof text === "number" && PIN_KEY.test(path.join("."))) {
    throw new CountersignError("E_CONFIG", `expected text: ${path.join(".")}, got a number`, {
      location,
      fix: "Write it in quotes: digits alone, or with one e among them, are a number to YAML.",
    });
  }
  if (typeof text !== "string") return text;
  if (isCredential(path)) return credentialReference(text, path, location);
  const found = looksLikeCredential(text);
  if (found !== undefined) throw literalCredential(path, `what looks like ${found}`, location);
  return text.replaceAll(ENV_ANYWHERE, (whole, name: string) => {
    const value = env[name];
    if (value !== undefined) return value;
    throw new CountersignError(
      "E_REFERENCE",
      `expected the environment variable ${name}, got none for ${whole}`,
      {
        location,
        fix: `Set ${name}, or write the value itself.`,
      },
    );
  });
}

/** Texts go into evidence and onto terminals: but for line feeds and tabs they are what can be seen. */
function withoutControls(value: unknown, path: Path, location: { file: string }): unknown {
  const [control] = (typeof value === "string" ? /[^\P{Cc}\n\t]/u.exec(value) : null) ?? [];
  if (control === undefined) return value;
  const name = `U+${(control.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  throw new CountersignError("E_CONFIG", `expected no control character in ${path.join(".")}, got ${name}`, {
    location,
    fix: "Take the character out, here or in the environment variable that is named here.",
  });
}

/** `${env:NAME}` and `env:NAME` mean the same; both stay references until the moment of use. */
function credentialReference(text: string, path: Path, location: { file: string }): string {
  const inEnvironment = ENV_REFERENCE.exec(text)?.[1];
  if (inEnvironment !== undefined) return `env:${inEnvironment}`;
  if (REFERENCE.test(text)) return text;
  throw literalCredential(path, "a literal value", location);
}

function literalCredential(path: Path, got: string, location: { file: string }): CountersignError {
  return new CountersignError("E_CONFIG_LITERAL", `expected a reference in ${path.join(".")}, got ${got}`, {
    location,
    fix: "Write env:NAME or file:/path instead, and change the credential: it has stood in a file.",
  });
}
