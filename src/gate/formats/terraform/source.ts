import type { Credential, Declared } from "../../declared.ts";
import { HclReader } from "../../text/hcl.ts";
import { isNoCredential, isStandIn } from "../../../secret-scan/index.ts";
import { at, placeOf, textOf, type Node } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import { isUnread, type Besides, type Surroundings, type Unread } from "../format.ts";
import { LITERAL_RULE } from "../terraform-plan/literals.ts";
import { directoriesOf, pathFrom, type Directory } from "./configuration.ts";
import { declareResources } from "./declare.ts";
import { MAX_STEPS } from "./scope.ts";
import type { Instance } from "./instance.ts";
import { MAX_ALL_MODULES, Module, type Context } from "./module.ts";
import { Providers } from "./providers.ts";
import type { Resource } from "./resource.ts";
import { unreadActions, unreadProvisioners, unreadTypes } from "./unread-types.ts";

/** Most resources of one root module that are worked out. */
const MAX_RESOURCES = 50_000;

/** Times that a root module is worked out anew since it names files that were not read yet. */
const MAX_READS = 4;

/** What the source of Terraform declares: each root module with those of the tree that it calls. */
export async function* readSource(
  files: readonly SourceText[],
  surroundings: Surroundings,
  besides: Besides,
): AsyncGenerator<Declared | Unread> {
  const reader = await HclReader.load();
  const directories = directoriesOf(files, reader);
  for (const { unread } of directories.values()) yield* unread;
  const called = calledIn(directories);
  const texts = new Map<string, string | undefined>(files.map(({ path, text }) => [path, text]));
  const told = new Set<string>();
  for (const directory of directories.values()) {
    if (called.has(directory.path) && !isRunByItself(directory)) continue;
    const root = new Root(directory, { directories, reader, surroundings, texts, besides });
    for (const one of await root.read()) {
      const key = isUnread(one) ? JSON.stringify([one.place, one.detail]) : undefined;
      if (key !== undefined && told.has(key)) continue;
      if (key !== undefined) told.add(key);
      yield one;
    }
  }
}

/** Directories that others of the tree call as modules. */
function calledIn(directories: ReadonlyMap<string, Directory>): Set<string> {
  const found = new Set<string>();
  for (const { path, blocks } of directories.values()) {
    for (const { type, body } of blocks) {
      const source = type === "module" ? body.attributes.get("source")?.value : undefined;
      if (
        source?.kind !== "literal" ||
        typeof source.value !== "string" ||
        !/^\.\.?(?:\/|$)/.test(source.value)
      )
        continue;
      const target = pathFrom(path, source.value);
      if (target !== undefined && target !== path) found.add(target);
    }
  }
  return found;
}

/** What has a state, a provider's configuration or values of its own is run, even if others call it. */
function isRunByItself({ blocks, given }: Directory): boolean {
  return (
    given.size > 0 ||
    blocks.some(
      ({ type, body }) =>
        (type === "provider" && body.attributes.size > 0) ||
        (type === "terraform" && body.blocks.some((one) => one.type === "backend" || one.type === "cloud")),
    )
  );
}

interface RootTerms {
  readonly directories: ReadonlyMap<string, Directory>;
  readonly reader: HclReader;
  readonly surroundings: Surroundings;
  readonly texts: Map<string, string | undefined>;
  readonly besides: Besides;
}

/** A root module worked out once. */
interface Worked {
  readonly declared: readonly Declared[];
  readonly unread: readonly Unread[];
  readonly defaulted: ReadonlySet<string>;
  /** Files that it names and that were not read. */
  readonly wanted: ReadonlySet<string>;
}

/** One root module. */
class Root {
  readonly #directory: Directory;
  readonly #terms: RootTerms;

  constructor(directory: Directory, terms: RootTerms) {
    this.#directory = directory;
    this.#terms = terms;
  }

