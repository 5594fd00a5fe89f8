import { counted } from "../../../base/index.ts";
import type { Declared } from "../../declared.ts";
import { Drafting, Register } from "../../drafting.ts";
import { AZURE_TOLD, tellAzure, type AzureThing } from "../../resources/azure/index.ts";
import { CloudTerms } from "../../resources/cloud-terms.ts";
import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import { entriesOf, placeOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Head, InputFormat, Surroundings, Unread } from "../format.ts";
import { literalCredential, namesCredential } from "../workload/credential-text.ts";
import { tellCredentials } from "./credentials.ts";
import { BICEP, unbuilt } from "./bicep.ts";
import { MAX_STEPS } from "./evaluate.ts";
import { grantsOf } from "./grants.ts";
import { madeBy, type Made } from "./resources.ts";
import type { ScopeTerms } from "./scope.ts";
import { isSecure } from "./secure.ts";
import { thingsOf } from "./things.ts";
import { unreadTypes } from "./unread-types.ts";
import { field } from "./values.ts";

/** Schemas of templates, of whatever is deployed to, and of files of parameters. */
const SCHEMA =
  /schema\.management\.azure\.com\\?\/schemas\\?\/[^"]{0,80}?(?:deploymentTemplate|deploymentParameters)\.json/i;

const ESCAPED = /\\u00/i;

const TEMPLATE = /deploymentTemplate\.json#?$/i;
const PARAMETERS = /deploymentParameters\.json#?$/i;

/** Names of files of parameters, such as `main.parameters.json` and `main.parameters.prod.json`. */
const OF_PARAMETERS = /\.param(?:eter)?s(?:\.[\w-]+)*\.jsonc?$/i;

/** A resource of Azure's, whatever the schema says, or if it says none. */
const RESOURCE = /"type"\s*:\s*"Microsoft\.[\w.]+\/[\w/]+"/i;

/** By what a file is known whose schema is none of Azure's: what deploys it does not look at that. */
function isWithoutSchema({ keys, name, text }: Head): boolean {
  if (keys.has("resources")) return RESOURCE.test(text) && /"apiVersion"/i.test(text);
  return keys.has("parameters") && OF_PARAMETERS.test(name);
}

/** Templates of Azure Resource Manager, also those that Bicep makes, and their files of parameters. */
export const arm: InputFormat = {
  id: "arm",
  recognises: (head) =>
    BICEP.test(head.name) ||
    (/\.jsonc?$/i.test(head.name) &&
      // An escape may stand for any character of the schema's address.
      (SCHEMA.test(head.text)
        ? head.keys.has("$schema") || head.keys.size === 0
        : isWithoutSchema(head) ||
          (ESCAPED.test(head.text) && head.keys.has("$schema") && head.keys.has("resources")))),
  *read(files, surroundings): Iterable<Declared | Unread> {
    const templates: Node[] = [];
    const parameters = new Map<string, Node>();
    for (const source of files) {
      if (BICEP.test(source.path)) continue;
      const root = readFile(source);
      if ("detail" in root) {
        yield root;
        continue;
      }
      const schema = textOf(field(root, "$schema")) ?? "";
      const isParameters =
        PARAMETERS.test(schema) || (!TEMPLATE.test(schema) && field(root, "resources") === undefined);
      if (isParameters) parameters.set(source.path.toLowerCase(), root);
      else templates.push(root);
    }
    yield* unbuilt(files);
    const secure = Map.groupBy(templates, ({ source }) => directoryOf(source.path));
    for (const root of templates) {
      const beside = besideOf(root.source.path);
      const given = field(parameters.get(beside), "parameters");
      parameters.delete(beside);
      yield* readTemplate(root, given, surroundings);
    }
    for (const root of parameters.values())
      yield parametersAlone(root, secure.get(directoryOf(root.source.path)) ?? [], surroundings);
  },
};

/** Properties of resources by the names of their attributes. Source: Azure's template reference, `Microsoft.KeyVault` and `Microsoft.Authorization`. */
const PROPERTIES: Readonly<Record<string, string>> = {
  access_policy: "accessPolicies",
  certificate_permissions: "permissions.certificates",
  expiration_date: "attributes.exp",
  exportable: "attributes.exportable",
  key_permissions: "permissions.keys",
  key_type: "kty",
  network_acls: "networkAcls",
  object_id: "objectId",
  principal_id: "principalId",
  public_network_access_enabled: "publicNetworkAccess",
  purge_protection_enabled: "enablePurgeProtection",
  rbac_authorization_enabled: "enableRbacAuthorization",
  role_definition_id: "roleDefinitionId",
  rotation_policy: "rotationPolicy",
  secret_permissions: "permissions.secrets",
  soft_delete_retention_days: "softDeleteRetentionInDays",
};

/** What files of parameters are called: `main.parameters.json` beside `main.json`. */
function besideOf(path: string): string {
  return path.toLowerCase().replace(/\.jsonc?$/, ".parameters.json");
}

function readFile(source: SourceText): Node | Unread {
  try {
    return readJson(source, { comments: true });
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    const { offset, reason, message } = thrown;
    return { format: "arm", place: source.place(offset), reason, detail: message };
  }
}

/** A template worked out once. */
interface Worked {
  readonly made: Made;
  readonly unread: readonly Unread[];
  /** Parameters of which something is presumed, or might be. */
  readonly asked: ReadonlySet<string>;
}

function* readTemplate(
  root: Node,
  given: Node | undefined,
  surroundings: Surroundings,
): Generator<Declared | Unread> {
  const sure = worked(root, undefined);
  const register = new Register();
  const drafting = draftingOf(root, surroundings);
  tellAzure(azureOf(sure.made), new CloudTerms(drafting, register), "arm");
  tellCredentials(sure.made, given, register);
  yield* unreadTypes(sure.made.resources);
  const declared = register.declared({
    format: "arm",
    provider: "azure",
    path: root.source.path,
    source: surroundings.source.azure,
    after: drafting.side(),
    told: AZURE_TOLD,
  });
  // Told at the end, since expressions are read as they are needed.
  yield* sure.unread;
  yield sure.asked.size === 0
    ? declared
    : { ...declared, presumed: presumedOf(root, given, sure, surroundings) };
}

function azureOf({ resources }: Made): AzureThing[] {
  return [...thingsOf(resources), ...grantsOf(resources)].map((thing) => ({ ...thing, called: PROPERTIES }));
}

/** What holds by the defaults of parameters, or by the file of parameters that lies beside. */
function presumedOf(
  root: Node,
  given: Node | undefined,
  { asked }: Worked,
  surroundings: Surroundings,
): NonNullable<Declared["presumed"]> {
  const register = new Register();
  const drafting = draftingOf(root, surroundings);
  const { made } = worked(root, given ?? "defaults");
  tellAzure(azureOf(made), new CloudTerms(drafting, register), "arm");
  const few = asked.size <= 3 ? [...asked].sort().join(", ") : counted(asked.size, "parameter");
  const by =
    given === undefined
      ? `by the defaults of ${few}`
      : `by ${given.source.path} and the defaults of parameters`;
  const { changes, declarations } = register.declared({ ...EMPTY, path: root.source.path });
  return { after: drafting.side(), changes, declarations, by };
}

const EMPTY = {
  format: "arm",
  provider: "azure",
  source: "",
  after: { facts: [], gaps: [] },
  told: [],
} as const;

function draftingOf(root: Node, { source }: Surroundings): Drafting {
  return new Drafting(source.azure, root.source.text);
}

function worked(root: Node, presumed: ScopeTerms["presumed"]): Worked {
  const unread: Unread[] = [];
  const places = new Set<string>();
  const tell = (one: Unread): void => {
    const key = JSON.stringify([one.place, one.detail]);
    if (!places.has(key)) unread.push(one);
    places.add(key);
  };
  const asked = new Set<string>();
  const misread = (spot: Spot, slip: string): void => {
    const detail = `expected an expression, got one with ${slip}`;
    tell({ format: "arm", place: placeOf(spot), reason: "malformed", detail });
  };
  const run = { steps: { left: MAX_STEPS, depth: 0 }, parsed: new Map(), misread };
  const terms = { run, label: "", given: undefined, presumed, asked: (name: string) => void asked.add(name) };
  const made = madeBy(root, terms, tell);
  return { made, unread, asked };
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/**
 * A file of parameters that is called after no template: what it writes for what is called as a credential, or what a template of its directory takes as
 * one.
 */
function parametersAlone(root: Node, templates: readonly Node[], surroundings: Surroundings): Declared {
  const register = new Register();
  for (const [name, { value: given }] of entriesOf(field(root, "parameters"))) {
    const isTaken = templates.some((template) => {
      const declared = field(template, "parameters", name);
      return declared !== undefined && isSecure(declared, [], template);
    });
    for (const leaf of namedTexts(field(given, "value"), isTaken || namesCredential(name)))
      register.credential("arm-parameter-value", leaf, `parameters.${name}.value`);
  }
  return register.declared({ ...EMPTY, path: root.source.path, source: surroundings.source.azure });
}

/** Credentials of a value: texts that are called so, in lists of `name` and `value`, too. */
function namedTexts(node: Node | undefined, isNamed: boolean): Node[] {
  if (node === undefined) return [];
  if (node.kind === "text") return isNamed && literalCredential(node.text) !== undefined ? [node] : [];
  if (node.kind === "list") return node.items.flatMap((item) => namedTexts(item, isNamed));
  const called = namesCredential(textOf(field(node, "name")) ?? "");
  return entriesOf(node).flatMap(([key, { value }]) =>
    namedTexts(value, namesCredential(key) || (called && key.toLowerCase() === "value")),
  );
}