  /** What holds whatever is set when it is applied, and what holds by the defaults of its variables. */
  async read(): Promise<(Declared | Unread)[]> {
    const sure = await this.#complete(false);
    if (sure.defaulted.size === 0) return [...sure.unread, ...sure.declared];
    const presumed = await this.#complete(true);
    const declared = sure.declared.map((one): Declared => {
      const other = presumed.declared.find(({ provider }) => provider === one.provider);
      if (other === undefined) return one;
      const { after, changes, declarations } = other;
      const places = new Set(one.credentials.map(({ place }) => JSON.stringify(place)));
      const credentials = other.credentials.filter(({ place }) => !places.has(JSON.stringify(place)));
      return {
        ...one,
        credentials: [...one.credentials, ...credentials],
        presumed: { after, changes, declarations, by: byDefaults(sure.defaulted) },
      };
    });
    const others = presumed.declared.filter(
      ({ provider }) => !sure.declared.some((one) => one.provider === provider),
    );
    return [...sure.unread, ...declared, ...others.map((one) => presumedAlone(one))];
  }

  /** With all files that it names. */
  async #complete(defaultsHold: boolean): Promise<Worked> {
    const { texts, besides } = this.#terms;
    for (let times = 1; ; times += 1) {
      const worked = this.#worked(defaultsHold);
      if (worked.wanted.size === 0 || times === MAX_READS) return worked;
      for (const path of worked.wanted) texts.set(path, await besides(path));
    }
  }

  #worked(defaultsHold: boolean): Worked {
    const { directories, reader, surroundings, texts } = this.#terms;
    const wanted = new Set<string>();
    const context: Context = {
      directories,
      defaultsHold,
      file: (path) => {
        if (!texts.has(path)) wanted.add(path);
        return texts.get(path);
      },
      template: (text, spot) => reader.template(text, spot),
      steps: { left: MAX_STEPS, depth: 0 },
      providers: new Providers(surroundings),
      unread: [],
      defaulted: new Set(),
      trace: undefined,
      entered: new Set(),
      modulesLeft: MAX_ALL_MODULES,
    };
    const module = new Module(this.#directory, { prefix: "", context, open: new Set(), depth: 0 });
    context.providers.configure(this.#directory.blocks, module.scope);
    const instances = this.#bounded(module, context);
    const resources = instances.map((one) => one.resource());
    const incomplete = this.#incomplete(context, instances);
    const declared = [
      ...declareResources(resources, undefined, {
        format: "terraform",
        path: this.#directory.path === "" ? "." : this.#directory.path,
        surroundings,
        place: ({ provider, attributes }) =>
          context.providers.place(provider, textOf(at(attributes, "region"))),
        ...(incomplete === undefined ? {} : { incomplete }),
        credentials: [...credentialsOf(module, resources, context.providers)],
      }),
    ];
    const blocks = [...context.entered].flatMap((path) => directories.get(path)?.blocks ?? []);
    const unread = [
      ...context.unread,
      ...unreadTypes(resources, "terraform"),
      ...unreadActions(blocks),
      ...unreadProvisioners(blocks),
    ];
    return { declared, unread, defaulted: context.defaulted, wanted };
  }

  #bounded(module: Module, context: Context): Instance[] {
    const found: Instance[] = [];
    for (const one of module.instances()) {
      if (found.length >= MAX_RESOURCES) {
        const detail = `expected at most ${MAX_RESOURCES} resources of one root module, got more`;
        context.unread.push({ format: "terraform", place: placeOf(one.block), reason: "limit", detail });
        break;
      }
      found.push(one);
    }
    return found;
  }

  /** Why there may be more than is told. */
  #incomplete(context: Context, instances: readonly Instance[]): string | undefined {
    const lost = [...context.entered]
      .map((path) => this.#terms.directories.get(path))
      .find((one) => one !== undefined && one.unread.length > 0);
    if (lost !== undefined) return `a part of ${lost.path === "" ? "the files" : lost.path} is not read`;
    const [other] = context.unread;
    if (other !== undefined) return `what ${other.place.file}:${other.place.line} calls is not read`;
    // Of Vault's resources it is not said here which of them say something of which others.
    const open = instances.find((one) => one.mayBeMissing && one.type.startsWith("vault_"));
    return open === undefined ? undefined : `it is not known whether, or how often, there is ${open.address}`;
  }
}

function byDefaults(names: ReadonlySet<string>): string {
  const few = names.size > 0 && names.size <= 3;
  return `by the defaults of ${
    few
      ? [...names]
          .sort()
          .map((name) => `var.${name}`)
          .join(", ")
      : "variables"
  }`;
}

/** Of what is there by defaults alone nothing is told but what is wrong. */
function presumedAlone(one: Declared): Declared {
  const { after, changes, declarations } = one;
  return {
    ...one,
    after: { facts: [], gaps: [] },
    changes: [],
    declarations: new Map(),
    presumed: { after, changes, declarations, by: byDefaults(new Set()) },
  };
}

/** Attributes that are credentials, by the resource's type; each may have one that is only written, `<name>_wo`. Source: the providers' documentation, "sensitive". */
const SENSITIVE: Readonly<Record<string, readonly string[]>> = {
  aws_db_instance: ["password"],
  aws_directory_service_directory: ["password"],
  aws_dms_endpoint: ["password"],
  aws_docdb_cluster: ["master_password"],
  aws_elasticache_replication_group: ["auth_token"],
  aws_neptune_cluster: ["master_password"],
  aws_rds_cluster: ["master_password"],
  aws_redshift_cluster: ["master_password"],
  azurerm_key_vault_secret: ["value"],
  azurerm_mssql_server: ["administrator_login_password"],
  azurerm_mysql_flexible_server: ["administrator_password"],
  azurerm_postgresql_flexible_server: ["administrator_password"],
  google_secret_manager_secret_version: ["secret_data"],
  google_sql_user: ["password"],
  vault_aws_secret_backend: ["secret_key"],
  vault_generic_secret: ["data_json"],
  vault_kv_secret: ["data_json"],
  vault_kv_secret_v2: ["data_json"],
  vault_jwt_auth_backend: ["oidc_client_secret"],
  vault_ldap_auth_backend: ["bindpass"],
};

/** End of the name of the same attribute where it is kept in no state. Source: Terraform, "Write-only arguments". */
const WRITE_ONLY = "_wo";

const PROVIDER_SENSITIVE: Readonly<Record<string, readonly string[]>> = {
  aws: ["secret_key", "token"],
  vault: ["token"],
};

/** What a provider keeps in its state, and what it only writes. */
function writtenAs(type: string): readonly string[] {
  const names = SENSITIVE[type] ?? [];
  // Of this one that is told with the secret.
  return type === "azurerm_key_vault_secret"
    ? names
    : names.flatMap((name) => [name, `${name}${WRITE_ONLY}`]);
}

/** AWS's keys are random: words stand there for what takes any, such as LocalStack. */
function isMadeUpKey(provider: string, key: string): boolean {
  return /^aws(?:\.|$)/.test(provider) && isNoCredential(key);
}

/** Credentials that are written in the source. */
function* credentialsOf(
  module: Module,
  resources: readonly Resource[],
  providers: Providers,
): Generator<Credential> {
  const stated = function* (node: Node | undefined, address: string): Generator<Credential> {
    if (node !== undefined && !isStandIn(textOf(node) ?? ""))
      yield { rule: LITERAL_RULE, place: placeOf(node), address };
  };
  for (const { name, default: value } of module.sensitiveVariables()) yield* stated(value, `var.${name}`);
  for (const { type, address, mode, attributes } of resources)
    for (const name of mode === "managed" ? writtenAs(type) : [])
      yield* stated(at(attributes, name), `${address}.${name}`);
  for (const [provider, settings] of providers.all())
    for (const name of PROVIDER_SENSITIVE[provider.split(".")[0] ?? ""] ?? [])
      if (!isMadeUpKey(provider, textOf(at(settings, name)) ?? ""))
        yield* stated(at(settings, name), `provider.${provider}.${name}`);
}
